package import WarrenObservation
package import WarrenPrimitives

/// A header with the body that it names, checked.
///
/// Only ``ChainRules/check(_:body:of:)`` makes one of what a stranger sent, so nothing behind it can
/// see a body that breaks a rule.
package struct Block: Hashable, Sendable {
    package let header: Header
    package let body: Body
    /// The whole message in which the body travels on channel 0x72: one buffer for all who pass it
    /// on.
    package let message: [UInt8]
    /// Where the body's encoding lies in ``message``.
    package let encoding: Range<Int>

    /// A block of our own making; traps if the message does not hold the body.
    package init(_ made: MadeBlock, message: [UInt8], encoding: Range<Int>) {
        precondition(
            encoding.lowerBound >= 0 && encoding.upperBound <= message.count
                && message[encoding].elementsEqual(made.body.encoding),
            "bytes \(encoding) of a message of \(message.count) are not the body"
        )
        self.init(made.header, made.body, message, encoding)
    }

    fileprivate init(_ header: Header, _ body: Body, _ message: [UInt8], _ encoding: Range<Int>) {
        self.header = header
        self.body = body
        self.message = message
        self.encoding = encoding
    }
}

/// What a producer made, before it is put in a message.
package struct MadeBlock: Hashable, Sendable {
    package let header: Header
    package let body: Body

    package init(header: Header, body: Body) {
        self.header = header
        self.body = body
    }
}

/// Why a body is not taken.
package enum BodyFlaw: Error, Hashable, Sendable {
    case tooLarge(Int, limit: Int)
    case wrongSize(Int, expected: Int)
    case wrongHash(Hash, expected: Hash)
    case coding(ChainCodingError)
    /// More bytes of registrations than ``Body/registrationByteLimit``.
    case registrations(byteCount: Int)
    /// A registration that its pool did not sign; the transaction's id.
    case unsigned(Hash)

    /// Why the connection ends to a peer that sent such a body.
    package var reason: CloseReason {
        switch self {
        case .tooLarge: .bodyTooLarge
        case .wrongSize, .wrongHash: .bodyMismatch
        case .coding(.protobuf), .coding(.tooLong), .coding(.notCanonical): .badMessage
        case .coding(.repeated), .registrations, .unsigned: .badTransaction
        }
    }

    /// True if it is the body that the header names, so that the block is bad whoever delivers it:
    /// ``Blockchain/refuse(_:into:)``.
    package var condemnsBlock: Bool {
        switch self {
        case .tooLarge, .wrongSize, .wrongHash: false
        case .coding, .registrations, .unsigned: true
        }
    }
}

extension Body {
    /// Bytes of registrations in one body, as encoded transactions: room for one of the longest,
    /// and a bound on what the ledger remembers of a block.
    package static let registrationByteLimit = 8_192

    package var registrations: [RelayRegistration] {
        transactions.compactMap { transaction in
            switch transaction.content {
            case .registration(let registration): registration
            case .payload: nil
            }
        }
    }
}

extension ChainRules {
    /// Checks the body in `message` against the header of its block, and against all rules.
    ///
    /// `range` is where the message has the body's encoding, `digest` that encoding's SHA-256 if it
    /// was reckoned before: a body is long, and a digest of it dear. Signatures come last.
    package func check(
        _ message: [UInt8],
        body range: Range<Int>,
        digest: Hash? = nil,
        of header: Header
    ) throws(BodyFlaw) -> Block {
        let limit = min(bodyByteLimit, Body.byteLimit)
        guard range.count <= limit else { throw .tooLarge(range.count, limit: limit) }
        guard range.count == header.bodySize else {
            throw .wrongSize(range.count, expected: header.bodySize)
        }
        let encoding = Array(message[range])
        let id = digest ?? Hash(of: encoding)
        guard id == header.body else { throw .wrongHash(id, expected: header.body) }
        let body: Body
        do {
            body = try Body(encoding, id: id)
        } catch {
            throw .coding(error)
        }
        var byteCount = 0
        for transaction in body.transactions {
            guard case .registration = transaction.content else { continue }
            byteCount += transaction.encoding.count
        }
        guard byteCount <= Body.registrationByteLimit else {
            throw .registrations(byteCount: byteCount)
        }
        for transaction in body.transactions where !transaction.isSound {
            throw .unsigned(transaction.id)
        }
        return Block(header, body, message, range)
    }
}

extension Transaction {
    /// Whether a registration is signed; a payload always is in order.
    package var isSound: Bool {
        switch content {
        case .payload: true
        case .registration(let registration): registration.isSigned
        }
    }
}
