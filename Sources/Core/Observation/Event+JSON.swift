import WarrenPrimitives

/// The names of an event's fields: one flat object a line, `docs/schemas/event.schema.json`.
private enum Field: String, CodingKey {
    case kind, incarnation, sequence, at
    case peer, id, address
    case from, to, reason, detail, source, direction
    case other, connection, level, until, addressCount, newCount, targets
    case action, outcome, durationNanoseconds, change
}

private enum Kind: String, CaseIterable {
    case transition, merged, connected, disconnected, refused, dialing, usedBy, connection, inbound
    case banned, reinstated, asked, answered, learnt, targets, churned
    case bootstrapTimedOut, storeFailed, gap
}

private typealias Fields = KeyedDecodingContainer<Field>

extension Fields {
    fileprivate func chainKind() throws -> ChainNote.Kind? {
        ChainNote.Kind(rawValue: try decode(String.self, forKey: .kind))
    }

    fileprivate func kind() throws -> Kind {
        let text = try decode(String.self, forKey: .kind)
        guard let kind = Kind(rawValue: text) else {
            let kinds = Kind.allCases.map(\.rawValue) + ChainNote.Kind.allCases.map(\.rawValue)
            throw DecodingError.dataCorruptedError(
                forKey: .kind,
                in: self,
                debugDescription: "'\(text)' is no kind of event; the kinds are "
                    + kinds.joined(separator: ", ")
            )
        }
        return kind
    }

    fileprivate func incarnation() throws -> UInt64 {
        try decode(Incarnation.self, forKey: .incarnation).number
    }

    fileprivate func peer() throws -> PeerReference {
        PeerReference(
            peer: try decode(PeerID.self, forKey: .peer),
            id: try decodeIfPresent(NodeID.self, forKey: .id),
            address: try decodeIfPresent(String.self, forKey: .address)
        )
    }

    fileprivate func connection() throws -> ConnectionID {
        let text = try decode(String.self, forKey: .connection)
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 2, let number = UInt64(parts[1]), number <= .max >> 1,
            String(number) == parts[1]
        {
            if parts[0] == "out" { return .dialed(number) }
            if parts[0] == "in" { return .accepted(number) }
        }
        throw DecodingError.dataCorruptedError(
            forKey: .connection,
            in: self,
            debugDescription: "'\(text)' is no connection: expected out-N or in-N"
        )
    }
}

extension Event: Codable {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        self.init(
            incarnation: try fields.incarnation(),
            sequence: try fields.decode(UInt64.self, forKey: .sequence),
            at: try fields.decode(Instant.self, forKey: .at),
            note: try Self.note(in: fields, decoder)
        )
    }

    private static func note(in fields: Fields, _ decoder: any Decoder) throws -> Note {
        if let kind = try fields.chainKind() { return .chain(try ChainNote(kind, from: decoder)) }
        return try Note(fields.kind(), in: fields)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Field.self)
        try fields.encode(note.word, forKey: .kind)
        try fields.encode(Incarnation(incarnation), forKey: .incarnation)
        try fields.encode(sequence, forKey: .sequence)
        try fields.encode(at, forKey: .at)
        try note.encode(in: &fields)
        if case .chain(let note) = note { try note.encode(to: encoder) }
    }
}

extension EventLine: Codable {
    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: Field.self)
        guard try fields.chainKind() == nil, try fields.kind() == .gap else {
            self = .event(try Event(from: decoder))
            return
        }
        self = .gap(
            Gap(
                incarnation: try fields.incarnation(),
                from: try fields.decode(UInt64.self, forKey: .from),
                to: try fields.decodeIfPresent(UInt64.self, forKey: .to)
            )
        )
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .event(let event): try event.encode(to: encoder)
        case .gap(let gap):
            var fields = encoder.container(keyedBy: Field.self)
            try fields.encode(Kind.gap.rawValue, forKey: .kind)
            try fields.encode(Incarnation(gap.incarnation), forKey: .incarnation)
            try fields.encode(gap.from, forKey: .from)
            try fields.encodeIfPresent(gap.to, forKey: .to)
        }
    }
}

