import WarrenObservation
import WarrenPrimitives
package import WarrenScenario

/// How a supervisor disturbs the network: which faults there are, how they stand, and who can do to
/// nodes what they say.
///
/// Its owner is the supervisor, through which every change goes. Source: design §17.11.
package struct FaultHand: Sendable {
    /// Does something to nodes, by name, and says why it could not; done twice it does no harm.
    ///
    /// It may take its time: nobody else waits for it.
    package typealias Act = @concurrent @Sendable (FaultCourse.Act, [String]) async -> String?

    var course: FaultCourse
    let act: Act
    /// Hears why a fault could not be carried out.
    let complain: @Sendable (String) -> Void
    /// Where faults are asked for by hand; nil where nobody may.
    let inbox: FaultInbox?

    /// From when the times of a fault by hand count, by its place.
    private(set) var bases: [Int: Instant] = [:]
    /// Those that somebody ended by hand, by name.
    var ended: Set<String> = []
    /// In which of its lives each node was told its part of a fault of links, by the fault's place.
    var told: [Int: [Int: Incarnation]] = [:]
    private var begun: Set<String> = []
    private var settled: Set<String> = []
    private var turns = Turns()

    package init(
        _ timetable: [ResolvedFault],
        inbox: FaultInbox? = nil,
        complain: @escaping @Sendable (String) -> Void,
        act: @escaping Act
    ) {
        course = FaultCourse(timetable)
        self.inbox = inbox
        self.complain = complain
        self.act = act
    }

    /// Disturbs nothing.
    static let none = FaultHand([], complain: { _ in }, act: { _, _ in nil })

    /// Learns from the recording what an earlier supervisor did; the recording is the journal.
    mutating func resume(_ fact: Fact) {
        switch fact.what {
        case .faultStarted(let name): begun.insert(name)
        case .faultHealed(let name), .faultFailed(let name, _): settled.insert(name)
        case .node, .answered: return
        }
    }

    /// Once all of the journal is read: takes in what was asked for by hand before, and goes on with
    /// everything where the one before stopped.
    ///
    /// - Returns: What could not be taken in, by name, and why.
    mutating func resume(of population: Population) -> [(name: String, why: String)] {
        var refused: [(name: String, why: String)] = []
        for hand in inbox?.accepted ?? [] {
            do throws(ExpectationError) {
                _ = try add(hand, of: population)
            } catch {
                if !settled.contains(hand.name) { refused.append((hand.name, "\(error)")) }
            }
        }
        ended.formUnion(inbox?.ended ?? [])
        course.resume(begun: begun, settled: settled)
        return refused
    }

    /// Takes in a fault that was asked for by hand; returns its place.
    mutating func add(
        _ hand: HandFault,
        of population: Population
    ) throws(ExpectationError) -> Int {
        let place = course.add(try hand.resolved(in: population))
        bases[place] = hand.acceptedAt
        return place
    }

    func fault(_ place: Int) -> ResolvedFault { course.timetable[place] }

    /// When the fault at this place begins and ends; nil until t = 0 is known, from which those of the
    /// timetable count.
    func span(of place: Int, zero: Instant?) -> (start: Instant, end: Instant?)? {
        guard let base = bases[place] ?? zero else { return nil }
        let fault = fault(place)
        return (base.advanced(by: fault.at), fault.until.map(base.advanced(by:)))
    }

    // MARK: Turns

    /// What is done to one node is done in the order in which it was decided, whoever decided it.
    private struct Turns: Sendable {
        var waiting: [(number: Int, nodes: Set<Int>)] = []
        var next = 0
    }

    /// Decides on a step: what it means, and a number to wait with until earlier ones are done.
    mutating func decide(_ step: FaultCourse.Step) -> (deeds: [FaultCourse.Deed], turn: Int) {
        let deeds = course.deeds(of: step)
        course.take(step)
        return (deeds, queue(deeds))
    }

    mutating func queue(_ deeds: [FaultCourse.Deed]) -> Int {
        turns.next += 1
        turns.waiting.append((turns.next, Set(deeds.flatMap(\.nodes))))
        return turns.next
    }

    /// Whether nobody who came before has to do with the same nodes.
    func isNext(_ turn: Int) -> Bool {
        guard let mine = turns.waiting.first(where: { $0.number == turn }) else { return true }
        return turns.waiting.allSatisfy {
            $0.number >= turn || $0.nodes.isDisjoint(with: mine.nodes)
        }
    }

    mutating func leave(_ turn: Int) { turns.waiting.removeAll { $0.number == turn } }
}
