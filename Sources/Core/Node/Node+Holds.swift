import WarrenObservation
import WarrenPeering

extension Governor.Account {
    /// The forces as a snapshot shows them.
    var holds: [Snapshot.Hold] { forces.compactMap(\.hold) }
}

extension Governor.Force {
    /// Nil for a gate that is open.
    fileprivate var hold: Snapshot.Hold? {
        switch self {
        case .underway(let to, let reason): .underway(to: to, reason)
        case .cooling: .cooling
        case .waits(let until): .waits(until: until)
        case .cannotBeHot: .cannotBeHot
        case .gate(.draining): .gate(.draining)
        case .gate(.onlyTrusted): .gate(.onlyTrusted)
        case .gate(.unrestricted): nil
        case .failures(let count, let limit): .failures(count, limit: limit)
        case .quota(let quota, let count, let wanted):
            .quota(quota.shown, count: count, wanted: wanted)
        }
    }
}

extension Governor.Quota {
    fileprivate var shown: Snapshot.Quota {
        switch self {
        case .target(let target): .target(target)
        case .roots: .roots
        case .warmValency(let group): .warmValency(group: group)
        case .hotValency(let group): .hotValency(group: group)
        }
    }
}
