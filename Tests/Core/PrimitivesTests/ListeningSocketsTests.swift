import Testing
import WarrenPrimitives
import WarrenSupport

struct ListeningSocketsTests {
    private static let head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
    /// As Linux prints them on a little-endian machine: 127.0.0.1:3001 listens, 0.0.0.0:80 listens,
    /// 127.0.0.1:3002 is connected.
    private static let table =
        head + """
               0: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41 1 0 100 0 0 10 0
               1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 42 1 0 100 0 0 10 0
               2: 0100007F:0BBA 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 43 1 0 20 4 30 10 -1
            """
    /// [::1]:3003 and [::]:3004 listen.
    private static let table6 =
        head + """
               0: 00000000000000000000000001000000:0BBB 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 51 1 0 100 0 0 10 0
               1: 00000000000000000000000000000000:0BBC 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 52 1 0 100 0 0 10 0
            """

    private let sockets = ListeningSockets(tables: [table, table6])

    @Test(arguments: [
        ("127.0.0.1:3001", ["socket:[41]"]), ("127.0.0.2:3001", []),
        ("0.0.0.0:3001", ["socket:[41]"]),
        ("10.0.0.1:80", ["socket:[42]"]), ("127.0.0.1:3002", []), ("[::1]:3003", ["socket:[51]"]),
        ("[::2]:3003", []), ("10.0.0.1:3004", ["socket:[52]"]), ("[::1]:3004", ["socket:[52]"]),
    ])
    func `are found by the address that they keep others from`(
        address: String,
        links: [String]
    ) throws {
        let address = try #require(SocketAddress(address))
        #expect(sockets.links(inTheWayOf: address) == links)
    }

    @Test func `mutated tables harm nobody`() throws {
        let address = try #require(SocketAddress("127.0.0.1:3001"))
        var foundCount = 0
        mutations(of: [Self.table, Self.table6].map { Array($0.utf8) }, seed: 0x7C9) { bytes in
            let sockets = ListeningSockets(tables: [String(decoding: bytes, as: UTF8.self)])
            let links = sockets.links(inTheWayOf: address)
            #expect(links.allSatisfy { $0.hasPrefix("socket:[") && $0.hasSuffix("]") })
            foundCount += links.isEmpty ? 0 : 1
        }
        #expect(foundCount > FuzzCount.value / 20)
    }
}
