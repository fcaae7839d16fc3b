import Testing
import WarrenNode
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

@Suite struct `A snapshot file` {
    private static let hash = String(repeating: "ab", count: LedgerSnapshot.blockHashLength)

    private static func share(_ text: String) -> Document { Document(.decimal(text)) }

    private static func pool(_ stake: Document, _ relays: Document...) -> Document {
        [
            "accumulatedStake": Document(.decimal("0.5")), "relativeStake": stake,
            "relays": .list(relays),
        ]
    }

    private static let relay: Document = ["address": "10.1.0.1", "port": 3001]

    private static func file(_ pools: [Document]) -> Document {
        [
            "NodeToClientVersion": 23, "NetworkMagic": 764_824_073,
            "Point": ["blockPointSlot": 185_831_188, "blockPointHash": .text(hash)],
            "bigLedgerPools": .list(pools),
        ]
    }

    private func read(
        _ document: Document,
        after slot: Int64? = nil
    ) throws(DocumentErrors) -> LedgerSnapshot.File {
        try LedgerSnapshot.read(document.numbered(), file: "snap.json", useAfterSlot: slot)
    }

    private func complaints(_ document: Document, after slot: Int64? = nil) -> [String] {
        do throws(DocumentErrors) {
            _ = try read(document, after: slot)
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func `of upstream's form loads, and what is written is read back`() throws {
        let document = Self.file([
            Self.pool(
                Self.share("0.0053"),
                ["address": "relay.example.org", "port": 3001],
                ["address": "pool.example.org"]
            ),
            Self.pool(Self.share("5.25e-3"), Self.relay),
        ])
        let snapshot = try read(document).snapshot
        #expect(snapshot.slot == 185_831_188)
        #expect(snapshot.networkMagic == 764_824_073)
        #expect(snapshot.pools.map(\.stake) == [5_300_000_000_000_000, 5_250_000_000_000_000])
        #expect(snapshot.pools.map(\.relays.count) == [2, 1])
        #expect(snapshot.pools[0].relays[1].port == nil)
        #expect(try read(snapshot.document).snapshot == snapshot)
        #expect(
            snapshot.document["bigLedgerPools"]?.items?[1]["accumulatedStake"]
                == Self.share("0.01055")
        )
    }

    @Test(
        arguments: [
            ("0.1", 100_000_000_000_000_000), ("1.0", 1_000_000_000_000_000_000), ("1e-18", 1),
            ("9.99e-19", 0), ("0.1234567890123456789", 123_456_789_012_345_678),
            ("12.5e-2", 125_000_000_000_000_000), ("0.0e5", 0),
            ("0.01e+2", 1_000_000_000_000_000_000),
        ] as [(String, UInt64)]
    )
    func `has shares of 18 digits`(text: String, stake: UInt64) throws {
        let pools = try read(Self.file([Self.pool(Self.share(text), Self.relay)])).snapshot.pools
        #expect(pools.map(\.stake) == [stake])
    }

    static let wrongShares: [Document] = [
        share("1.1"), share("-0.1"), share("1e1"), 2, -1, "0.1", [:], share("1e-101"),
    ]

    @Test(arguments: wrongShares)
    func `has no other shares`(stake: Document) {
        #expect(complaints(Self.file([Self.pool(stake, Self.relay)])).count == 1)
    }

    @Test func `leaves out relays that nobody can dial, and pools without any`() throws {
        let file = try read(
            Self.file([
                Self.pool(Self.share("0.2"), ["address": "0.0.0.0", "port": 3001], Self.relay),
                Self.pool(Self.share("0.1"), ["address": "no name!", "port": 3001]),
                Self.pool(Self.share("0.1")),
            ])
        )
        #expect(file.snapshot.pools.map(\.relays.count) == [1])
        #expect(file.warnings.count == 2)
        #expect(file.warnings.allSatisfy { $0.description.contains("a relay is left out") })
    }

    @Test func `may say that every pool holds everything, and is refused`() {
        let pools = [Document](repeating: Self.pool(1, Self.relay), count: 30)
        #expect(complaints(Self.file(pools)).count == 1)
    }

    @Test func `is refused with a reason`() {
        var old = Self.file([])
        old["NodeToClientVersion"] = nil
        old["version"] = 2
        #expect(complaints(old).first?.contains("expected 'NodeToClientVersion' 23") == true)
        var all = Self.file([])
        all["bigLedgerPools"] = nil
        all["allLedgerPools"] = []
        #expect(complaints(all).first?.contains("expected 'bigLedgerPools'") == true)
        for key in ["NodeToClientVersion", "Point", "bigLedgerPools"] {
            var lacking = Self.file([])
            lacking[key] = nil
            #expect(complaints(lacking).count == 1, "\(key)")
        }
        var origin = Self.file([])
        origin["Point"] = [:]
        #expect(complaints(origin).count == 2)
        var other = Self.file([])
        other["NodeToClientVersion"] = 24
        #expect(complaints(other).count == 1)
        let most = Self.pool(Self.share("0.6"), Self.relay)
        #expect(complaints(Self.file([most])).isEmpty)
        #expect(complaints(Self.file([most, most])).first?.contains("add up to 1.2") == true)
    }

    @Test func `must not be older than the slot from which it counts`() {
        #expect(complaints(Self.file([]), after: 185_831_188).isEmpty)
        #expect(complaints(Self.file([]), after: -1).isEmpty)
        #expect(
            complaints(Self.file([]), after: 185_831_189).first?.contains("take a newer snapshot")
                == true
        )
    }

    @Test func `has limits on pools and relays`() {
        let pool = Self.pool(Self.share("0.00001"), Self.relay)
        let right = [Document](repeating: pool, count: LedgerSnapshot.poolLimit)
        #expect(complaints(Self.file(right)).isEmpty)
        #expect(complaints(Self.file(right + [pool])).count == 1)
        var many = pool
        many["relays"] = .list([Document](repeating: Self.relay, count: LedgerSnapshot.relayLimit))
        #expect(complaints(Self.file([many])).isEmpty)
        many["relays"] = .list(
            [Document](repeating: Self.relay, count: LedgerSnapshot.relayLimit + 1)
        )
        #expect(complaints(Self.file([many])).count == 1)
    }

    @Test func `that is mutated does no harm, and what loads is written and read back`() {
        let full = Self.file([
            Self.pool(Self.share("0.25"), Self.relay, ["address": "pool.example.org"]),
            Self.pool(Self.share("1e-3"), ["address": "fd00::1", "port": 3001]),
        ])
        var random = Random(seed: 0x5A9)
        for _ in 0..<FuzzCount.value {
            guard let file = try? LedgerSnapshot.read(full.mutated(&random), file: "x") else {
                continue
            }
            let again = try? LedgerSnapshot.read(file.snapshot.document, file: "x")
            #expect(again?.snapshot == file.snapshot)
        }
    }

    @Test func `can be taken of a ledger`() {
        let producers = (0..<3 as Range<UInt8>).map {
            Genesis.Producer(name: "p\($0)", key: Hash(of: [$0]), stake: 10 * Int64($0))
        }
        var genesis = Genesis(producers: producers)
        genesis.relays = [
            .init(producer: producers[2].id, accessPoints: [World.point(4)]),
            .init(producer: producers[1].id, accessPoints: [World.point(3)]),
            .init(producer: producers[2].id, accessPoints: [World.point(5)]),
        ]
        #expect(genesis.pools.map(\.stake) == [0, 10, 20])
        #expect(
            genesis.pools.map(\.relays) == [
                [], [World.point(3)], [World.point(4), World.point(5)],
            ]
        )
    }
}
