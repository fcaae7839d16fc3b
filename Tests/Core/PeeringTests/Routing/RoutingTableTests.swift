import Testing
import WarrenPeering
import WarrenPrimitives
import WarrenSupport

/// The id whose last eight bytes are `low`, and whose first byte is `high`.
func routingID(_ low: UInt64, high: UInt8 = 0) -> NodeID {
    var bytes = [UInt8](repeating: 0, count: 12) + low.bigEndianBytes
    bytes[0] = high
    return NodeID(bytes) ?? nodeID(0)
}

@Suite struct RoutingTableTests {
    private let zero = routingID(0)

    /// An address in the /16 group of `group`.
    private func address(_ id: NodeID, group: Int, host: Int = 1) -> PeerAddress {
        PeerAddress(id: id, socket: socket("11.\(group).0.\(host)", 3001))
    }

    private func randomID(_ random: inout Random) -> NodeID {
        routingID(random.next(), high: UInt8(random.below(256)))
    }

    // MARK: Distances

    @Test(arguments: [
        ("0000000000000000000000000000000000000000", "0000000000000000000000000000000000000001", 0),
        ("0000000000000000000000000000000000000004", "0000000000000000000000000000000000000006", 1),
        (
            "0000000000000000000000000000000080000000", "0000000000000000000000000000000000000000",
            31
        ),
        (
            "0000000000000000000000000000000100000000", "0000000000000000000000000000000000000000",
            32
        ),
        (
            "0000000000000000800000000000000000000000", "0000000000000000000000000000000000000000",
            95
        ),
        (
            "0000000000000001000000000000000000000000", "0000000000000000000000000000000000000000",
            96
        ),
        (
            "8000000000000000000000000000000000000000", "0000000000000000000000000000000000000000",
            159
        ),
        (
            "ffffffffffffffffffffffffffffffffffffffff", "fffffffffffffffffffffffffffffffffffff0ff",
            11
        ),
    ])
    func `the bucket is the highest bit in which two ids differ`(
        own: String,
        other: String,
        bucket: Int
    ) throws {
        let own = try #require(NodeID(own))
        let other = try #require(NodeID(other))
        #expect(RoutingTable(ownID: own, isStrict: true).bucket(of: other) == bucket)
        #expect(RoutingTable(ownID: other, isStrict: true).bucket(of: own) == bucket)
        #expect(RoutingTable(ownID: own, isStrict: true).bucket(of: own) == nil)
    }

    @Test func `the distance is the XOR of two ids`() throws {
        let one = try #require(NodeID("00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff"))
        let two = try #require(NodeID("0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f"))
        let distance = RoutingKey(one).distance(to: RoutingKey(two))
        #expect(distance.id.description == "0ff00ff00ff00ff00ff00ff00ff00ff00ff00ff0")
        #expect(RoutingKey(one).id == one)
    }

    @Test(arguments: [0, 1, 31, 32, 33, 95, 96, 100, 158, 159])
    func `a random place in a bucket lies in it`(bucket: Int) {
        var random = Random(seed: UInt64(bucket))
        for _ in 0..<50 {
            #expect(RoutingKey.random(highestBit: bucket, random: &random).highestBit == bucket)
        }
    }

    // MARK: Buckets

    @Test func `sixteen enter a bucket, and one more waits`() {
        var table = RoutingTable(ownID: zero, isStrict: true)
        for number in 0..<16 {
            let outcome = table.see(
                address(routingID(UInt64(256 + number)), group: number),
                now: .epoch
            )
            #expect(outcome == .entered)
        }
        #expect(table.see(address(routingID(300), group: 50), now: .epoch) == .waiting)
        #expect(table.count == 16)
        #expect(table.entries(ofBucket: 8).count == RoutingTable.bucketLimit)
        #expect(table.waiting(forBucket: 8).map(\.address.id) == [routingID(300)])
        #expect(table.complaint == nil)
    }

    /// A bucket of 16 whose ids are 256 to 271, and `waiting` more.
    private func full(waiting: Int) -> RoutingTable {
        var table = RoutingTable(ownID: zero, isStrict: true)
        for number in 0..<16 + waiting {
            table.see(address(routingID(UInt64(256 + number)), group: number), now: .epoch)
        }
        return table
    }

    @Test func `eight wait for a place, and the ninth displaces the oldest`() {
        let eight = full(waiting: 8)
        #expect(eight.waiting(forBucket: 8).count == RoutingTable.waitingLimit)
        #expect(eight.waiting(forBucket: 8).first?.address.id == routingID(272))
        let nine = full(waiting: 9)
        #expect(nine.waiting(forBucket: 8).count == RoutingTable.waitingLimit)
        #expect(nine.waiting(forBucket: 8).first?.address.id == routingID(273))
    }

    @Test func `who does not fail stays, and who fails makes room for the newest that waits`() {
        var table = full(waiting: 2)
        #expect(table.contains(routingID(256)))
        table.markFailed(routingID(256))
        #expect(!table.contains(routingID(256)))
        #expect(table.contains(routingID(273)))
        #expect(table.waiting(forBucket: 8).map(\.address.id) == [routingID(272)])
        #expect(table.complaint == nil)
    }

    @Test func `with nobody waiting an entry goes at its third failure in a row`() {
        var table = full(waiting: 0)
        table.markFailed(routingID(256))
        table.markFailed(routingID(256))
        #expect(table.contains(routingID(256)))
        table.see(address(routingID(256), group: 0), now: .epoch)
        table.markFailed(routingID(256))
        table.markFailed(routingID(256))
        #expect(table.contains(routingID(256)), "it was seen in between")
        table.markFailed(routingID(256))
        #expect(!table.contains(routingID(256)))
    }

