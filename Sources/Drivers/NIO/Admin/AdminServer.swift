import HTTPTypes
import Hummingbird
import HummingbirdCore
package import Logging
package import NIOCore
import ServiceLifecycle
import WarrenChain
import WarrenObservation
import WarrenPrimitives

/// The admin port: what a node shows of itself, over HTTP/1.1.
///
/// Source: design §7.
package final class AdminServer: Sendable {
    package struct Limits: Sendable {
        /// Connections at once; more wait in the kernel's queue.
        package var connections = 128
        /// For a request to be read whole, and between two requests of a connection.
        package var idle: TimeAmount = .seconds(15)
        /// For a reader of events to take what it was sent, before it is cut off.
        package var write: TimeAmount = .seconds(30)
        /// Bytes of a request's target.
        package var target = 2048
        /// Bytes of all headers of a request, and of one.
        package var headers = 16 << 10
        /// Headers of a request.
        package var headerCount = 64
        /// Bytes of a request's body.
        package var body = 64 << 10

        package init() {}
    }

    private let shell: NodeShell
    private let limits: Limits
    private let logger: Logger

    package init(shell: NodeShell, limits: Limits = Limits(), logger: Logger) {
        self.shell = shell
        self.limits = limits
        var logger = logger
        // What it would say, we say ourselves.
        logger.logLevel = .critical
        self.logger = logger
    }

    /// How long conversations may go on once the server is to end.
    private static let goodbye: Duration = .milliseconds(500)

    /// Serves on `address` until the task is cancelled; tells `running` where it listens.
    package func run(on address: HostPort, running: EventLoopPromise<HostPort>) async {
        let server = HTTPServerBuilder.http1(
            configuration: .init(
                additionalChannelHandlers: [HalfCloseHandler()],
                idleTimeout: limits.idle,
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: limits.headers,
                    maxHeaderListSize: limits.headers,
                    maxHeaderFieldCount: limits.headerCount
                )
            )
        )
        let application = Application(
            responder: CallbackResponder<AdminContext> { request, context in
                await self.respond(to: request, on: context.channel)
            },
            server: server,
            configuration: .init(
                address: .hostname(address.ip.description, port: Int(address.port)),
                serverName: "warren/\(Version.text)",
                availableConnectionsDelegate: MaximumAvailableConnections(
                    limits.connections,
                    logger: logger
                )
            ),
            onServerRunning: { channel in
                if let address = channel.localAddress.flatMap(HostPort.init) {
                    running.succeed(address)
                }
            },
            eventLoopGroupProvider: .shared(shell.loop),
            logger: logger
        )
        do {
            try await Self.serve(application, on: shell.loop, logger: logger)
            running.fail(CancellationError())
        } catch {
            running.fail(error)
        }
    }

    /// Runs `service`; a cancelled task lets it end well instead of cutting it off.
    ///
    /// A server whose own task is cancelled drops connections that it has accepted and not looked
    /// at yet, and swift-nio ends the process for each of them. So the listening socket is closed
    /// first, and what is left of the service is cancelled after ``goodbye``.
    private static func serve(
        _ service: some Service,
        on loop: any EventLoop,
        logger: Logger
    ) async throws {
        var configuration = ServiceGroupConfiguration(services: [service], logger: logger)
        configuration.maximumGracefulShutdownDuration = goodbye
        let group = ServiceGroup(configuration: configuration)
        let life = Task(executorPreference: LoopTaskExecutor(loop)) { try await group.run() }
        try await withTaskCancellationHandler {
            try await life.value
        } onCancel: {
            _ = Task { await group.triggerGracefulShutdown() }
        }
    }

    // MARK: - Answering

    private func respond(to request: Request, on channel: any Channel) async -> Response {
        guard request.uri.string.utf8.count <= limits.target else {
            let refusal = AdminRefusal(
                414,
                "the request's target is too long",
                expected: "at most \(limits.target) bytes"
            )
            return refuse(refusal, closing: channel)
        }
        let length = request.headers[.contentLength].map { Int($0) ?? .max } ?? 0
        let isChunked = request.headers[.transferEncoding] != nil
        guard length <= limits.body, !isChunked else {
            let refusal = AdminRefusal(
                413,
                "the body is too long, or its length is not given",
                expected: "Content-Length of at most \(limits.body)"
            )
            return refuse(refusal, closing: channel)
        }
        var query: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        let question = AdminQuestion(
            method: request.method.rawValue,
            path: request.uri.path,
            query: query
        )
        return await answer(AdminTopic(question), to: request, on: channel)
    }

    private func answer(
        _ topic: AdminTopic,
        to request: Request,
        on channel: any Channel
    ) async -> Response {
        switch topic {
        case .snapshot:
            return Self.response(Self.json, EventLineText.text(of: await shell.snapshot()))
        case .events(let position, let follow):
            let feed = EventFeed(shell: shell, limit: limits.write, channel: channel)
            guard follow else { return feed.response(from: position) }
            guard let reader = await shell.subscribe() else {
                let refusal = AdminRefusal(
                    503,
                    "too many readers follow the events of this node",
                    expected: "at most \(NodeShell.readerLimit) at once, or follow=false"
                )
                return refuse(refusal, closing: nil)
            }
            return feed.response(from: position, following: reader)
        case .status: return Self.response(Self.json, await shell.view().statusText)
        case .netInfo: return Self.response(Self.json, await shell.view().netInfoText)
        case .metrics:
            return Self.response("text/plain; version=0.0.4", await shell.metrics().text)
        case .health:
            if let complaint = await shell.complaint {
                return refuse(.init(503, complaint, expected: "a running node"), closing: nil)
            }
            return Self.response(Self.json, "{\"status\":\"ok\"}\n")
        case .submit:
            do throws(AdminRefusal) {
                try AdminRight(shell.configuration).check(request.headers[.authorization])
                let (status, text) = try await submit(request)
                return Self.response(Self.json, text, status: .init(code: status))
            } catch {
                // What it had in store for us is not read.
                return refuse(error, closing: channel)
            }
        case .links: return Self.response(Self.json, await shell.linkRules().text)
        case .layLink(let name):
            return await change(request, on: channel) { () async throws(AdminRefusal) in
                let asked = try LinkRequest(try await body(of: request))
                return try await shell.lay(asked, as: name).text
            }
        case .liftLink(let name):
            return await change(request, on: channel) { () async throws(AdminRefusal) in
                await shell.lift(name) + "\n"
            }
        case .refused(let refusal): return refuse(refusal, closing: nil)
        }
    }

    /// Answers who may change the node.
    private func change(
        _ request: Request,
        on channel: any Channel,
        _ body: () async throws(AdminRefusal) -> String
    ) async -> Response {
        do throws(AdminRefusal) {
            try AdminRight(shell.configuration).check(request.headers[.authorization])
            return Self.response(Self.json, try await body())
        } catch {
            // What it had in store for us is not read.
            return refuse(error, closing: channel)
        }
    }

    private func body(of request: Request) async throws(AdminRefusal) -> [UInt8] {
        do {
            return Array(try await request.body.collect(upTo: limits.body).readableBytesView)
        } catch {
            throw AdminRefusal(
                413,
                "the body is too long",
                expected: "at most \(limits.body) bytes"
            )
        }
    }

    private func submit(_ request: Request) async throws(AdminRefusal) -> (Int, String) {
        let form = try SubmissionForm(contentType: request.headers[.contentType])
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: form.byteLimit)
        } catch {
            throw .tooLong(form)
        }
        let transaction = try form.transaction(Array(body.readableBytesView))
        return try await shell.submit(transaction).answer(transaction.id)
    }

    static let json = "application/json"

    private static func response(
        _ type: String,
        _ text: String,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        Response(
            status: status,
            headers: [.contentType: type, .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// With `closing`, the connection ends behind the answer: what follows is not read.
    private func refuse(_ refusal: AdminRefusal, closing channel: (any Channel)?) -> Response {
        var response = Self.response(
            Self.json,
            refusal.text,
            status: .init(code: refusal.status)
        )
        if refusal.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        if refusal.status == 405 { response.headers[.allow] = refusal.expected }
        guard let channel else { return response }
        response.headers[.connection] = "close"
        let text = ByteBuffer(string: refusal.text)
        response.body = .init(contentLength: text.readableBytes) { writer in
            try await writer.write(text)
            try await writer.finish(nil)
            channel.close(promise: nil)
        }
        return response
    }
}

/// What a request comes with.
struct AdminContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Ends a connection whose client has said all it will: soon, so that its answer still leaves.
///
/// Otherwise a stream of events would keep its dead reader's socket until the next event.
final class HalfCloseHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = Any

    private static let delay: TimeAmount = .seconds(1)

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            let channel = context.channel
            context.eventLoop.scheduleTask(in: Self.delay) { channel.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }
}
