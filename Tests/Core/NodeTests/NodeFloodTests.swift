import Testing
import WarrenNode
import WarrenObservation
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// A peer that answers every question with as many invented addresses as one answer takes.
///
/// The simulator's tests look at what the book makes of floods, and at what becomes of whoever tells
/// without being asked. Sources: C§7.4, O§3.6.5, design §17.4.
struct NodeFloodTests {
    private static func invented(_ random: inout Random) -> PeerAddress {
        let bytes =
            random.next().bigEndianBytes + random.next().bigEndianBytes
            + random.next().bigEndianBytes.prefix(4)
        let bits = 0x2E00_0000 + UInt32(random.below(4_096 << 16))
        return PeerAddress(
            id: NodeID(bytes) ?? World.id(9),
            socket: SocketAddress(ip: IPAddress(v4: bits), port: 3001)
        )
    }

    /// 75 s at pace 60, in which it may be asked five times: never sooner than 11 s after the last.
    ///
    /// Its inventions find the room of one group of sources in the book (C§6.1), and that of the
    /// target among the known peers.
    @Test(arguments: Seed.sweep())
    func `a peer that invents addresses fills its part of the book and the known set, no more`(
        _ seed: Seed
    ) {
        var random = seed.random
        let wanted = 100
        var solo = Solo { birth in
            birth.configuration.routing = false
            birth.configuration.targets = Targets(
                root: 1,
                known: wanted,
                established: 4,
                active: 2
            )
            birth.topology.localRoots = [
                Topology.LocalRootGroup(accessPoints: [World.point(2)], hotValency: 1)
            ]
        }
        solo.random = seed.random.fork(1)
        var liar = Companion(answering: &solo, 2)
        var seenCount = 0
        var askedAt: [Instant] = []
        for _ in 0..<75 {
            liar.pass(.seconds(1), &solo)
            while seenCount < solo.effects.count {
                seenCount += 1
                switch solo.effects[seenCount - 1] {
                case .dial(let connection, _, _) where connection != liar.connection:
                    solo.feed(.failed(connection, .connectTimeout, id: nil))
                case .send(liar.connection, .peerExchange, let message):
                    guard (try? ExchangeMessage(message)) == .request else { continue }
                    askedAt.append(solo.now)
                    let lies = (0..<ExchangeMessage.addressLimit).map { _ in
                        Self.invented(&random)
                    }
                    let answer = ExchangeMessage.answer(lies).bytes
                    solo.feed(.received(liar.connection, .peerExchange, answer))
                default: break
                }
            }
        }
        let snapshot = solo.node.snapshot(now: solo.now)
        let knownCount = snapshot.peers.count { $0.temperature >= .cold }
        #expect(knownCount <= wanted)
        #expect(knownCount >= 60)
        #expect(askedAt.count >= 2)
        for (one, next) in zip(askedAt, askedAt.dropFirst()) {
            #expect(one.duration(to: next) >= .seconds(10))
        }
        #expect(snapshot.book.total <= AddressBook.newBucketsPerSourceGroup * 64 + 1)
        #expect(liar.row(solo)?.temperature == .hot)
        #expect(solo.node.invariantViolation() == nil)
    }
}
