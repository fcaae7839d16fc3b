import NIOCore
import NIOPosix
import Testing
import WarrenNIO
import WarrenPrimitives

@Suite struct ResolverTests {
    private func resolve(_ host: String, _ port: UInt16?) async throws -> [HostPort] {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answer = loop.makePromise(of: [HostPort].self)
        loop.execute {
            let resolver = Resolver(loop: loop)
            resolver.resolve(host: host, port: port) { found in
                answer.succeed(found)
                resolver.stop()
            }
        }
        return try await answer.futureResult.get()
    }

    @Test func `a name resolves to its addresses with the port that was asked for`() async throws {
        let found = try await resolve("localhost", 3001)
        #expect(found.contains(HostPort(ip: IPAddress(v4: 0x7F00_0001), port: 3001)))
        #expect(found.allSatisfy { $0.port == 3001 })
    }

    @Test func `an address resolves to itself`() async throws {
        let ip = try #require(IPAddress("fd00::1"))
        #expect(try await resolve("fd00::1", 1) == [HostPort(ip: ip, port: 1)])
    }

    @Test func `what has no address, or is an SRV name, resolves to nothing`() async throws {
        #expect(try await resolve("no-such-name.invalid", 1) == [])
        #expect(try await resolve("localhost", nil) == [])
    }

    @Test func `one lookup past the limit is answered with nothing`() async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let answers = loop.makePromise(of: [Int].self)
        loop.execute {
            let resolver = Resolver(loop: loop)
            var counts: [Int] = []
            for _ in 0...Resolver.waitingLimit {
                resolver.resolve(host: "127.0.0.1", port: 1) { found in
                    counts.append(found.count)
                    guard counts.count == Resolver.waitingLimit + 1 else { return }
                    answers.succeed(counts)
                    resolver.stop()
                }
            }
        }
        let counts = try await answers.futureResult.get()
        #expect(counts.filter { $0 == 0 }.count == 1)
    }
}
