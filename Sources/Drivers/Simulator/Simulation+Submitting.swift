package import WarrenChain
import WarrenNode
import WarrenPrimitives

// MARK: - Transactions from outside

extension Simulation {
    /// Gives a host a transaction, as whoever runs it would; nil if the host has no chain, does not
    /// run or is held still.
    package mutating func submit(
        _ transaction: Transaction,
        at host: Int
    ) -> Mempool.Admission? {
        guard stations[host].isUp, stations[host].pauseCount == 0 else { return nil }
        let admission = nodes[host].submit(transaction)
        if admission != nil { step(host, .deadline) }
        return admission
    }
}
