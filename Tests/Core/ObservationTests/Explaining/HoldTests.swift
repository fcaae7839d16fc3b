import Foundation
import Testing
import WarrenObservation
import WarrenPrimitives
import WarrenSupport

@Suite struct `A hold` {
    @Test func `survives its text`() {
        for hold in Snapshot.Hold.samples {
            #expect(Snapshot.Hold(hold.description) == hold, "\(hold)")
        }
    }

    @Test func `is short`() {
        #expect(
            Snapshot.Hold.quota(.target(.active), count: 3, wanted: 4).description == "active 3/4"
        )
        #expect(
            Snapshot.Hold.underway(to: .hot, .belowValency(group: 1)).description
                == "underway hot belowValency group 1"
        )
        #expect(
            Snapshot.Hold.quota(.hotValency(group: 2), count: 0, wanted: 1).description
                == "hotValency.2 0/1"
        )
    }

    @Test(arguments: [
        "", "cooling ", " cooling", "active", "active 3", "active 3/", "active 03/4", "active -3/4",
        "active 3/4/5", "active 3/4 ", "activ 3/4", "warmValency 3/4", "warmValency.x 3/4",
        "warmValency.-1 3/4", "roots.1 3/4", "waits", "waits x", "waits 007", "gate unrestricted",
        "failures 2", "underway", "underway hot", "underway tepid learnt", "underway hot learnt x",
        "underway hot belowTarget", "underway hot rumour", "active 99999999999999999999/1",
    ])
    func `of another form is none`(text: String) {
        #expect(Snapshot.Hold(text) == nil)
    }

    @Test func `says in an error what it should be`() {
        let error = #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([Snapshot.Hold].self, from: Data(#"["activ 3/4"]"#.utf8))
        }
        #expect(error.map { "\($0)".contains("'activ 3/4' is no hold") } == true)
    }

    @Test func `withstands mutated texts`() {
        let samples = Snapshot.Hold.samples.map { Array($0.description.utf8) }
        mutations(of: samples, seed: 0x401D) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let hold = Snapshot.Hold(text) else { return }
            #expect(hold.description == text)
        }
    }

    @Test func `of a target keeps, lowers or raises by how many there are`() {
        func effect(_ count: Int, at temperature: Temperature) -> Snapshot.Hold.Effect {
            Snapshot.Hold.quota(.target(.established), count: count, wanted: 4)
                .effect(at: temperature)
        }
        #expect(effect(3, at: .cold) == .raises)
        #expect(effect(4, at: .cold) == .rests)
        #expect(effect(5, at: .cold) == .rests)
        #expect(effect(3, at: .warm) == .keeps)
        #expect(effect(4, at: .warm) == .keeps)
        #expect(effect(5, at: .warm) == .lowers)
        #expect(effect(5, at: .hot) == .lowers)
    }

    @Test func `of a valency never makes a local root cold`() {
        let warm = Snapshot.Hold.quota(.warmValency(group: 0), count: 3, wanted: 1)
        #expect(warm.effect(at: .warm) == .keeps)
        let hot = Snapshot.Hold.quota(.hotValency(group: 0), count: 3, wanted: 1)
        #expect(hot.effect(at: .hot) == .lowers)
        #expect(hot.effect(at: .warm) == .rests)
    }

    @Test func `of failures is the last straw only at the limit`() {
        #expect(Snapshot.Hold.failures(4, limit: 5).effect(at: .cold) == .rests)
        #expect(Snapshot.Hold.failures(5, limit: 5).effect(at: .cold) == .lowers)
    }

    @Test func `speaks in words`() {
        func words(_ hold: Snapshot.Hold, at temperature: Temperature) -> String {
            hold.sentence(at: temperature) { "t=\($0.nanoseconds)" }
        }
        let active = Snapshot.Hold.quota(.target(.active), count: 3, wanted: 4)
        #expect(words(active, at: .warm) == "target.active 3 of 4: 1 more wanted")
        #expect(words(active, at: .hot) == "target.active 3 of 4")
        let many = Snapshot.Hold.quota(.target(.active), count: 6, wanted: 4)
        #expect(words(many, at: .hot) == "target.active 6 of 4: 2 too many")
        #expect(
            words(.underway(to: .hot, .belowTarget(.active, 4)), at: .warm)
                == "to hot, to reach target.active 4"
        )
        let wait = Snapshot.Hold.waits(until: Instant(nanoseconds: 5))
        #expect(words(wait, at: .cold) == "not to be dialed before t=5")
        #expect(words(wait, at: .warm) == "not to be made hot before t=5")
    }
}