extension Note {
    /// What kind of note it is, in one word: as event lines and recordings have it.
    package var word: String {
        if case .chain(let note) = self { return note.kind.rawValue }
        return kind?.rawValue ?? ""
    }

    private var kind: Kind? {
        switch self {
        case .transition: .transition
        case .merged: .merged
        case .connected: .connected
        case .disconnected: .disconnected
        case .refused: .refused
        case .dialing: .dialing
        case .usedBy: .usedBy
        case .connection: .connection
        case .inbound: .inbound
        case .banned: .banned
        case .reinstated: .reinstated
        case .asked: .asked
        case .answered: .answered
        case .learnt: .learnt
        case .targets: .targets
        case .churned: .churned
        case .bootstrapTimedOut: .bootstrapTimedOut
        case .storeFailed: .storeFailed
        case .chain: nil
        }
    }

    fileprivate init(_ kind: Kind, in fields: Fields) throws {
        switch kind {
        case .transition: self = .transition(try Transition(in: fields))
        case .merged:
            self = .merged(
                try fields.peer(),
                other: try fields.decode(PeerID.self, forKey: .other)
            )
        case .connected:
            self = .connected(
                try fields.peer(),
                try fields.connection(),
                try fields.decode(Direction.self, forKey: .direction)
            )
        case .disconnected:
            self = .disconnected(
                try fields.peer(),
                try fields.connection(),
                try fields.decode(CloseReason.self, forKey: .reason)
            )
        case .refused:
            self = .refused(
                try fields.connection(),
                address: try fields.decode(String.self, forKey: .address),
                try fields.decode(CloseReason.self, forKey: .reason)
            )
        case .dialing: self = .dialing(try fields.peer(), try fields.connection())
        case .usedBy:
            self = .usedBy(
                try fields.peer(),
                try fields.decode(Temperature.self, forKey: .level)
            )
        case .connection:
            self = .connection(
                try fields.contains(.peer) ? fields.peer() : nil,
                try fields.connection(),
                from: try fields.decode(ConnectionState.self, forKey: .from),
                to: try fields.decode(ConnectionState.self, forKey: .to)
            )
        case .inbound:
            self = .inbound(
                try fields.peer(),
                try fields.connection(),
                from: try fields.decodeIfPresent(InboundState.self, forKey: .from),
                to: try fields.decodeIfPresent(InboundState.self, forKey: .to)
            )
        case .banned:
            self = .banned(
                try fields.decode(NodeID.self, forKey: .id),
                until: try fields.decode(Instant.self, forKey: .until)
            )
        case .reinstated: self = .reinstated(try fields.decode(NodeID.self, forKey: .id))
        case .asked: self = .asked(try fields.peer())
        case .answered:
            self = .answered(
                try fields.peer(),
                addressCount: try fields.decode(Int.self, forKey: .addressCount)
            )
        case .learnt:
            self = .learnt(
                from: try fields.peer(),
                addressCount: try fields.decode(Int.self, forKey: .addressCount),
                newCount: try fields.decode(Int.self, forKey: .newCount)
            )
        case .targets: self = .targets(try fields.decode(Targets.self, forKey: .targets))
        case .churned: self = .churned(try ChurnStep(in: fields))
        case .bootstrapTimedOut: self = .bootstrapTimedOut
        case .storeFailed: self = .storeFailed
        case .gap:
            throw DecodingError.dataCorruptedError(
                forKey: .kind,
                in: fields,
                debugDescription: "a gap is a line of the stream, not an event"
            )
        }
    }

