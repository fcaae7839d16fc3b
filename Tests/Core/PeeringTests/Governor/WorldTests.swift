import Testing
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// Properties of a governor in a faulty world, named as upstream names them (O§11.1).
struct WorldTests {
    /// Each world runs once, whatever it is judged for.
    private static let worlds: [(seed: Seed, world: World)] = Seed.sweep(200).map { seed in
        var world = World(seed: seed)
        world.run()
        return (seed, world)
    }

    private func judge(_ rows: Row...) {
        for (seed, world) in Self.worlds {
            for row in rows {
                #expect(world.violations[row] == nil, "\(seed.testDescription) \(row.rawValue)")
            }
        }
    }

    @Test func `prop_governor_hasoutput: a run decides something`() {
        #expect(Self.worlds.allSatisfy { $0.world.effectCount > 0 })
    }

    @Test func `prop_governor_events_coverage: every effect occurs`() {
        let seen = Self.worlds.reduce(into: Set<String>()) { $0.formUnion($1.world.effectKinds) }
        let all: Set = [
            "promoteCold", "promoteWarm", "demoteHot", "demoteWarm", "requestPublicRoots",
            "requestBigLedgerPeers", "drawFromBook", "askSeed", "ask", "transition",
            "targetsChanged", "trustChanged",
        ]
        #expect(seen == all)
    }

    @Test func `prop_governor_nofail: the invariants of O§2.2 hold after every step`() {
        judge(.nofail)
    }

    @Test func `P1: the invariants of O§2.2 hold after every input, whatever it is`() {
        judge(.nofail, .targetsFollow)
    }

    @Test func `prop_governor_nolivelock: one instant brings few decisions`() {
        judge(.nolivelock)
    }

    @Test func `P3: at most 1000 decisions at one instant, and none at rest`() {
        judge(.nolivelock, .nobusyness)
    }

    @Test func `prop_governor_connstatus: what it thinks connected is connected`() {
        judge(.connstatus)
    }

    @Test func `P2: transitions of a peer follow on each other and lead to what it is`() {
        judge(.contiguous, .connstatus)
    }

    @Test
    func `prop_governor_target_known_below: whoever can be asked is asked, and once in a while`() {
        judge(.knownBelow, .askedAgain)
    }

    @Test
    func `prop_governor_target_known_below: known never shrinks below the target but by failures`()
    {
        judge(.knownKept)
    }

    @Test func `prop_governor_target_known_above: excess peers are forgotten at once`() {
        judge(.knownAbove)
    }

    @Test func `prop_governor_target_root_below: something is always done about missing roots`() {
        judge(.rootBelow)
    }

    @Test func `prop_governor_target_established_below: taken at once`() {
        judge(.establishedBelow)
    }

    @Test func `prop_governor_target_established_above: taken at once`() {
        judge(.establishedAbove)
    }

    @Test func `prop_governor_target_active_below: taken at once`() {
        judge(.activeBelow)
    }

    @Test func `prop_governor_target_active_above: taken at once`() {
        judge(.activeAbove)
    }

    @Test func `prop_governor_target_established_local: taken at once`() {
        judge(.establishedLocal)
    }

    @Test func `prop_governor_target_active_local_below: taken at once`() {
        judge(.activeLocalBelow)
    }

    @Test func `prop_governor_target_active_local_above: taken at once`() {
        judge(.activeLocalAbove)
    }

    @Test
    func
        `prop_governor_target_known_big_ledger_peers_below: asked for, at the latest after the back-off`()
    {
        judge(.knownBigBelow)
    }

    @Test
    func `prop_governor_target_known_big_ledger_peers_above: forgotten at once, to the target`() {
        judge(.knownBigAbove)
    }

    @Test func `prop_governor_target_established_big_ledger_peers_below: taken at once`() {
        judge(.establishedBigBelow)
    }

    @Test func `prop_governor_target_established_big_ledger_peers_above: taken at once`() {
        judge(.establishedBigAbove)
    }

    @Test func `prop_governor_target_active_big_ledger_peers_below: taken at once`() {
        judge(.activeBigBelow)
    }

    @Test func `prop_governor_target_active_big_ledger_peers_above: taken at once`() {
        judge(.activeBigAbove)
    }

    @Test
    func `prop_governor_only_bootstrap_peers_in_fallback_state: strangers are gone within 10 s`() {
        judge(.fallback)
    }

    @Test func `prop_governor_no_non_trustable_peers_before_caught_up_state: no stranger is known`()
    {
        judge(.noUntrusted)
    }

    @Test
    func `prop_governor_stops_using_bootstrap_peers: none comes back, and idle ones go at once`() {
        judge(.stopsBootstrap)
    }

    @Test
    func `prop_governor_only_bootstrap_peers_in_clean_state: only trusted peers are promoted`() {
        judge(.cleanState)
    }

    @Test func `P13: in the sensitive state nothing behind the gate happens, and the drain ends`() {
        judge(.gates, .noUntrusted, .fallback)
    }

    @Test func `targets and the sensitive state follow what the governor was told`() {
        judge(.targetsFollow)
    }

    @Test func `prop_governor_repromote_delay: a lost peer waits its delay and some fuzz`() {
        judge(.repromoteDelay)
    }

    @Test func `prop_peerSelectionView_sizes: counters agree with the peers`() {
        judge(.viewSizes)
    }

    @Test func `never more jobs or requests under way than allowed`() {
        judge(.inProgressLimits)
    }

    @Test func `P4: with faults stopped, targets and valencies are reached from below and above`() {
        judge(.convergence)
    }

    @Test func `P5: local roots reach their valencies, and are never let go`() {
        judge(.localsStay, .establishedLocal, .activeLocalBelow, .convergence)
    }

    @Test func `P10: peers leave by the rules only`() {
        judge(.forgetting, .knownKept, .knownBigAbove)
    }

    @Test func `P14: nobody behind a firewall is dialed, and modes are those of the group`() {
        judge(.dialing)
    }
}
