import Testing
import WarrenChain
import WarrenObservation
import WarrenPeering
import WarrenPrimitives

struct BlockTests {
    private let realm = Realm()

    private func flaw(_ encoding: [UInt8], of header: Header) -> BodyFlaw? {
        do {
            let block = try realm.rules.check(
                [1, 2, 3] + encoding + [4],
                body: 3..<3 + encoding.count,
                of: header
            )
            #expect(block.body.encoding == encoding && block.header == header)
            return nil
        } catch {
            return error
        }
    }

    /// A header that names these bytes, whatever they are.
    private func header(naming encoding: [UInt8]) -> Header {
        realm.header(on: nil, by: 0, in: realm.slot(from: 0, for: 0), Body([])) { content in
            content.body = Hash(of: encoding)
            content.bodySize = encoding.count
        }
    }

    private func registration(_ number: UInt8, names: Int = 1) -> RelayRegistration {
        let name = String(repeating: "n", count: RelayRegistration.nameByteLimit)
        return RelayRegistration(
            pledge: 1,
            serial: 1,
            relays: (0..<names).map { .init(host: .name(name), port: UInt16($0 + 1)) },
            by: key(number)
        )
    }

    @Test func `a body that its header names is taken`() {
        var random = Random(seed: 1)
        #expect(flaw([], of: header(naming: [])) == nil)
        let body = Body([.sample(&random), .init(.registration(registration(1)))])
        #expect(flaw(body.encoding, of: header(naming: body.encoding)) == nil)
    }

    @Test func `another body is no fault of the block`() throws {
        let body = Body([Transaction(.payload([1]))])
        let same = Body([Transaction(.payload([2]))])
        let longer = Body([Transaction(.payload([1, 2]))])
        let header = header(naming: body.encoding)
        #expect(flaw(same.encoding, of: header) == .wrongHash(same.id, expected: body.id))
        #expect(
            flaw(longer.encoding, of: header)
                == .wrongSize(longer.encoding.count, expected: body.encoding.count)
        )
        let limit = realm.rules.bodyByteLimit
        let large = [UInt8](repeating: 0, count: limit + 1)
        #expect(flaw(large, of: header) == .tooLarge(limit + 1, limit: limit))
        for flaw: BodyFlaw in [
            .wrongHash(.zero, expected: .zero), .wrongSize(1, expected: 2), .tooLarge(2, limit: 1),
        ] { #expect(!flaw.condemnsBlock) }
    }

    @Test func `a body that its header names and that breaks a rule condemns the block`() throws {
        let once = Body([Transaction(.payload([1]))])
        let forged = try Transaction(
            Array(Transaction(.registration(registration(1))).encoding.dropLast()) + [0xFF]
        )
        let cases: [([UInt8], BodyFlaw, CloseReason)] = [
            ([0xFF], .coding(.protobuf(.truncated)), .badMessage),
            (
                once.encoding + once.encoding,
                .coding(.repeated(once.transactions[0].id)),
                .badTransaction
            ),
            (Body([forged]).encoding, .unsigned(forged.id), .badTransaction),
        ]
        for (encoding, expected, reason) in cases {
            #expect(flaw(encoding, of: header(naming: encoding)) == expected)
            #expect(expected.reason == reason && expected.condemnsBlock)
        }
        #expect(BodyFlaw.wrongHash(.zero, expected: .zero).reason == .bodyMismatch)
        #expect(BodyFlaw.wrongSize(1, expected: 2).reason == .bodyMismatch)
        #expect(BodyFlaw.tooLarge(2, limit: 1).reason == .bodyTooLarge)
        #expect(BodyFlaw.registrations(byteCount: 1).reason == .badTransaction)
    }

    @Test func `registrations in a body have a limit in bytes`() {
        // The longest fits alone, and a shorter one beside it fills the room to the byte.
        let long = Transaction(.registration(registration(1, names: RelayRegistration.relayLimit)))
        let room = Body.registrationByteLimit - long.encoding.count
        #expect(room > 0)
        func padded(to count: Int) -> Transaction {
            for names in 0...RelayRegistration.relayLimit {
                for length in 1...RelayRegistration.nameByteLimit {
                    let last = String(repeating: "m", count: length)
                    let full = String(repeating: "n", count: RelayRegistration.nameByteLimit)
                    let relays = [last] + [String](repeating: full, count: names)
                    let size = relays.reduce(0) { $0 + $1.utf8.count + 8 }
                    guard abs(size + 110 - count) < 40 else { continue }
                    let transaction = Transaction(
                        .registration(
                            RelayRegistration(
                                pledge: 1,
                                serial: 1,
                                relays: relays.prefix(16).map { .init(host: .name($0), port: 1) },
                                by: key(2)
                            )
                        )
                    )
                    if transaction.encoding.count == count { return transaction }
                }
            }
            return long
        }
        let fitting = Body([long, padded(to: room)])
        #expect(flaw(fitting.encoding, of: header(naming: fitting.encoding)) == nil)
        let over = Body([long, padded(to: room + 1)])
        #expect(
            flaw(over.encoding, of: header(naming: over.encoding))
                == .registrations(byteCount: Body.registrationByteLimit + 1)
        )
    }
}
