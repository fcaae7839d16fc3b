package import WarrenNode

extension Simulation {
    /// All that a host's node holds in memory, for tests that count it; nil while it does not run.
    package func memory(of host: Int) -> Node? { isUp(host) ? nodes[host] : nil }
}
