package import Logging
package import WarrenObservation
import WarrenPrimitives

/// A note as a log line; the strings that cores do not make (style 14).
package struct NoteLine: Sendable {
    package var level: Logger.Level
    package var message: String
    package var fields: Logger.Metadata
    /// What bounds its rate; nil for lines that no stranger can cause.
    package var kind: String?

    package init(_ note: Note) {
        level = .info
        fields = [:]
        kind = nil
        switch note {
        case .transition(let transition):
            message =
                "\(transition.from) to \(transition.to), "
                + transition.reason.sentence(from: transition.from, to: transition.to)
            level = transition.from == .unknown || transition.to == .unknown ? .debug : .info
            kind = "transition"
            describe(transition.peer)
            fields["source"] = "\(transition.source)"
        case .merged(let peer, let other):
            message = "peer \(other) is \(peer.peer)"
            level = .debug
            describe(peer)
        case .connected(let peer, let connection, let direction):
            message = "connected"
            kind = "connected"
            describe(peer)
            fields["connection"] = "\(connection)"
            fields["direction"] = "\(direction)"
        case .disconnected(let peer, let connection, let reason):
            message = "disconnected"
            level = reason.isViolation ? .warning : .info
            kind = "disconnected"
            describe(peer)
            fields["connection"] = "\(connection)"
            fields["reason"] = "\(reason)"
        case .refused(let connection, let address, let reason):
            message = "no connection"
            level = reason.isViolation ? .warning : .info
            kind = "refused"
            fields = [
                "connection": "\(connection)", "address": "\(address)", "reason": "\(reason)",
            ]
        case .dialing(let peer, let connection):
            message = "dialing"
            level = .debug
            describe(peer)
            fields["connection"] = "\(connection)"
        case .usedBy(let peer, let level):
            message = "used by peer"
            self.level = .debug
            kind = "usedBy"
            describe(peer)
            fields["use"] = "\(level)"
        case .connection(let peer, let connection, let from, let to):
            message = "\(connection) from \(from) to \(to)"
            level = .debug
            kind = "connection"
            if let peer { describe(peer) }
            fields["connection"] = "\(connection)"
        case .inbound(let peer, let connection, let from, let to):
            message = "inbound from \(from?.rawValue ?? "none") to \(to?.rawValue ?? "none")"
            level = .debug
            kind = "inbound"
            describe(peer)
            fields["connection"] = "\(connection)"
        case .banned(let id, let until):
            message = "banned"
            level = .warning
            kind = "banned"
            fields = ["id": "\(id)", "until": "\(Timestamp.text(until))"]
        case .reinstated(let id):
            message = "no longer banned"
            fields = ["id": "\(id)"]
        case .asked(let peer):
            message = "asked for addresses"
            level = .debug
            describe(peer)
        case .answered(let peer, let addressCount):
            message = "answered with addresses"
            level = .debug
            kind = "answered"
            describe(peer)
            fields["addresses"] = "\(addressCount)"
        case .learnt(let peer, let addressCount, let newCount):
            message = "learnt addresses"
            level = .debug
            kind = "learnt"
            describe(peer)
            fields["addresses"] = "\(addressCount)"
            fields["new"] = "\(newCount)"
        case .targets(let targets):
            message = "targets"
            level = .debug
            fields = [
                "known": "\(targets.known)", "established": "\(targets.established)",
                "active": "\(targets.active)", "root": "\(targets.root)",
            ]
        case .churned(let step):
            message = "churned"
            level = .debug
            fields = [
                "action": "\(step.action)", "outcome": "\(step.outcome)",
                "change": "\(step.change)", "duration": "\(step.duration)",
            ]
        case .chain(let note):
            message = Self.message(of: note)
            describe(note)
        case .bootstrapTimedOut:
            message =
                "the node still has untrusted peers, 15 minutes after its ledger became too old; "
                + "it stops"
            level = .error
        case .storeFailed:
            message = "the store failed; the node stops"
            level = .error
        }
    }

    private static func message(of note: ChainNote) -> String {
        switch note {
        case .made: "made a block"
        case .announced: "a header is announced"
        case .fetched: "a body is here"
        case .adopted: "adopted a block"
        case .rolledBack: "rolled back"
        case .sighted: "a new transaction"
        case .equivocation: "two blocks of one producer for one slot"
        }
    }

    private mutating func describe(_ note: ChainNote) {
        level = .debug
        kind = note.kind.rawValue
        if let peer = note.subject { describe(peer) }
        if let block = note.block {
            fields["height"] = "\(block.height)"
            fields["slot"] = "\(block.slot)"
            fields["hash"] = "\(block.hash)"
        }
        switch note {
        case .made(_, let bytes, let transactions):
            level = .info
            fields["bytes"] = "\(bytes)"
            fields["transactions"] = "\(transactions.count)"
        case .announced: break
        case .fetched(_, _, let bytes): fields["bytes"] = "\(bytes)"
        case .adopted: level = .info
        case .rolledBack(_, let depth):
            level = .info
            fields["depth"] = "\(depth)"
        case .sighted(let transaction, _): fields["transaction"] = "\(transaction)"
        case .equivocation(let producer, let slot, let first, let second):
            level = .warning
            fields["producer"] = "\(producer)"
            fields["slot"] = "\(slot)"
            fields["first"] = "\(first)"
            fields["second"] = "\(second)"
        }
    }

    private mutating func describe(_ peer: PeerReference) {
        fields["peer"] = "\(peer.peer)"
        if let id = peer.id { fields["id"] = "\(id)" }
        if let address = peer.address { fields["address"] = "\(address)" }
    }
}
