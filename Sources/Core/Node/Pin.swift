import WarrenPrimitives

/// Who is at an access point that names nobody (design §5, "Identity").
struct Pin: Hashable, Sendable {
    var id: NodeID
    /// It answered a dial there; else it dialed us from that IP and said that it listens there.
    var isProved: Bool
}
