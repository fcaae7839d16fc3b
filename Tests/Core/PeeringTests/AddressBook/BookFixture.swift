import WarrenPeering
import WarrenPrimitives

/// A book with its chance, clock and rows, so that tests read as what happens.
final class Bookcase {
    var book: AddressBook
    var random: Random
    var now = Instant(nanoseconds: 1_700_000_000_000_000_000)
    /// Every change since the book was empty.
    var rows: [StoreChange] = []

    static let key = [UInt8](0..<16)
    static let ownID = nodeID(0xFFFF_FFFF)

    init(seed: UInt64 = 7, _ change: (inout AddressBook.Settings) -> Void = { _ in }) {
        var settings = AddressBook.Settings(ownID: Self.ownID)
        change(&settings)
        random = Random(seed: seed)
        var random = Random(seed: seed)
        var rows: [StoreChange] = []
        book = AddressBook(
            settings: settings,
            newKey: Self.key,
            rows: [],
            now: now,
            random: &random,
            into: &rows
        )
        self.rows = rows
    }

    /// The book as a restart would find it.
    func rebuilt(from rows: [StoreChange]? = nil, at later: Duration = .zero) -> AddressBook {
        var random = Random(seed: 1)
        var repairs: [StoreChange] = []
        return AddressBook(
            settings: book.settings,
            newKey: [UInt8](repeating: 9, count: 16),
            rows: rows ?? self.rows,
            now: now.advanced(by: later),
            random: &random,
            into: &repairs
        )
    }

    func wait(_ duration: Duration) { now = now.advanced(by: duration) }

    @discardableResult
    func add(
        _ address: PeerAddress,
        from source: PeerAddress = place(1, "159.89.121.174")
    ) throws(AddressBook.Refusal) -> AddressBook.Addition {
        try book.add(address, from: source, now: now, random: &random, into: &rows)
    }

    /// Adds `count` nodes, each of a group and from a source of its own.
    func fill(_ count: Int, from first: Int = 1000) {
        for number in first..<first + count {
            _ = try? add(spread(number), from: spread(number &* 7919 &+ 13))
        }
    }

    func markGood(_ id: NodeID, at socket: SocketAddress? = nil) {
        book.markGood(id, at: socket, now: now, into: &rows)
    }

    func markBad(_ id: NodeID, for duration: Duration = AddressBook.banDuration) {
        book.markBad(id, for: duration, now: now, into: &rows)
    }

    @discardableResult
    func markDialFailed(_ address: PeerAddress) -> Bool {
        book.markDialFailed(address, now: now, random: &random, into: &rows)
    }

    func markDialed(_ address: PeerAddress) {
        book.markDialed(address, now: now, into: &rows)
    }

    @discardableResult
    func reinstate() -> [NodeID] {
        book.reinstate(now: now, random: &random, into: &rows)
    }

    func pick(bias: Int) -> PeerAddress? { book.pick(bias: bias, random: &random) }

    func selection(where isShared: (BookRecord) -> Bool = { _ in true }) -> [PeerAddress] {
        book.selection(random: &random, where: isShared)
    }

    func selection(
        bias: Int,
        where isShared: (BookRecord) -> Bool = { _ in true }
    ) -> [PeerAddress] {
        book.selection(bias: bias, random: &random, where: isShared)
    }

    func draw(
        _ count: Int,
        outbound: Int = 0,
        excluding isExcluded: (NodeID) -> Bool = { _ in false }
    ) -> [PeerAddress] {
        book.draw(
            count,
            outboundCount: outbound,
            excluding: isExcluded,
            now: now,
            random: &random
        )
    }
}

func nodeID(_ number: UInt32) -> NodeID {
    NodeID([UInt8](repeating: 0, count: 16) + number.bigEndianBytes) ?? preconditionedID
}

/// Twenty zero bytes make an id.
private let preconditionedID: NodeID = {
    guard let id = NodeID([UInt8](repeating: 0, count: 20)) else {
        fatalError("20 bytes are an id")
    }
    return id
}()

func socket(_ ip: String, _ port: UInt16 = 26656) -> SocketAddress {
    guard let address = IPAddress(ip) else { fatalError("'\(ip)' is no IP address") }
    return SocketAddress(ip: address, port: port)
}

func place(_ number: UInt32, _ ip: String, _ port: UInt16 = 26656) -> PeerAddress {
    PeerAddress(id: nodeID(number), socket: socket(ip, port))
}

/// A routable address of node `number`; numbers apart by one lie in different /16 groups.
func spread(_ number: Int) -> PeerAddress {
    let group = UInt32(truncatingIfNeeded: number) &* 2_654_435_761 % 0x2FFF
    let bits = (0x1000 + group) << 16 | UInt32(truncatingIfNeeded: number) & 0xFFFF
    return PeerAddress(
        id: nodeID(UInt32(truncatingIfNeeded: number)),
        socket: SocketAddress(ip: IPAddress(v4: bits), port: 26656)
    )
}
