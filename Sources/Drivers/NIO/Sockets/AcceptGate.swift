import NIOCore
import WarrenNode
import WarrenPeering
import WarrenPrimitives

/// Takes accepted sockets slower the more there are, and none above the hard limit.
///
/// What waits stays in the kernel's queue. Source: O§6.7.
final class AcceptGate: ChannelDuplexHandler {
    typealias InboundIn = any Channel
    typealias InboundOut = any Channel
    typealias OutboundIn = Never

    private let limit: NodeConfiguration.AcceptedConnectionsLimit
    private(set) var count = 0
    /// A read was asked for while the gate was shut.
    private var isWanted = false
    private var timer: Scheduled<Void>?

    init(limit: NodeConfiguration.AcceptedConnectionsLimit) { self.limit = limit }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let channel = unwrapInboundIn(data)
        count += 1
        channel.closeFuture.hop(to: context.eventLoop).assumeIsolated().whenComplete { _ in
            self.count -= 1
            if self.isWanted, self.timer == nil, self.count < self.limit.hard {
                self.resume(context)
            }
        }
        context.fireChannelRead(data)
    }

    func read(context: ChannelHandlerContext) {
        isWanted = true
        guard timer == nil else { return }
        switch limit.verdict(count: count) {
        case .now: resume(context)
        case .after(let pause), .belowHardLimit(atLeast: let pause):
            let delay = pause.wholeNanoseconds
            timer = context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(delay)) {
                self.timer = nil
                if self.isWanted, self.count < self.limit.hard { self.resume(context) }
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        timer?.cancel()
        context.fireChannelInactive()
    }

    private func resume(_ context: ChannelHandlerContext) {
        isWanted = false
        context.read()
    }
}
