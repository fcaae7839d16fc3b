import WarrenChain
import WarrenPeering
import WarrenPrimitives

func key(_ number: UInt8) -> NodeKey {
    NodeKey(seed: [UInt8](repeating: number, count: NodeKey.seedByteCount))
}

extension Header {
    static func sample(_ random: inout Random, by key: NodeKey) -> Header {
        Header(
            Content(
                height: random.next() >> UInt64(random.below(64)),
                slot: random.next() >> UInt64(random.below(64)),
                previous: Hash(of: [UInt8(random.below(256))]),
                body: Hash(of: [UInt8(random.below(256)), 1]),
                bodySize: random.below(100_000),
                time: Instant(nanoseconds: Int64(random.next() >> 1))
            ),
            by: key
        )
    }
}

extension Transaction {
    static func sample(_ random: inout Random) -> Transaction {
        if random.chance(1, in: 4) { return .init(.registration(.sample(&random))) }
        let count = 1 + random.below(60)
        return .init(.payload((0..<count).map { _ in UInt8(random.below(256)) }))
    }
}

extension RelayRegistration {
    static func sample(_ random: inout Random) -> RelayRegistration {
        let key = key(UInt8(random.below(256)))
        let relays = (0..<random.below(4)).map { number in
            switch random.below(3) {
            case 0:
                Topology.AccessPoint(
                    id: key.id,
                    host: .ip(IPAddress("10.0.0.\(number)") ?? IPAddress(v4: 0x7F00_0001)),
                    port: 3001
                )
            case 1: Topology.AccessPoint(host: .name("relay-\(number).test"), port: 1)
            default: Topology.AccessPoint(host: .name("pool-\(number).test"), port: nil)
            }
        }
        return RelayRegistration(
            pledge: random.next() >> UInt64(random.below(64)),
            serial: random.next() >> UInt64(random.below(64)),
            relays: relays,
            by: key
        )
    }
}
