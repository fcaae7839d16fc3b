import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `A snapshot` {
    @Test(arguments: [Snapshot.blank, .full])
    func `survives JSON and keeps to the schema`(snapshot: Snapshot) throws {
        let json = try JSONEncoder().encode(snapshot)
        #expect(try JSONDecoder().decode(Snapshot.self, from: json) == snapshot)
        #expect(try Schema("snapshot").complaints(json) == [])
    }

    @Test func `without an id breaks the schema`() throws {
        #expect(try Schema("snapshot").complaints(Snapshot()) == ["$.node lacks id"])
    }

    @Test(arguments: [
        (#""warm":"#, #""tepid":"#, "which is not described"),
        (#""sequence":12"#, #""sequence":"12""#, "is not of type integer"),
        (#""sequence":12"#, #""sequence":-1"#, "is below 0"),
        (#""sequence":12"#, #""sequence":1.5"#, "is not of type integer"),
        (#""source":"ledger""#, #""source":"rumour""#, "is none of"),
        (#""isTepid":true"#, #""isTepid":1"#, "is not of type boolean"),
        (#""channel":112"#, #""channel":128"#, "is above 127"),
        (#""hash":"a91f0c""#, #""hash":"A91F""#, "does not match"),
        (#""cooling""#, #""cooled""#, "does not match"),
        (#""gate draining""#, #""gate open""#, "does not match"),
    ])
    func `that differs breaks the schema`(old: String, new: String, complaint: String) throws {
        let json = String(decoding: try JSONEncoder().encode(Snapshot.full), as: UTF8.self)
        let broken = json.replacingOccurrences(of: old, with: new)
        #expect(broken != json)
        let complaints = try Schema("snapshot").complaints(Data(broken.utf8))
        #expect(complaints.contains { $0.contains(complaint) }, "\(complaints)")
    }

    @Test func `of another version is refused`() throws {
        let json = String(decoding: try JSONEncoder().encode(Snapshot.blank), as: UTF8.self)
            .replacingOccurrences(of: #"snapshot\/1"#, with: #"snapshot\/2"#)
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(Snapshot.self, from: Data(json.utf8))
        }
        #expect(String(describing: try #require(error)).contains("warren/snapshot/2"))
    }

    @Test func `withstands mutated bytes`() throws {
        let samples = try [Snapshot.blank, .full].map { Array(try JSONEncoder().encode($0)) }
        mutations(of: samples, seed: 0x0B5) { bytes in
            guard let read = try? JSONDecoder().decode(Snapshot.self, from: Data(bytes)) else {
                return
            }
            let json = try? JSONEncoder().encode(read)
            #expect(json.flatMap { try? JSONDecoder().decode(Snapshot.self, from: $0) } == read)
        }
    }
}
