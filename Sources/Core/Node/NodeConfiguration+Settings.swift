import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSwitch

// MARK: - What each machine is told of the configuration

extension NodeConfiguration {
    func isPrivate(_ id: NodeID) -> Bool { privatePeerIDs.contains(id) }

    func switchSettings(ownID: NodeID) -> Switch.Settings {
        var settings = Switch.Settings(ownID: ownID)
        settings.inboundLimit = min(inboundLimit, acceptedConnections.hard)
        settings.outboundLimit = outboundLimit
        settings.allowsDuplicateIP = allowsDuplicateIP
        settings.unconditional = Set(unconditionalPeers)
        settings.persistentDialPeriodLimit = persistentDialPeriodLimit
        return settings
    }

    var governorSettings: Governor.Settings {
        var settings = Governor.Settings()
        settings.pace = pace
        settings.sharesPeers = sharesPeers
        return settings
    }
}
