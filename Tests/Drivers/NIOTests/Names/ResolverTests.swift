import Foundation
import NIOCore
import NIOPosix
import Testing
import WarrenNIO
import WarrenNode
import WarrenPrimitives

/// Ours, where NIO's has the same name.
private typealias Resolver = WarrenNIO.Resolver

/// Lookups on a loop of the tests' own, each by a resolver of its own.
@Suite(.timeLimit(.minutes(1))) struct ResolverTests {
    private func resolve(
        _ host: String,
        _ port: UInt16?,
        _ settings: Resolver.Settings = .init()
    ) async throws -> Resolver.Outcome {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: Resolver.Outcome.self)
        loop.execute {
            let resolver = Resolver(loop: loop, settings: settings)
            resolver.resolve(host: host, port: port) { outcome in
                answer.succeed(outcome)
                resolver.stop()
            }
        }
        return try await answer.futureResult.get()
    }

    private func resolve(
        _ host: String,
        _ port: UInt16?,
        from server: NameServer,
        _ families: Resolver.Families = .both
    ) async throws -> Resolver.Outcome {
        try await resolve(host, port, .init(servers: [server.address], families: families))
    }

    private func addresses(_ outcome: Resolver.Outcome) -> [String] {
        if case .addresses(let found, _) = outcome { found.map { "\($0)" }.sorted() } else { [] }
    }

    /// A server that takes questions and says nothing.
    private func silent() async throws -> (any Channel, HostPort) {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let address = try #require(channel.localAddress.flatMap { HostPort($0) })
        return (channel, address)
    }

    // MARK: - Without a server

    @Test func `the hosts file is asked first, with the port that was asked for`() async throws {
        let outcome = try await resolve("localhost", 3001, .init(families: .v4))
        #expect(
            outcome
                == .addresses(
                    [HostPort(ip: IPAddress(v4: 0x7F00_0001), port: 3001)],
                    ttl: Resolver.hostsTimeToLive
                )
        )
    }

    @Test func `an address resolves to itself`() async throws {
        #expect(addresses(try await resolve("fd00::1", 1)) == ["[fd00::1]:1"])
    }

    @Test func `the families follow from where a node listens`() {
        for (text, families) in [
            ("127.0.0.1", Resolver.Families.v4), ("0.0.0.0", .v4), ("::", .both), ("fd00::1", .v6),
        ] {
            #expect(IPAddress(text).map(Resolver.Families.init(boundTo:)) == families)
        }
    }

    // MARK: - Against a real server

    @Test func `addresses of both families come with their time to live`() async throws {
        let server = try NameServer([
            "--host-record=relay.warren.test,192.0.2.1,fd00::1,77",
            "--host-record=four.warren.test,192.0.2.4,5",
        ])
        let both = try await resolve("relay.warren.test", 3001, from: server)
        #expect(addresses(both) == ["192.0.2.1:3001", "[fd00::1]:3001"])
        #expect(
            try await resolve("relay.warren.test", 3001, from: server, .v4)
                == .addresses(
                    [HostPort(ip: IPAddress(v4: 0xC000_0201), port: 3001)],
                    ttl: .seconds(77)
                )
        )
        let six = try await resolve("Relay.Warren.test", 1, from: server, .v6)
        #expect(addresses(six) == ["[fd00::1]:1"])
        #expect(
            addresses(try await resolve("four.warren.test", 1, from: server)) == ["192.0.2.4:1"]
        )
        #expect(
            try await resolve("four.warren.test", 1, from: server, .v6)
                == .addresses([], ttl: .zero),
            "the name exists, with no address of the family"
        )
    }

    @Test func `an alias leads to its addresses`() async throws {
        let server = try NameServer([
            "--host-record=relay.warren.test,192.0.2.1,77",
            "--cname=www.warren.test,relay.warren.test,66",
        ])
        let outcome = try await resolve("www.warren.test", 1, from: server)
        guard case .addresses(let found, let ttl) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(found.map { "\($0.ip)" } == ["192.0.2.1"])
        #expect(ttl == .seconds(66))
    }

    @Test func `a name without a port gives its services`() async throws {
        let server = try NameServer([
            "--srv-host=_warren._tcp.warren.test,one.warren.test,3001,10,60",
            "--srv-host=_warren._tcp.warren.test,two.warren.test,3002,20,40",
            "--local-ttl=99",
        ])
        let outcome = try await resolve("_warren._tcp.warren.test", nil, from: server)
        guard case .services(let records, let ttl) = outcome else {
            Issue.record("\(outcome)")
            return
        }
        #expect(ttl == .seconds(99))
        #expect(
            records.sorted { $0.port < $1.port } == [
                .init(priority: 10, weight: 60, port: 3001, target: "one.warren.test"),
                .init(priority: 20, weight: 40, port: 3002, target: "two.warren.test"),
            ]
        )
    }

    @Test func `an answer too long for a datagram comes over TCP`() async throws {
        let server = try NameServer(
            (0..<60).map { "--host-record=many.warren.test,192.0.2.\($0 + 1)" }
        )
        let outcome = try await resolve("many.warren.test", 1, from: server, .v4)
        #expect(addresses(outcome).count == 60)
    }

    @Test func `one address more than the limit is left out`() async throws {
        let server = try NameServer(
            (0...Resolver.addressLimit).map { "--host-record=many.warren.test,192.0.2.\($0 + 1)" }
        )
        let outcome = try await resolve("many.warren.test", 1, from: server, .v4)
        #expect(addresses(outcome).count == Resolver.addressLimit)
    }

    @Test func `a name that does not exist is told from a server that does not`() async throws {
        let server = try NameServer([])
        #expect(try await resolve("nobody.warren.test", 1, from: server) == .noSuchName)
        #expect(try await resolve("_x._tcp.warren.test", nil, from: server) == .noSuchName)
        server.stop()
        #expect(try await resolve("nobody.warren.test", 1, from: server) == .failed)
        #expect(try await resolve("bad..name", 1, from: server) == .failed)
    }

    @Test func `after a change the server's new word is taken`() async throws {
        let old = try NameServer(["--host-record=relay.warren.test,192.0.2.1,1000"])
        #expect(addresses(try await resolve("relay.warren.test", 1, from: old)) == ["192.0.2.1:1"])
        old.stop()
        let new = try NameServer(["--host-record=relay.warren.test,192.0.2.2"], at: old.address)
        #expect(addresses(try await resolve("relay.warren.test", 1, from: new)) == ["192.0.2.2:1"])
    }

    @Test func `the next server is asked when one says nothing`() async throws {
        let (channel, silence) = try await silent()
        let server = try NameServer(["--host-record=relay.warren.test,192.0.2.1"])
        let settings = Resolver.Settings(
            servers: [silence, server.address],
            timeout: .milliseconds(900)
        )
        #expect(addresses(try await resolve("relay.warren.test", 1, settings)) == ["192.0.2.1:1"])
        try await channel.close()
    }

    // MARK: - Ends

    @Test func `a server that says nothing is waited for as long as was said`() async throws {
        let (channel, silence) = try await silent()
        let settings = Resolver.Settings(servers: [silence], timeout: .milliseconds(200))
        let start = ContinuousClock.now
        #expect(try await resolve("relay.warren.test", 1, settings) == .failed)
        let took = start.duration(to: .now)
        #expect(took >= .milliseconds(190) && took < .seconds(2), "\(took)")
        #expect(Resolver.Settings().timeout == .seconds(3))
        try await channel.close()
    }

    @Test func `addresses of one family count when the other's question has no answer`()
        async throws
    {
        let server = try await HalfDeaf.open("relay.warren.test", answering: [.a])
        let settings = Resolver.Settings(
            servers: [try #require(server.address)],
            timeout: .milliseconds(300)
        )
        #expect(
            try await resolve("relay.warren.test", 7, settings)
                == .addresses(
                    [HostPort(ip: IPAddress(v4: 0xC000_0209), port: 7)],
                    ttl: .seconds(70)
                )
        )
        try await server.channel.close()
    }

    /// Sockets of this process that send to `port` of 127.0.0.1.
    private func socketCount(to port: UInt16) throws -> Int {
        let digits = String(port, radix: 16, uppercase: true)
        let wanted = "0100007F:" + String(repeating: "0", count: 4 - digits.count) + digits
        let table = try String(contentsOfFile: "/proc/self/net/udp", encoding: .utf8)
        return table.split(separator: "\n").count { line in
            line.split(separator: " ").dropFirst(2).first == wanted[...]
        }
    }

    @Test func `nothing of a lookup is left once its resolver has ended`() async throws {
        let server = try await HalfDeaf.open("relay.warren.test", answering: [])
        let address = try #require(server.address)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let resolver = try await loop.submit {
            let resolver = Resolver(loop: loop, settings: .init(servers: [address]))
            for _ in 0..<20 { resolver.resolve(host: "relay.warren.test", port: 1) { _ in } }
            return NIOLoopBound(resolver, eventLoop: loop)
        }.get()
        try await server.heard.get()
        #expect(try socketCount(to: address.port) > 0)
        try await loop.flatSubmit { resolver.value.stop() }.get()
        #expect(try socketCount(to: address.port) == 0)
        try await server.channel.close()
    }

    @Test func `what waits at the end is answered once, at once, and later asks fail`() async throws
    {
        let (channel, silence) = try await silent()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let outcomes = loop.makePromise(of: [Resolver.Outcome].self)
        loop.execute {
            let resolver = Resolver(loop: loop, settings: .init(servers: [silence]))
            var heard: [Resolver.Outcome] = []
            for _ in 0..<20 {
                resolver.resolve(host: "relay.warren.test", port: 1) { heard.append($0) }
            }
            // Questions leave first; c-ares has sockets and timers when it all ends.
            channel.eventLoop.flatSubmit { channel.eventLoop.makeSucceededVoidFuture() }
                .hop(to: loop).assumeIsolated().whenComplete { _ in
                    resolver.stop()
                    let count = heard.count
                    resolver.stop()
                    resolver.resolve(host: "relay.warren.test", port: 1) { late in
                        heard.append(late)
                        outcomes.succeed(count == 20 ? heard : [])
                    }
                }
        }
        let heard = try await outcomes.futureResult.get()
        #expect(heard == [Resolver.Outcome](repeating: .failed, count: 21))
        try await channel.close()
    }

    @Test func `one lookup past the limit fails at once`() async throws {
        let (channel, silence) = try await silent()
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let first = loop.makePromise(of: Int.self)
        loop.execute {
            let resolver = Resolver(loop: loop, settings: .init(servers: [silence]))
            var order: [Int] = []
            for number in 0...Resolver.waitingLimit {
                resolver.resolve(host: "relay.warren.test", port: 1) { _ in
                    order.append(number)
                    guard order.count == 1 else { return }
                    first.succeed(number)
                    resolver.stop()
                }
            }
        }
        #expect(try await first.futureResult.get() == Resolver.waitingLimit)
        try await channel.close()
    }

    @Test func `many lookups at once are each answered with their own`() async throws {
        let server = try NameServer(
            (1...100).map { "--host-record=n\($0).warren.test,192.0.2.\($0)" }
        )
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let all = loop.makePromise(of: [Int: [String]].self)
        loop.execute { [address = server.address] in
            let resolver = Resolver(loop: loop, settings: .init(servers: [address]))
            var found: [Int: [String]] = [:]
            for number in 1...100 {
                resolver.resolve(host: "n\(number).warren.test", port: UInt16(number)) { outcome in
                    found[number] = addresses(outcome)
                    guard found.count == 100 else { return }
                    all.succeed(found)
                    resolver.stop()
                }
            }
        }
        let found = try await all.futureResult.get()
        for number in 1...100 { #expect(found[number] == ["192.0.2.\(number):\(number)"]) }
    }
}
