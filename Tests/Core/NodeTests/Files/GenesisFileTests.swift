import Testing
import WarrenChain
import WarrenNode
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

struct GenesisFileTests {
    private let other = "139e3940e64b5491722088d9a0d741628fc826e0"

    private static let genesis: Genesis = {
        var genesis = Genesis()
        let producer = Genesis.Producer(name: "producer-1", key: Hash(of: [1]), stake: 3)
        genesis.producers = [producer]
        let point = Topology.AccessPoint(host: .name("relay-1"), port: 3001)
        genesis.relays = [.init(producer: producer.id, accessPoints: [point])]
        genesis.securityParameter = 40
        genesis.maxBodySize = 65_536
        genesis.startTime = Instant(nanoseconds: 1_763_712_000_500_000_000)
        genesis.slotLength = .milliseconds(200)
        genesis.activeSlotMillionths = 500_000
        return genesis
    }()

    private func complaints(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try Genesis.read(document.numbered(), file: "genesis.json")
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func `what is written is read back`() throws {
        let again = try Genesis.read(Self.genesis.document, file: "x")
        #expect(again == Self.genesis)
        #expect(again.producers.count == 1)
    }

    @Test func `whatever decides over blocks makes another chain`() throws {
        let rules = try #require(Self.genesis.chainRules)
        #expect(rules.securityParameter == 40 && rules.bodyByteLimit == 65_536)
        #expect(rules.producers == [.init(key: Hash(of: [1]), stake: 3)])
        let changes: [(inout Genesis) -> Void] = [
            { $0.network = "other" }, { $0.startTime = .epoch }, { $0.slotLength = .seconds(3) },
            { $0.activeSlotMillionths += 1 }, { $0.leaderSeed[0] ^= 1 },
            { $0.securityParameter += 1 }, { $0.maxBodySize += 1 },
            { $0.producers[0].stake += 1 },
        ]
        for change in changes {
            var genesis = Self.genesis
            change(&genesis)
            #expect(genesis.chainRules?.genesisID != rules.genesisID)
        }
        #expect(Genesis().chainRules == nil)
        var timeless = Self.genesis
        timeless.startTime = .epoch
        #expect(timeless.chainRules == nil)
    }

    @Test func `what does not fit together is refused`() {
        #expect(complaints([:]) == ["genesis.json:1: the genesis has no 'networkID'"])
        let producer = Self.genesis.producers[0].id
        var document = Self.genesis.document
        document["producers"] = []
        #expect(
            complaints(document) == [
                "genesis.json:9: the registration of \(producer) has no producer of that id"
            ]
        )
        document = Self.genesis.document
        document["leaderSeed"] = "ab"
        #expect(
            complaints(document) == ["genesis.json:5: 'leaderSeed' is 'ab': expected 64 hex digits"]
        )
        document = Self.genesis.document
        document["producers"] = .list(
            (document["producers"]?.items ?? []) + (document["producers"]?.items ?? [])
        )
        #expect(complaints(document) == ["genesis.json:8: the producer \(producer) stands twice"])
        document = Self.genesis.document
        document["producers"] = [["key": "ab", "stake": 1]]
        #expect(
            complaints(document).first
                == "genesis.json:10: 'key' is 'ab': expected a public key as 64 hex digits"
        )
        let key = Self.genesis.producers[0].key.description
        document["producers"] = [["key": .text(key), "id": .text(other), "stake": 1]]
        #expect(
            complaints(document) == [
                "genesis.json:11: 'id' is \(other), but that of the key is \(producer)"
            ]
        )
    }

    @Test func `mutated geneses do no harm, and what loads is written and read back`() {
        var random = Random(seed: 0x5EED)
        for _ in 0..<FuzzCount.value {
            let document = Self.genesis.document.mutated(&random)
            guard let genesis = try? Genesis.read(document, file: "x") else { continue }
            #expect((try? Genesis.read(genesis.document, file: "x")) == genesis)
        }
    }
}