    fileprivate func encode(in fields: inout KeyedEncodingContainer<Field>) throws {
        try subject?.encode(in: &fields)
        switch self {
        case .transition(let transition): try transition.encode(in: &fields)
        case .merged(_, let other): try fields.encode(other, forKey: .other)
        case .connected(_, let connection, let direction):
            try fields.encode(connection.description, forKey: .connection)
            try fields.encode(direction, forKey: .direction)
        case .disconnected(_, let connection, let reason):
            try fields.encode(connection.description, forKey: .connection)
            try fields.encode(reason, forKey: .reason)
        case .refused(let connection, let address, let reason):
            try fields.encode(connection.description, forKey: .connection)
            try fields.encode(address, forKey: .address)
            try fields.encode(reason, forKey: .reason)
        case .dialing(_, let connection):
            try fields.encode(connection.description, forKey: .connection)
        case .usedBy(_, let level): try fields.encode(level, forKey: .level)
        case .connection(_, let connection, let from, let to):
            try fields.encode(connection.description, forKey: .connection)
            try fields.encode(from, forKey: .from)
            try fields.encode(to, forKey: .to)
        case .inbound(_, let connection, let from, let to):
            try fields.encode(connection.description, forKey: .connection)
            try fields.encodeIfPresent(from, forKey: .from)
            try fields.encodeIfPresent(to, forKey: .to)
        case .banned(let id, let until):
            try fields.encode(id, forKey: .id)
            try fields.encode(until, forKey: .until)
        case .reinstated(let id): try fields.encode(id, forKey: .id)
        case .asked, .bootstrapTimedOut, .storeFailed, .chain: break
        case .answered(_, let addressCount):
            try fields.encode(addressCount, forKey: .addressCount)
        case .learnt(_, let addressCount, let newCount):
            try fields.encode(addressCount, forKey: .addressCount)
            try fields.encode(newCount, forKey: .newCount)
        case .targets(let targets): try fields.encode(targets, forKey: .targets)
        case .churned(let step): try step.encode(in: &fields)
        }
    }

    /// The peer that the note is about.
    package var subject: PeerReference? {
        switch self {
        case .transition(let transition): transition.peer
        case .merged(let peer, _), .connected(let peer, _, _), .disconnected(let peer, _, _),
            .dialing(let peer, _), .usedBy(let peer, _), .asked(let peer), .answered(let peer, _),
            .learnt(let peer, _, _), .inbound(let peer, _, _, _):
            peer
        case .connection(let peer, _, _, _): peer
        case .chain(let note): note.subject
        case .refused, .banned, .reinstated, .targets, .churned, .bootstrapTimedOut, .storeFailed:
            nil
        }
    }
}

extension ChurnStep {
    fileprivate init(in fields: Fields) throws {
        let nanoseconds = try fields.decode(Int64.self, forKey: .durationNanoseconds)
        self.init(
            action: try fields.decode(ChurnAction.self, forKey: .action),
            outcome: try fields.decode(Outcome.self, forKey: .outcome),
            duration: .nanoseconds(nanoseconds),
            change: try fields.decode(Int.self, forKey: .change)
        )
    }

    fileprivate func encode(in fields: inout KeyedEncodingContainer<Field>) throws {
        try fields.encode(action, forKey: .action)
        try fields.encode(outcome, forKey: .outcome)
        try fields.encode(duration.wholeNanoseconds, forKey: .durationNanoseconds)
        try fields.encode(change, forKey: .change)
    }
}

extension PeerReference {
    fileprivate func encode(in fields: inout KeyedEncodingContainer<Field>) throws {
        try fields.encode(peer, forKey: .peer)
        try fields.encodeIfPresent(id, forKey: .id)
        try fields.encodeIfPresent(address, forKey: .address)
    }
}

extension Transition {
    fileprivate init(in fields: Fields) throws {
        self.init(
            peer: try fields.peer(),
            from: try fields.decode(Temperature.self, forKey: .from),
            to: try fields.decode(Temperature.self, forKey: .to),
            reason: try Reason(in: fields, code: .reason, detail: .detail),
            source: try fields.decode(PeerSource.self, forKey: .source),
            direction: try fields.decodeIfPresent(Direction.self, forKey: .direction)
        )
    }

    /// All but the peer.
    fileprivate func encode(in fields: inout KeyedEncodingContainer<Field>) throws {
        try fields.encode(from, forKey: .from)
        try fields.encode(to, forKey: .to)
        try fields.encode(reason.code, forKey: .reason)
        try fields.encodeIfPresent(reason.detail, forKey: .detail)
        try fields.encode(source, forKey: .source)
        try fields.encodeIfPresent(direction, forKey: .direction)
    }

    /// As `promoted to reach target.active 4`.
    package var sentence: String { reason.sentence(from: from, to: to) }
}
