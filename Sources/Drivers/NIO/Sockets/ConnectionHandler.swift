package import NIOCore
package import WarrenConnection
package import WarrenNode
package import WarrenObservation
package import WarrenPrimitives

/// Joins one socket to one ``Connection``: bytes, timers and back-pressure on one side, facts for
/// the node on the other.
///
/// ```
///   waiting ──start──▶ shaking ──authenticated──▶ open ──all said──▶ lingering ──▶ ended
///      └────────────────── error, close, hang-up ───────────────────────────────────▲
/// ```
///
/// The handler itself asks for every read (`autoRead` is off): none before `start`, none while the
/// connection has used up its rate. It reports each connection's end exactly once, as `.failed`
/// before it was authenticated and as `.closed` after. After a goodbye it lingers, reading into the
/// void until the peer hangs up too: closing over unread bytes would reset the connection, and the
/// peer might lose what was said last. Where rules touch its
/// link, a ``LinkFilter`` stands in between. Used on its event loop only.
package final class ConnectionHandler: ChannelInboundHandler {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    package let id: ConnectionID
    package let remote: HostPort
    private let expecting: NodeID?
    /// The facts, in order; called on the event loop, never from within ``send(_:_:)``.
    package var report: ((Node.Input) -> Void)?
    /// Called when a message waits that ``flush()`` would send.
    package var wantsFlush: ((ConnectionHandler) -> Void)?

    /// Made at ``start()``: who is refused costs no key.
    var connection: Connection?
    private let make: () -> Connection
    let clock: SystemClock
    let loop: any EventLoop
    private(set) var stage: Stage
    private(set) var context: ChannelHandlerContext?
    /// The start of a frame whose rest has not come; a copy of its own, no longer than a frame.
    private var rest: ByteBuffer?
    private var isReading = false
    private var timer: Scheduled<Void>?
    private var timerAt: Instant?
    /// What to give as the reason once the socket is gone.
    var closing: CloseReason?
    private var isAnnounced = false
    /// Between machine and socket, where the link is not perfect.
    var link: LinkFilter?
    var linkTimer = LinkTimer()
    /// The socket is gone, and over a cut link nobody here can know.
    var isOrphan = false

    enum Stage { case waiting, shaking, open, lingering, ended }

    /// How long it waits for the peer to hang up after a goodbye.
    package static let lingerLimit: TimeAmount = .seconds(1)

    package init(
        id: ConnectionID,
        remote: HostPort,
        expecting: NodeID?,
        clock: SystemClock,
        loop: any EventLoop,
        make: @escaping () -> Connection
    ) {
        self.id = id
        self.remote = remote
        self.expecting = expecting
        self.clock = clock
        self.loop = loop
        self.make = make
        stage = .waiting
    }

    /// What it carried so far, for `/net_info` and metrics.
    package var statistics: Connection.Statistics? { connection?.statistics(now: clock.now) }

    /// Who is at the other end, as far as we know or hope.
    var peer: NodeID? { connection?.remoteID ?? expecting }

    /// Whether a rule, or what one has left behind, stands between machine and socket.
    package var isFiltered: Bool { link != nil }

    /// True once its end was reported and its socket is not wanted any more.
    package var isOver: Bool { stage == .ended }

    // MARK: - From the node

    /// Goes on with an accepted socket; a dialed one does so by itself once connected.
    package func start() {
        guard stage == .waiting, let context, context.channel.isActive else { return }
        if link?.effect.isReset == true { return breakOff() }
        stage = .shaking
        connection = make()
        drive { connection, now, output, _ in connection.start(now: now, output: &output) }
        readMore()
    }

    /// Queues a message; ``flush()`` lets it go.
    package func send(_ channel: ChannelID, _ message: [UInt8]) {
        guard stage == .open, closing == nil else { return }
        connection?.send(channel, message, now: clock.now)
        wantsFlush?(self)
    }

    package func flush() {
        guard stage == .open else { return }
        drive { connection, now, output, effects throws(Connection.Violation) in
            try connection.flush(now: now, output: &output, into: &effects)
        }
    }

    /// Ends the connection for `reason`; with `flush`, after what was sent before.
    package func close(_ reason: CloseReason, flush: Bool) {
        guard stage != .ended else { return }
        if closing == nil { closing = reason }
        if flush, stage == .open {
            drive { connection, now, output, effects throws(Connection.Violation) in
                try connection.finish(now: now, output: &output, into: &effects)
            }
        } else {
            hangUp()
        }
    }

    /// The dial came to nothing.
    package func dialFailed(_ error: any Error) {
        if closing == nil { closing = CloseReason(error) }
        end()
    }

    // MARK: - From the socket

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    package func handlerRemoved(context: ChannelHandlerContext) {
        if !isOrphan { end() }
        self.context = nil
    }

    package func channelActive(context: ChannelHandlerContext) {
        if id.isOutbound { return start() }
        guard let delay = link?.entry() else { return announce() }
        loop.assumeIsolated().scheduleTask(in: .init(delay)) { self.announce() }
    }

    /// Tells of an accepted socket, once.
    private func announce() {
        guard !isAnnounced, !id.isOutbound else { return }
        isAnnounced = true
        report?(.accepted(id, from: remote))
    }

    package func channelInactive(context: ChannelHandlerContext) {
        if missesTheEnd {
            isOrphan = true
            // There is nothing to close any more, though the handler is removed only later.
            self.context = nil
            return
        }
        if closing == nil { closing = .closedByPeer }
        end()
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if missesTheEnd { return context.close(promise: nil) }
        if closing == nil { closing = CloseReason(error) }
        hangUp()
    }

    private var missesTheEnd: Bool {
        closing == nil && link?.isDeaf == true && (stage == .shaking || stage == .open)
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard stage == .shaking || stage == .open else { return }
        if link != nil, link?.hears() == false { return }
        var bytes = unwrapInboundIn(data)
        if var all = rest {
            rest = nil
            all.writeBuffer(&bytes)
            bytes = all
        }
        drive { connection, now, output, effects throws(Connection.Violation) in
            let count = try connection.receive(
                bytes.readableBytesUInt8Span,
                now: now,
                output: &output,
                into: &effects
            )
            bytes.moveReaderIndex(forwardBy: count)
        }
        guard connection != nil, bytes.readableBytes > 0 else { return }
        var rest = context.channel.allocator.buffer(capacity: bytes.readableBytes)
        rest.writeBuffer(&bytes)
        self.rest = rest
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReading = false
        readMore()
    }

    // MARK: - The machine

    typealias Step = (
        inout Connection, Instant, inout [UInt8], inout [Connection.Effect]
    ) throws(Connection.Violation) -> Void

    /// Runs one step of the machine and carries out what came of it, in order.
    func drive(_ step: Step) {
        guard var machine = connection.take() else { return }
        var output: [UInt8] = []
        var effects: [Connection.Effect] = []
        var violation: Connection.Violation?
        do {
            try step(&machine, clock.now, &output, &effects)
        } catch {
            violation = error
        }
        connection = consume machine
        if !output.isEmpty { write(output) }
        for effect in effects { perform(effect) }
        if let violation {
            if closing == nil { closing = CloseReason(violation) }
            hangUp()
        }
        arm()
        readMore()
        if link != nil { carry() }
    }

    private func perform(_ effect: Connection.Effect) {
        switch effect {
        case .authenticated(let node, let info):
            guard stage == .shaking else { return }
            stage = .open
            report?(.authenticated(id, node, info, remote: remote))
        case .deliver(let channel, let message):
            guard stage == .open, closing == nil else { return }
            report?(.received(id, channel, message))
        case .sent(let channel, let messages, let bytes):
            guard stage == .open else { return }
            report?(.sent(id, channel, messages: messages, bytes: bytes))
        case .finished: linger()
        }
    }

    private func write(_ output: [UInt8]) {
        if link != nil { return say(output) }
        guard let context else { return }
        let count = output.count
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { result in
            guard case .success = result else { return }
            self.drive { connection, now, more, effects throws(Connection.Violation) in
                try connection.written(
                    count,
                    now: now,
                    output: &more,
                    into: &effects
                )
            }
        }
        let buffer = context.channel.allocator.buffer(bytes: output)
        context.writeAndFlush(wrapOutboundOut(buffer), promise: written)
    }

    func readMore() {
        guard !isReading, let context else { return }
        switch stage {
        case .waiting, .ended: return
        case .shaking, .open: if connection?.readingResumesAt != nil { return }
        case .lingering: break
        }
        isReading = true
        context.read()
    }

    // MARK: - The end

    func hangUp() {
        guard stage != .ended, let context else { return end() }
        if link != nil, stage != .lingering, part(halfway: false) { return }
        context.close(promise: nil)
    }

    /// All is said: waits for the peer to hang up as well.
    private func linger() {
        guard stage == .open, context != nil else { return hangUp() }
        if link != nil, part(halfway: true) { return }
        conclude(as: .lingering)
        hangUpOnOurSide()
    }

    /// Says that nothing more comes, and waits a while for the peer to say so too.
    func hangUpOnOurSide() {
        context?.close(mode: .output, promise: nil)
        hangUp(in: Self.lingerLimit)
        readMore()
    }

    func hangUp(in time: TimeAmount) {
        timer?.cancel()
        timer = loop.assumeIsolated().scheduleTask(in: time) {
            self.timer = nil
            self.hangUp()
        }
    }

    func end() {
        guard stage != .ended else { return }
        conclude(as: .ended)
    }

    /// Reports the end, unless that is done, and lets go of everything.
    func conclude(as next: Stage) {
        let reason = closing ?? .closedByPeer
        // Who ends before it was told of is told of first.
        if stage == .waiting { announce() }
        if next == .ended { forgetLink() }
        let fact: Node.Input? =
            switch stage {
            case .waiting, .shaking: .failed(id, reason, id: connection?.remoteID)
            case .open: .closed(id, reason)
            case .lingering, .ended: nil
            }
        stage = next
        timer?.cancel()
        timer = nil
        rest = nil
        connection = nil
        let report = report
        self.report = nil
        wantsFlush = nil
        if let fact { report?(fact) }
    }

    // MARK: - The timer

    /// Sees to it that the machine hears of its next deadline.
    ///
    /// A timer that would fire too early is left alone: it looks again when it fires.
    private func arm() {
        guard let next = connection?.nextDeadline else { return }
        if let timerAt, timerAt <= next { return }
        timer?.cancel()
        timerAt = next
        timer = loop.assumeIsolated().scheduleTask(deadline: clock.deadline(next)) {
            self.timer = nil
            self.timerAt = nil
            self.drive { connection, now, output, effects throws(Connection.Violation) in
                try connection.deadline(now: now, output: &output, into: &effects)
            }
        }
    }
}
