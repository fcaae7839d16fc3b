import FoundationEssentials
package import WarrenChain
import WarrenObservation
package import WarrenPrimitives

/// In which form a transaction comes to `POST /tx`.
package enum SubmissionForm: Hashable, Sendable {
    /// Its canonical encoding, byte by byte.
    case encoding
    /// `{"payload":"…"}`: the hex digits of an opaque payload.
    case json

    /// By the request's `Content-Type`, which must be there.
    ///
    /// Forms that a page of somebody else's can make a browser send unasked are not taken: a node on
    /// loopback is in reach of every page that is open on its machine.
    package init(contentType: String?) throws(AdminRefusal) {
        let type = contentType?.split(separator: ";").first.map { $0.lowercased() }
        switch type?.filter({ $0 != " " }) {
        case "application/octet-stream": self = .encoding
        case "application/json": self = .json
        case let other:
            throw AdminRefusal(
                415,
                other.map { "the body is said to be '\($0.prefix(100))'" }
                    ?? "the body's Content-Type is not given",
                expected: "application/octet-stream with a transaction's encoding, or "
                    + "application/json as {\"payload\":\"00ff\"}"
            )
        }
    }

    /// Bytes of a body.
    package var byteLimit: Int {
        switch self {
        case .encoding: Transaction.byteLimit
        case .json: 2 * Transaction.payloadByteLimit + Self.jsonFraming
        }
    }

    /// What stands around the digits: names, quotes, blanks.
    private static let jsonFraming = 256

    /// Reads a body.
    package func transaction(_ body: [UInt8]) throws(AdminRefusal) -> Transaction {
        switch self {
        case .encoding:
            guard body.count <= byteLimit else { throw .tooLong(self) }
            do throws(ChainCodingError) {
                return try Transaction(body)
            } catch {
                throw AdminRefusal(
                    400,
                    "the body is no transaction: \(error)",
                    expected: "the canonical encoding of one, as chain.proto has it"
                )
            }
        case .json: return Transaction(.payload(try Self.payload(body)))
        }
    }

    private struct Form: Decodable { var payload: String }

    private static func payload(_ body: [UInt8]) throws(AdminRefusal) -> [UInt8] {
        let expected =
            "{\"payload\":\"00ff\"}: the hex digits of 1 to \(Transaction.payloadByteLimit) bytes"
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(body)) else {
            throw AdminRefusal(
                400,
                "the body is no JSON object with a text as 'payload'",
                expected: expected
            )
        }
        guard let payload = Hex.bytes(form.payload) else {
            throw AdminRefusal(400, "the payload is not written in hex digits", expected: expected)
        }
        guard (1...Transaction.payloadByteLimit).contains(payload.count) else {
            throw AdminRefusal(
                payload.isEmpty ? 400 : 413,
                "the payload has \(payload.count) bytes",
                expected: expected
            )
        }
        return payload
    }
}

extension AdminRefusal {
    static func tooLong(_ form: SubmissionForm) -> AdminRefusal {
        AdminRefusal(413, "the body is too long", expected: "at most \(form.byteLimit) bytes")
    }
}

/// What a node made of a transaction that somebody gave it.
package enum SubmissionOutcome: Hashable, Sendable {
    case admitted(Mempool.Admission)
    case noChain
    case notRunning

    /// The status and the text of an answer about the transaction of this id.
    package func answer(_ id: Hash) throws(AdminRefusal) -> (status: Int, text: String) {
        switch self {
        case .noChain:
            throw AdminRefusal(
                501,
                "this node takes no transactions: its network has no chain",
                expected: "a genesis with producers and a startTime"
            )
        case .notRunning:
            throw AdminRefusal(
                503,
                "the node is starting or stopping",
                expected: "a running node"
            )
        case .admitted(let admission):
            var members: [(String, JSONValue)] = [
                ("id", .string("\(id)")),
                ("admission", .string(admission.admittance.rawValue)),
            ]
            if let refusal = admission.refusal {
                members.append(("error", .string(refusal.error)))
                members.append(("expected", .string(refusal.expected)))
            }
            return (admission.status, JSONValue.object(members).text + "\n")
        }
    }
}

extension Mempool.Admission {
    fileprivate var status: Int {
        switch self {
        // It will be in a block, but is in none yet.
        case .added: 202
        case .known, .included: 200
        case .stale, .tooLarge, .unsigned: refusal?.status ?? 200
        }
    }

    fileprivate var refusal: AdminRefusal? {
        switch self {
        case .added, .known, .included: nil
        case .stale:
            AdminRefusal(
                409,
                "a later registration of the pool is known",
                expected: "a registration with a higher serial"
            )
        case .tooLarge:
            AdminRefusal(
                413,
                "no block of this network could hold it",
                expected: "less than the genesis' maxBodySize"
            )
        case .unsigned:
            AdminRefusal(
                422,
                "the registration is not signed by its pool",
                expected: "the signature of the pool's key"
            )
        }
    }
}
