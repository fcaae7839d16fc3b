import NIOCore
import NIOPosix
import WarrenNIO
import WarrenPrimitives

/// A DNS server that answers questions of some kinds, and others never: 192.0.2.9 for 70 seconds.
final class HalfDeaf: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let host: String
    private let kinds: [DNSAnswer.Kind]
    /// Completes with the first question, whatever its kind.
    private let heard: EventLoopPromise<Void>

    private init(_ host: String, _ kinds: [DNSAnswer.Kind], _ heard: EventLoopPromise<Void>) {
        self.host = host
        self.kinds = kinds
        self.heard = heard
    }

    /// Opens it on a port of 127.0.0.1.
    static func open(_ host: String, answering kinds: [DNSAnswer.Kind]) async throws -> (
        channel: any Channel, address: HostPort?, heard: EventLoopFuture<Void>
    ) {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let heard = loop.makePromise(of: Void.self)
        let channel = try await DatagramBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = HalfDeaf(host, kinds, heard)
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return (channel, channel.localAddress.flatMap { HostPort($0) }, heard.futureResult)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let question = Array(envelope.data.readableBytesView)
        heard.succeed()
        // The kind that is asked for is third from behind, before the class.
        guard question.count > 16,
            let kind = DNSAnswer.Kind(rawValue: UInt16(question[question.count - 3])),
            kinds.contains(kind)
        else { return }
        var answer = DNSMessage(host, kind, answers: 1)
        answer.bytes[0] = question[0]
        answer.bytes[1] = question[1]
        answer.record(nil, type: Int(kind.rawValue), ttl: 70, [192, 0, 2, 9])
        let reply = AddressedEnvelope(
            remoteAddress: envelope.remoteAddress,
            data: ByteBuffer(bytes: answer.bytes)
        )
        context.writeAndFlush(wrapOutboundOut(reply), promise: nil)
    }

    /// Never asked, it is gone all the same.
    func handlerRemoved(context: ChannelHandlerContext) { heard.succeed() }
}
