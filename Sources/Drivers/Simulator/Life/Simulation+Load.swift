package import WarrenChain
import WarrenNode
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

// MARK: - Transactions that somebody gives to the nodes

extension Simulation {
    /// Gives a host a transaction, as its admin port would; nil while it does not run, is held still,
    /// or has no chain.
    package mutating func submit(
        _ transaction: Transaction,
        to host: Int
    ) -> Mempool.Admission? {
        guard stations[host].listens, stations[host].pauseCount == 0 else { return nil }
        let admission = nodes[host].submit(transaction)
        if admission != nil { step(host, .deadline) }
        return admission
    }

    /// Puts the transaction of this number on the agenda, and none behind the last.
    mutating func schedule(_ number: Int, of load: Int) {
        guard let zero, let due = loads[load].due(number) else { return }
        let at = zero.advanced(by: due).nanoseconds
        agenda.add(.submission(load: load, number: number), at: max(now, at))
    }

    mutating func submit(_ number: Int, of load: Int) {
        guard let submission = loads[load].submission(number) else { return }
        loadTallies[load].sentCount += 1
        loadTallies[load].take(give(submission.payload, to: submission.node))
        schedule(number + 1, of: load)
    }

    private mutating func give(_ payload: [UInt8], to host: Int) -> Admittance {
        guard stations[host].isUp, stations[host].pauseCount == 0 else { return .unanswered }
        guard nodes[host].hasChain else { return .noChain }
        return submit(Transaction(.payload(payload)), to: host)?.admittance ?? .notRunning
    }
}