    @Test func `who is seen again goes to the back`() {
        var table = full(waiting: 0)
        #expect(table.see(address(routingID(256), group: 0), now: .epoch) == .refreshed)
        #expect(table.entries(ofBucket: 8).last?.address.id == routingID(256))
        #expect(table.entries(ofBucket: 8).first?.address.id == routingID(257))
    }

    @Test func `we are not in our own table`() {
        var table = RoutingTable(ownID: zero, isStrict: true)
        #expect(table.see(address(zero, group: 1), now: .epoch) == .own)
        #expect(table.count == 0)
    }

    @Test(arguments: Seed.sweep())
    func `the closest are those of a plain sort`(_ seed: Seed) {
        var random = seed.random
        var table = RoutingTable(ownID: zero, isStrict: false)
        for number in 0..<120 { table.see(address(randomID(&random), group: number), now: .epoch) }
        let target = RoutingKey(randomID(&random))
        let plain = table.ids.sorted {
            RoutingKey($0).distance(to: target) < RoutingKey($1).distance(to: target)
        }
        #expect(table.closest(to: target).map(\.id) == Array(plain.prefix(16)))
        #expect(table.closest(to: target, 3).map(\.id) == Array(plain.prefix(3)))
    }

    @Test func `every bucket from the nearest neighbour outwards is looked into once stale`() {
        var random = Random(seed: 1)
        var table = full(waiting: 0)
        let now = Instant(nanoseconds: 10_000)
        let stale = table.staleTargets(since: .epoch, random: &random)
        #expect(stale.map { table.own.distance(to: $0).highestBit } == Array(8..<160))
        table.touch(stale[3], now: now)
        #expect(table.staleTargets(since: .epoch, random: &random).count == 151)
        #expect(table.staleTargets(since: now, random: &random).count == 152)
    }
}

// MARK: - Sybil ids

extension RoutingTableTests {
    @Test func `two of one group enter a bucket, and a third does not`() {
        var table = RoutingTable(ownID: zero, isStrict: true)
        let outcomes = (0..<3).map {
            table.see(address(routingID(256 + UInt64($0)), group: 7, host: $0 + 1), now: .epoch)
        }
        #expect(outcomes == [.entered, .entered, .groupFull])
        #expect(RoutingTable.groupBucketLimit == 2)
    }

    @Test func `ten of one group enter the table, and an eleventh does not`() {
        var table = RoutingTable(ownID: zero, isStrict: true)
        for number in 0..<10 {
            let id = routingID(1 << UInt64(number))
            #expect(table.see(address(id, group: 7), now: .epoch) == .entered)
        }
        #expect(table.see(address(routingID(1 << 10), group: 7), now: .epoch) == .groupFull)
        #expect(RoutingTable.groupTableLimit == 10)
        table.remove(routingID(1))
        #expect(table.see(address(routingID(1 << 10), group: 7), now: .epoch) == .entered)
    }

    @Test(arguments: Seed.sweep())
    func `an attacker with many ids in one group owns little of any bucket`(_ seed: Seed) {
        var random = seed.random
        var table = RoutingTable(ownID: zero, isStrict: true)
        for number in 0..<60 {
            table.see(address(randomID(&random), group: 1 + number), now: .epoch)
        }
        for number in 0..<2_000 {
            let id = routingID(
                random.next() >> UInt64(random.below(64)),
                high: random.chance(1, in: 2) ? UInt8(random.below(256)) : 0
            )
            table.see(address(id, group: 200, host: number % 200 + 1), now: .epoch)
            // Honest entries fail at times: places come free.
            if number.isMultiple(of: 20) {
                table.markFailed(table.ids[random.below(table.ids.count)])
            }
        }
        #expect(table.complaint == nil)
        var total = 0
        for bucket in 0..<160 {
            let isTheirs = { (entry: RoutingTable.Entry) in
                entry.address.socket.ip.groupKey(strict: true)
                    == socket("11.200.0.1").ip.groupKey(strict: true)
            }
            let owned = table.entries(ofBucket: bucket).count(where: isTheirs)
            #expect(owned <= RoutingTable.groupBucketLimit)
            #expect(
                table.waiting(forBucket: bucket).count(where: isTheirs)
                    <= RoutingTable.groupBucketLimit
            )
            total += owned
        }
        #expect(total <= RoutingTable.groupTableLimit)
        #expect(total > 0)
    }

    @Test func `addresses of a private network are not counted, and routable ones are`() {
        var table = RoutingTable(ownID: zero, isStrict: false)
        for number in 0..<16 {
            let local = PeerAddress(
                id: routingID(256 + UInt64(number)),
                socket: socket("127.2.0.\(number + 1)", 3001)
            )
            #expect(table.see(local, now: .epoch) == .entered)
        }
        let outcomes = (0..<3).map {
            table.see(address(routingID(1024 + UInt64($0)), group: 7), now: .epoch)
        }
        #expect(outcomes == [.entered, .entered, .groupFull])
    }

    @Test func `a node that moves counts for its new group`() {
        var table = RoutingTable(ownID: zero, isStrict: true)
        table.see(address(routingID(256), group: 1), now: .epoch)
        table.see(address(routingID(257), group: 7), now: .epoch)
        table.see(address(routingID(258), group: 7), now: .epoch)
        #expect(table.see(address(routingID(256), group: 7), now: .epoch) == .groupFull)
        #expect(!table.contains(routingID(256)))
        #expect(table.complaint == nil)
    }
}
