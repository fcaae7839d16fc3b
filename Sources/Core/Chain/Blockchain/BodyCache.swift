import WarrenPrimitives

/// The bodies that came last, each as the whole message in which it came.
///
/// All bodies are in the store; these save the reading of those that peers ask for most. In a
/// simulation the messages are the senders' own buffers.
struct BodyCache: Sendable {
    let byteLimit: Int
    /// What is held, and what holding it takes.
    private(set) var byteCount = 0
    /// Bytes of a message's buffer, its place in the table and in the order, so that empty bodies,
    /// too, have an end.
    static let overhead = 256
    private var held: [Hash: Held] = [:]
    private var order = RecentIDs(limit: .max)

    private struct Held: Sendable {
        var message: [UInt8]
        var encoding: Range<Int>
    }

    init(byteLimit: Int) { self.byteLimit = byteLimit }

    var count: Int { held.count }

    /// Keeps a block's message; the oldest go while there are more bytes than ``byteLimit``.
    mutating func insert(_ block: Block) {
        remove(block.header.id)
        held[block.header.id] = Held(message: block.message, encoding: block.encoding)
        order.insert(block.header.id)
        byteCount += block.message.count + Self.overhead
        while byteCount > byteLimit, let oldest = order.removeOldest() { drop(oldest) }
    }

    mutating func remove(_ id: Hash) {
        order.remove(id)
        drop(id)
    }

    func message(of id: Hash) -> [UInt8]? { held[id]?.message }

    /// The body of a block, read anew.
    func body(of id: Hash) -> Body? {
        guard let held = held[id] else { return nil }
        return try? Body(Array(held.message[held.encoding]))
    }

    private mutating func drop(_ id: Hash) {
        guard let old = held.removeValue(forKey: id) else { return }
        byteCount -= old.message.count + Self.overhead
    }
}
