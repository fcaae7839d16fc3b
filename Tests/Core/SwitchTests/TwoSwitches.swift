import WarrenObservation
import WarrenPrimitives
import WarrenSwitch

/// Two switches and the lines between them, whose every event can come in any order that the lines
/// allow: each line delivers to each end in the order of sending, and nothing else is ordered.
struct TwoSwitches: Sendable {
    private(set) var ends: [Switch]
    private(set) var lines: [Line] = []
    /// Dials that have not begun: who dials, and under which handle.
    private(set) var plans: [Plan]
    /// What each end saw so far; two worlds with equal histories are equal.
    private(set) var histories: [[Move]] = [[], []]
    private let ids: [NodeID]
    private var random = Random(seed: 1)
    private let now = Instant.epoch

    struct Plan: Hashable, Sendable {
        var dialer: Int
        var handle: UInt32
    }

    struct Line: Sendable {
        var dialer: Int
        var handle: UInt32
        var names: [ConnectionID]
        var inboxes: [[Packet]] = [[], []]
        var isOpen = [true, true]
        var isFinished = [false, false]
        /// An end closed before its own handshake was over: the other end's may fail for it.
        var isAborted = false
    }

    enum Packet: Hashable, Sendable { case greet, finish, word, hangUp }

    enum Move: Hashable, Sendable {
        case dial(Int)
        case deliver(line: Int, end: Int, Packet)
        case abort(line: Int, end: Int)
    }

    init(plans: [Plan], lowerFirst: Bool, change: (inout Switch.Settings) -> Void) {
        self.plans = plans
        ids = [SwitchRig.id(lowerFirst ? 1 : 2), SwitchRig.id(lowerFirst ? 2 : 1)]
        ends = ids.map { id in
            var settings = Switch.Settings(ownID: id)
            change(&settings)
            return Switch(settings: settings, reactors: SwitchRig.channels)
        }
    }

    var moves: [Move] {
        var moves = plans.indices.map(Move.dial)
        for (index, line) in lines.enumerated() {
            for end in 0...1 where line.isOpen[end] {
                guard let packet = line.inboxes[end].first else { continue }
                moves.append(.deliver(line: index, end: end, packet))
                if packet == .finish, line.isAborted { moves.append(.abort(line: index, end: end)) }
            }
        }
        return moves
    }

    mutating func make(_ move: Move) {
        switch move {
        case .dial(let index):
            let plan = plans.remove(at: index)
            // Handles are nodes here as soon as they are known; before that, the plan's own.
            let expecting = plan.handle == 0 ? ids[1 - plan.dialer] : nil
            let address = SwitchRig.address(1 - plan.dialer)
            let peer = PeerID(rawValue: plan.handle)
            histories[plan.dialer].append(.dial(Int(plan.handle)))
            feed(.dial(peer, address, expecting: expecting), to: plan.dialer, handle: plan.handle)
        case .deliver(let index, let end, let packet):
            lines[index].inboxes[end].removeFirst()
            histories[end].append(move)
            take(packet, line: index, end: end)
        case .abort(let index, let end):
            histories[end].append(move)
            lines[index].isOpen[end] = false
            feed(.failed(lines[index].names[end], .closedByPeer), to: end)
        }
    }

    private mutating func take(_ packet: Packet, line index: Int, end: Int) {
        let name = lines[index].names[end]
        switch packet {
        case .greet:
            feed(.accepted(name, from: SwitchRig.address(1 - end, port: UInt16(index))), to: end)
        case .finish:
            lines[index].isFinished[end] = true
            let handle = PeerID(rawValue: lines[index].handle)
            if end == lines[index].dialer, handle.rawValue != 0 {
                feed(.merge(PeerID(rawValue: 0), other: handle), to: end)
            }
            var who = SwitchRig.who(0)
            who.id = ids[1 - end]
            who.remote = SwitchRig.address(1 - end, port: UInt16(index))
            feed(.authenticated(name, who), to: end)
        case .word: feed(.received(name, 0x10, [1]), to: end)
        case .hangUp:
            lines[index].isOpen[end] = false
            feed(.closed(name, .closedByPeer), to: end)
        }
    }

    private mutating func feed(_ input: Switch.Input, to end: Int, handle: UInt32 = 0) {
        var effects: [Switch.Effect] = []
        ends[end].handle(input, now: now, random: &random, into: &effects)
        for effect in effects { perform(effect, at: end, handle: handle) }
    }

    private mutating func perform(_ effect: Switch.Effect, at end: Int, handle: UInt32) {
        switch effect {
        case .dial(let name, _, _):
            var names = [name, name]
            names[1 - end] = .accepted(UInt64(lines.count))
            lines.append(Line(dialer: end, handle: handle, names: names))
            lines[lines.count - 1].inboxes[1 - end] = [.greet]
        case .handshake(let name):
            let index = line(name, end)
            for side in 0...1 { lines[index].inboxes[side].append(.finish) }
        case .connected(let peer):
            lines[line(peer.connection, end)].inboxes[1 - end].append(.word)
        case .close(let name, _, _):
            let index = line(name, end)
            lines[index].isOpen[end] = false
            if !lines[index].isFinished[end] { lines[index].isAborted = true }
            // A socket that never reached its acceptor is simply gone.
            if lines[index].inboxes[1 - end].first == .greet {
                lines[index].isOpen[1 - end] = false
            }
            lines[index].inboxes[1 - end].append(.hangUp)
        case .send, .tell, .disconnected, .dialFailed, .note: break
        }
    }

    private func line(_ name: ConnectionID, _ end: Int) -> Int {
        lines.firstIndex { $0.names[end] == name } ?? -1
    }

    /// The lines that each end has a peer on.
    var kept: [[Int]] {
        (0...1).map { end in ends[end].peers.map { line($0.connection, end) } }
    }
}
