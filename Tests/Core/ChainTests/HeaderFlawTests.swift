import Testing
import WarrenChain
import WarrenObservation
import WarrenPrimitives

struct HeaderFlawTests {
    private let realm = Realm()
    private let body = Body([])

    private func flaw(_ header: Header, on previous: Header?, now: Instant? = nil) -> HeaderFlaw? {
        do {
            try realm.rules.check(
                header,
                on: previous,
                leaders: realm.leaders,
                now: now ?? realm.now
            )
            return nil
        } catch {
            return error
        }
    }

    @Test func `a header in its place breaks no rule`() {
        let first = realm.block(on: nil)
        let second = realm.block(on: first, by: 1)
        #expect(flaw(first.header, on: nil) == nil)
        #expect(flaw(second.header, on: first.header) == nil)
    }

    @Test func `each rule has its own answer`() throws {
        let first = realm.block(on: nil).header
        let slot = realm.slot(from: first.slot + 1, for: 1)
        func changed(_ change: (inout Header.Content) -> Void) -> Header {
            realm.header(on: first, by: 1, in: slot, body, change)
        }
        let limit = realm.rules.bodyByteLimit
        let other = Hash(of: [9])
        #expect(flaw(changed { $0.height = 3 }, on: first) == .height(3, expected: 2))
        #expect(flaw(changed { $0.height = 1 }, on: first) == .height(1, expected: 2))
        #expect(
            flaw(changed { $0.previous = other }, on: first) == .previous(other, expected: first.id)
        )
        #expect(
            flaw(changed { $0.slot = first.slot }, on: first)
                == .slot(first.slot, after: first.slot)
        )
        #expect(flaw(changed { $0.bodySize = limit }, on: first) == nil)
        #expect(
            flaw(changed { $0.bodySize = limit + 1 }, on: first)
                == .bodySize(limit + 1, limit: limit)
        )
        let missed = (first.slot + 1..<first.slot + 100).first {
            !realm.leaders.leads(realm.producer(1), slot: $0)
        }
        let wrong = try #require(missed)
        #expect(
            flaw(changed { $0.slot = wrong }, on: first)
                == .wrongLeader(realm.producer(1), slot: wrong)
        )
        let stranger = Header(
            Header.Content(
                height: 2,
                slot: slot,
                previous: first.id,
                body: body.id,
                bodySize: 0,
                time: .epoch
            ),
            by: key(99)
        )
        #expect(flaw(stranger, on: first) == .unknownProducer(stranger.producer))
    }

    @Test func `a slot may begin as far ahead as clocks may differ, and no further`() throws {
        let header = realm.block(on: nil).header
        let beginning = try #require(realm.rules.beginning(of: header.slot))
        let skew = realm.rules.skewLimit
        let edge = beginning.advanced(by: .zero - skew)
        #expect(flaw(header, on: nil, now: edge) == nil)
        let before = edge.advanced(by: .nanoseconds(-1))
        #expect(flaw(header, on: nil, now: before) == .futureSlot(header.slot))
        let never = realm.header(on: nil, by: 0, in: .max, body)
        #expect(flaw(never, on: nil) == .futureSlot(.max))
    }

    @Test func `the signature is looked at last`() throws {
        let header = realm.block(on: nil).header
        var bytes = header.encoding
        bytes[bytes.count - 1] ^= 1
        let forged = try Header(bytes)
        #expect(flaw(forged, on: nil) == .badSignature)
        #expect(flaw(forged, on: nil, now: .epoch) == .futureSlot(header.slot))
        #expect(flaw(forged, on: header) == .height(1, expected: 2))
    }

    @Test func `the first block stands on the genesis`() {
        let slot = realm.slot(from: 0, for: 0)
        let other = realm.header(on: nil, by: 0, in: slot, body) { $0.previous = .zero }
        #expect(flaw(other, on: nil) == .previous(.zero, expected: realm.rules.genesisID))
    }

    @Test func `every flaw ends the connection for a reason of its kind`() {
        let id = Hash.zero
        let expected: [(HeaderFlaw, CloseReason)] = [
            (.height(1, expected: 2), .badHeader),
            (.previous(id, expected: id), .badHeader),
            (.slot(1, after: 1), .badHeader),
            (.bodySize(2, limit: 1), .badHeader),
            (.onRefused(id), .badHeader),
            (.unknownProducer(id), .wrongLeader),
            (.wrongLeader(id, slot: 1), .wrongLeader),
            (.futureSlot(1), .futureSlot),
            (.badSignature, .badBlockSignature),
            (.forkTooDeep(height: 1, anchor: 2), .forkTooDeep),
        ]
        for (flaw, reason) in expected { #expect(flaw.reason == reason) }
    }
}
