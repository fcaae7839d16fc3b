import Foundation
import Testing
import WarrenPrimitives
import WarrenSupport

struct PeerAddressTests {
    let id = "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"

    @Test
    func `every text of the vectors is accepted or refused as upstream does`() throws {
        for row in try IdentityVectors.load().parse {
            let result = Result { () throws(PeerAddress.ParseError) in
                try PeerAddress(parsing: row.input)
            }
            switch result {
            case .success(let address):
                #expect(row.ok, "\(row.input)")
                #expect(address.socket.description == row.dial)
                // Unlike upstream we print, and so compare, ids in lower case only (C§14).
                #expect(address.description == row.string?.lowercased())
                #expect(PeerAddress(address.description) == address)
            case .failure(let error):
                let upstream =
                    switch error {
                    case .noID: "p2p.ErrNetAddressNoID"
                    case .badID, .invalid: "p2p.ErrNetAddressInvalid"
                    case .nameNotResolved: "p2p.ErrNetAddressLookup"
                    }
                #expect(upstream == row.error_type, "\(row.input)")
            }
        }
    }

    @Test(arguments: [
        ("1.2.3.4", Endpoint.Flaw.missingPort), ("", .missingPort), ("[::1]", .missingPort),
        ("[::1]x:80", .missingPort), ("::1:80", .tooManyColons), ("[::1]:80:90", .tooManyColons),
        ("[::1:80", .strayBracket), ("::1]:80", .tooManyColons), ("a]:80", .strayBracket),
        ("a[:80", .strayBracket), ("a:8]0", .strayBracket), ("a:[80", .strayBracket),
        ("[[::1]:80", .strayBracket), (":80", .emptyHost), ("[]:80", .emptyHost),
        ("a b:80", .badHost("a b")), ("[fe80::1%eth0]:80", .badHost("fe80::1%eth0")),
        ("-a:80", .badHost("-a")), ("a-.b:80", .badHost("a-.b")), ("a..b:80", .badHost("a..b")),
        ("1.2.3.256:80", .badHost("1.2.3.256")), (".:80", .badHost(".")), ("a:", .badPort("")),
        ("a:+80", .badPort("+80")), ("a:65536", .badPort("65536")), ("a:8_0", .badPort("8_0")),
        ("a:99999999999999999999", .badPort("99999999999999999999")), ("a:http", .badPort("http")),
    ])
    func `what is wrong with a host and port is said`(text: String, flaw: Endpoint.Flaw) {
        #expect(throws: flaw) { try Endpoint(parsing: text) }
        #expect(throws: PeerAddress.ParseError.invalid(flaw)) {
            try PeerAddress(parsing: "\(id)@\(text)")
        }
        #expect(!flaw.description.isEmpty)
    }

    @Test
    func `a host name is kept for who may resolve it, and refused by who may not`() throws {
        let text = "\(id)@seed-1.example.org:26656"
        let (parsed, endpoint) = try PeerAddress.parse(text)
        #expect(parsed.description == id)
        #expect(endpoint == Endpoint(host: .name("seed-1.example.org"), port: 26656))
        #expect(endpoint.socket == nil)
        #expect(endpoint.description == "seed-1.example.org:26656")
        #expect(throws: PeerAddress.ParseError.nameNotResolved(host: "seed-1.example.org")) {
            try PeerAddress(parsing: text)
        }
        let label = String(repeating: "a", count: 63)
        #expect(throws: Never.self) { try Endpoint(parsing: "\(label):1") }
        #expect(throws: Endpoint.Flaw.badHost(label + "a")) { try Endpoint(parsing: "\(label)a:1") }
        let name = [label, label, label, String(label.dropLast(2))].joined(separator: ".")
        #expect(throws: Never.self) { try Endpoint(parsing: "\(name):1") }
        #expect(throws: Endpoint.Flaw.badHost(name + "a")) { try Endpoint(parsing: "\(name)a:1") }
    }

    @Test(arguments: ["0.0.0.0", "9.10.99.100", "255.255.255.255", "fd00::1"])
    func `a socket address reads as its parts, whatever their width`(ip: String) throws {
        let address = try #require(IPAddress(ip))
        let host = address.v4 == nil ? "[\(ip)]" : ip
        for port: UInt16 in [0, 9, 10, 99, 100, 999, 1000, 9999, 10_000, 65_535] {
            let socket = SocketAddress(ip: address, port: port)
            #expect(socket.description == "\(host):\(port)")
            #expect(SocketAddress(socket.description) == socket)
        }
    }

    @Test
    func `a second scheme cuts the text, as a split does`() throws {
        let address = try PeerAddress(parsing: "a://\(id)@1.2.3.4:5://rest")
        #expect(address.description == "\(id)@1.2.3.4:5")
        #expect(throws: PeerAddress.ParseError.noID) { try PeerAddress(parsing: "tcp://") }
    }

    @Test
    func `two addresses are the same if they share id or place`() throws {
        let address = try PeerAddress(parsing: "\(id)@1.2.3.4:5")
        let moved = try PeerAddress(parsing: "\(id)@1.2.3.4:6")
        let other = String(repeating: "00", count: 20)
        let tenant = try PeerAddress(parsing: "\(other)@1.2.3.4:5")
        #expect(address.isSame(as: moved))
        #expect(address.isSame(as: tenant))
        #expect(!moved.isSame(as: tenant))
        #expect(tenant < address && address < moved)
    }

    @Test
    func `the JSON form has id, ip and port`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let address = try PeerAddress(parsing: "\(id)@[::ffff:1.2.3.4]:26656")
        let text = Data(#"{"id":"\#(id)","ip":"1.2.3.4","port":26656}"#.utf8)
        #expect(try encoder.encode(address) == text)
        #expect(try JSONDecoder().decode(PeerAddress.self, from: text) == address)
        for (port, works) in [("65535", true), ("65536", false), ("-1", false), ("\"1\"", false)] {
            let json = Data(#"{"id":"\#(id)","ip":"::1","port":\#(port)}"#.utf8)
            #expect(works == ((try? JSONDecoder().decode(PeerAddress.self, from: json)) != nil))
        }
    }

    @Test
    func `an announced address must have an IP and a port, but any id`() throws {
        var writer = ProtobufWriter()
        let announced = AnnouncedAddress(
            id: "1",
            socket: try #require(SocketAddress("127.0.0.1:9090"))
        )
        announced.write(into: &writer)
        #expect(Hex.text(writer.bytes) == "0a013112093132372e302e302e31188247")
        #expect(try AnnouncedAddress(writer.bytes.span) == announced)
        #expect(announced.peerAddress == nil)
        let peer = try PeerAddress(parsing: "\(id)@[fd00::1]:65535")
        var whole = ProtobufWriter()
        AnnouncedAddress(peer).write(into: &whole)
        #expect(try AnnouncedAddress(whole.bytes.span).peerAddress == peer)

        func message(ip: String, port: UInt64) -> [UInt8] {
            var writer = ProtobufWriter()
            writer.string(2, ip)
            writer.varint(3, port)
            return writer.bytes
        }
        #expect(throws: ProtobufError.outOfRange(field: 2)) {
            try AnnouncedAddress(message(ip: "localhost", port: 1).span)
        }
        #expect(throws: ProtobufError.outOfRange(field: 2)) {
            try AnnouncedAddress(message(ip: "", port: 1).span)
        }
        #expect(throws: ProtobufError.outOfRange(field: 3)) {
            try AnnouncedAddress(message(ip: "::1", port: 65536).span)
        }
        #expect(throws: Never.self) { try AnnouncedAddress(message(ip: "::1", port: 65535).span) }
    }

    @Test
    func `mutated texts never trap, and what is accepted reads back`() {
        let valid = ["tcp://\(id)@1.2.3.4:26656", "\(id)@[fd00::1]:0", "\(id)@host.example:1"]
        fuzz(valid.map { Array($0.utf8) }) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let (id, endpoint) = try? PeerAddress.parse(text) else { return }
            #expect((try? Endpoint(parsing: endpoint.description)) == endpoint)
            guard let socket = endpoint.socket else { return }
            let address = PeerAddress(id: id, socket: socket)
            #expect(PeerAddress(address.description) == address)
        }
    }
}
