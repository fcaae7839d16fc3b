import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// O§11.3: valid_transitions, transition_order, counters, never_above_hardlimit, pruning,
/// maturedPeers and no_unsupported_state, over random histories.
@Suite struct `Connection manager and inbound governor` {
    @Test(arguments: Seed.sweep(200))
    func `take only steps that their tables permit, count right and end what they began`(
        _ seed: Seed
    ) {
        var history = ConnectionHistory(random: seed.random)
        for _ in 0..<120 where history.complaints.isEmpty { history.step() }
        history.finish()
        #expect(history.complaints == [])
        #expect(history.openCount == 0)
    }

    /// transitions_coverage: what can happen here does, in so many histories.
    @Test func `between them take every step that can be reached`() {
        var covered: Set<String> = []
        for seed in 1...120 {
            var history = ConnectionHistory(random: Random(seed: UInt64(seed)))
            for _ in 0..<120 { history.step() }
            history.finish()
            covered.formUnion(history.covered)
        }
        let expected: Set<String> = [
            "unknown reservedOutbound", "reservedOutbound unnegotiatedOutbound",
            "unnegotiatedOutbound outboundUni", "unnegotiatedOutbound outboundDupTicking",
            "outboundUni outboundIdleUni", "outboundDupTicking outboundDupExpired",
            "outboundDupTicking inboundIdleDup", "outboundDupExpired outboundIdleDup",
            "outboundDupTicking duplex", "outboundDupExpired duplex",
            "inboundIdleDup outboundDupTicking", "inboundDup duplex", "duplex inboundDup",
            "duplex outboundDupTicking", "unknown unnegotiatedInbound",
            "unnegotiatedInbound inboundIdleDup", "unnegotiatedInbound inboundIdleUni",
            "inboundIdleDup inboundDup", "inboundIdleUni inboundUni", "inboundDup inboundIdleDup",
            "inboundUni inboundIdleUni", "inboundIdleDup terminating",
            "inboundIdleUni terminating", "outboundIdleDup inboundDup",
            "outboundIdleDup terminating", "outboundIdleUni terminating",
            "terminating terminated", "terminated unknown", "reservedOutbound terminated",
            "unnegotiatedOutbound terminated", "unnegotiatedInbound terminated",
            "outboundUni terminated", "outboundDupTicking terminated",
            "outboundDupExpired terminated", "outboundIdleUni terminated",
            "outboundIdleDup terminated", "inboundIdleUni terminated",
            "inboundIdleDup terminated", "inboundUni terminated", "inboundDup terminated",
            "duplex terminated",
            "none idle", "idle warm", "idle hot", "idle cold", "idle none", "cold warm", "cold hot",
            "cold none", "warm hot", "warm idle", "warm none", "hot warm", "hot idle", "hot none",
        ]
        #expect(expected.subtracting(covered).sorted() == [])
        #expect(covered.subtracting(expected).sorted() == [])
    }
}
