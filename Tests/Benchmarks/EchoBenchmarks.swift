import NIOCore
import NIOPosix
import Testing
import WarrenNIO
import WarrenPrimitives

extension Benchmarks {
    /// How long an idle link takes to answer.
    @Suite struct EchoBenchmarks {
        private static let messageByteCount = 100

        @Test func `an idle link echoes 100 bytes`() async throws {
            let count = Scale.of(2000, small: 20)
            let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
            let one = try await Station(on: group.next())
            let other = try await Station(on: group.next())
            try await other.echo()
            try await one.dial(other.address)
            let message = [UInt8](repeating: 7, count: Self.messageByteCount)
            var times = try await one.roundTrips(count, of: message)
            try await one.close()
            try await other.close()
            try await group.shutdownGracefully()
            times.sort()
            Figure(
                name: "echo of 100 B on an idle link, default settings, median",
                value: times[times.count / 2],
                unit: .milliseconds,
                floor: try bareRoundTrip(count),
                budget: .atMost(0.2)
            )
            .show()
        }

        /// The median of as many bytes as the echo puts on the wire, between two threads that block.
        private func bareRoundTrip(_ count: Int) throws -> Double {
            let (near, far) = try Wire.pair()
            defer {
                near.close()
                far.close()
            }
            let size = 1044
            let clock = ContinuousClock()
            var times: [Double] = []
            @Sendable func take(_ wire: Wire, _ room: inout [UInt8]) throws {
                var got = 0
                while got < size { got += try wire.read(into: &room, at: got) }
            }
            try together {
                var room = [UInt8](repeating: 0, count: size)
                for _ in 0..<count {
                    try take(far, &room)
                    try far.write(room)
                }
            } _: {
                var room = [UInt8](repeating: 7, count: size)
                for _ in 0..<count {
                    let begin = clock.now
                    try near.write(room)
                    try take(near, &room)
                    times.append(milliseconds(begin.duration(to: clock.now)))
                }
            }
            return times.sorted()[times.count / 2]
        }
    }
}

func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
