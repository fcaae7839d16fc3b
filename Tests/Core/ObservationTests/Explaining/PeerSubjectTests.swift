import Testing
import WarrenObservation
import WarrenPrimitives

@Suite struct `A peer is named` {
    private static let ids = ["aaaa11", "aaaa22", "bbbb33"]
        .compactMap { NodeID($0 + String(repeating: "0", count: 34)) }
    private let population = Population(
        ["relay-1", "relay-2", "cafe"].enumerated().map { number, name in
            DeclaredNode(
                name: name,
                group: "relay",
                role: .relay,
                id: Self.ids[number],
                addresses: ["127.2.0.\(number + 1):3001"]
            )
        }
    )

    private func resolve(
        _ word: String,
        node: String = "relay-1",
        known: [PeerReference] = []
    ) throws(PeerSubjectError) -> PeerSubject {
        try PeerSubject.resolve(node: node, peer: word, among: population, known: known).peer
    }

    private func error(_ body: () throws(PeerSubjectError) -> PeerSubject) -> String {
        do throws(PeerSubjectError) {
            return "found \(try body())"
        } catch {
            return error.description
        }
    }

    @Test func `by the name of a node, before all else`() throws {
        #expect(try resolve("relay-2").id == Self.ids[1])
        #expect(try resolve("cafe").id == Self.ids[2])
    }

    @Test func `by the first digits of its id, in either case`() throws {
        #expect(try resolve("bbbb").name == "cafe")
        #expect(try resolve("AAAA2").name == "relay-2")
        #expect(error { () throws(PeerSubjectError) in try resolve("bbb") }.contains("no peer"))
    }

    @Test func `by digits that begin two ids is an error with both`() {
        let said = error { () throws(PeerSubjectError) in try resolve("aaaa") }
        #expect(said.contains("relay-1") && said.contains("relay-2"), "\(said)")
        #expect(said.contains("give more digits"))
    }

    @Test func `by digits of a stranger that the node told of, with all its addresses`() throws {
        let stranger = NodeID(String(repeating: "c", count: 40))
        let known = ["10.0.0.9:1", "10.0.0.9:2"].enumerated().map { number, address in
            PeerReference(peer: .init(rawValue: UInt32(number)), id: stranger, address: address)
        }
        let found = try resolve("cccc", known: known)
        #expect(found == PeerSubject(id: stranger, addresses: ["10.0.0.9:1", "10.0.0.9:2"]))
        #expect(try resolve("10.0.0.9:2", known: known).id == stranger)
    }

    @Test func `by a whole id or an address that nobody told of`() throws {
        let text = String(repeating: "d", count: 40)
        #expect(try resolve(text) == PeerSubject(id: NodeID(text)))
        #expect(try resolve("10.9.9.9:3001") == PeerSubject(addresses: ["10.9.9.9:3001"]))
        #expect(try resolve("127.2.0.2:3001").name == "relay-2")
    }

    @Test func `by a word that is nothing, with the nearest name`() {
        let peer = error { () throws(PeerSubjectError) in try resolve("rleay-2") }
        #expect(peer.contains("did you mean 'relay-2'?"), "\(peer)")
        let node = error { () throws(PeerSubjectError) in try resolve("relay-2", node: "relay1") }
        #expect(node == "no node is called 'relay1'; did you mean 'relay-1'?")
        let own = error { () throws(PeerSubjectError) in try resolve("relay-1") }
        #expect(own.contains("no peer of itself"))
    }

    @Test func `an error names only the first candidates`() {
        let many = (0..<20).map { number in
            PeerReference(
                peer: .init(rawValue: UInt32(number)),
                id: NodeID("eeee" + String(repeating: "0", count: 34) + "\(10 + number)")
            )
        }
        let said = error { () throws(PeerSubjectError) in try resolve("eeee", known: many) }
        #expect(said.contains("12 more"), "\(said)")
    }
}
