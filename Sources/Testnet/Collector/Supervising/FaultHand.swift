import WarrenObservation
package import WarrenScenario

/// How a supervisor disturbs the network: the timetable, and who can do to nodes what it says.
///
/// Source: design §17.11.
package struct FaultHand: Sendable {
    package internal(set) var course: FaultCourse
    private let act: @Sendable (FaultCourse.Act, [String]) async -> String?
    /// Hears why a fault could not be carried out.
    let complain: @Sendable (String) -> Void

    private var begun: Set<String> = []
    private var healed: Set<String> = []

    /// `act` does something to nodes, by name, and says why it could not; done twice it does no harm.
    package init(
        _ timetable: [ResolvedFault],
        complain: @escaping @Sendable (String) -> Void,
        act: @escaping @Sendable (FaultCourse.Act, [String]) async -> String?
    ) {
        course = FaultCourse(timetable)
        self.complain = complain
        self.act = act
    }

    /// Learns from the recording what an earlier supervisor did; the recording is the journal.
    mutating func resume(_ fact: Fact) {
        switch fact.what {
        case .faultStarted(let name): begun.insert(name)
        case .faultHealed(let name): healed.insert(name)
        case .node, .answered: return
        }
        course.resume(begun: begun, healed: healed)
    }

    func carryOut(_ deed: FaultCourse.Deed, _ manifest: NetworkManifest) async -> String? {
        await act(deed.act, deed.nodes.map { manifest.nodes[$0].name })
    }

    func name(of step: FaultCourse.Step) -> String {
        switch step {
        case .begin(let place), .heal(let place): course.timetable[place].name
        }
    }
}
