import WarrenPrimitives

extension ChainNote {
    /// The names under which chain notes go in event lines.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case made, announced, fetched, adopted, rolledBack, sighted, equivocation
    }

    package var kind: Kind {
        switch self {
        case .made: .made
        case .announced: .announced
        case .fetched: .fetched
        case .adopted: .adopted
        case .rolledBack: .rolledBack
        case .sighted: .sighted
        case .equivocation: .equivocation
        }
    }

    /// The peer that the note is about.
    package var subject: PeerReference? {
        switch self {
        case .announced(_, let peer), .fetched(_, let peer, _): peer
        case .sighted(_, let peer): peer
        case .made, .adopted, .rolledBack, .equivocation: nil
        }
    }

    /// The block that the note is about.
    package var block: BlockMark? {
        switch self {
        case .made(let block, _, _), .announced(let block, _), .fetched(let block, _, _),
            .adopted(let block), .rolledBack(let block, _):
            block
        case .sighted, .equivocation: nil
        }
    }

    private enum Field: String, CodingKey {
        case peer, id, address
        case height, slot, hash, bytes, transactions, depth, transaction
        case producer, first, second
    }

    init(_ kind: Kind, from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        func block() throws -> BlockMark { try BlockMark(from: decoder) }
        func peer() throws -> PeerReference { try PeerReference(from: decoder) }
        switch kind {
        case .made:
            self = .made(
                try block(),
                bytes: try fields.decode(Int.self, forKey: .bytes),
                transactions: try fields.decode([Hash].self, forKey: .transactions)
            )
        case .announced: self = .announced(try block(), by: try peer())
        case .fetched:
            self = .fetched(
                try block(),
                from: try peer(),
                bytes: try fields.decode(Int.self, forKey: .bytes)
            )
        case .adopted: self = .adopted(try block())
        case .rolledBack:
            self = .rolledBack(
                to: try block(),
                depth: try fields.decode(Int.self, forKey: .depth)
            )
        case .sighted:
            self = .sighted(
                transaction: try fields.decode(Hash.self, forKey: .transaction),
                from: fields.contains(.peer) ? try peer() : nil
            )
        case .equivocation:
            self = .equivocation(
                producer: try fields.decode(NodeID.self, forKey: .producer),
                slot: try fields.decode(UInt64.self, forKey: .slot),
                first: try fields.decode(Hash.self, forKey: .first),
                second: try fields.decode(Hash.self, forKey: .second)
            )
        }
    }

    /// Writes all but the subject, which every event line has in the same way.
    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try block?.encode(to: encoder)
        switch self {
        case .made(_, let bytes, let transactions):
            try fields.encode(bytes, forKey: .bytes)
            try fields.encode(transactions, forKey: .transactions)
        case .fetched(_, _, let bytes): try fields.encode(bytes, forKey: .bytes)
        case .rolledBack(_, let depth): try fields.encode(depth, forKey: .depth)
        case .sighted(let transaction, _): try fields.encode(transaction, forKey: .transaction)
        case .equivocation(let producer, let slot, let first, let second):
            try fields.encode(producer, forKey: .producer)
            try fields.encode(slot, forKey: .slot)
            try fields.encode(first, forKey: .first)
            try fields.encode(second, forKey: .second)
        case .announced, .adopted: break
        }
    }
}
