import Testing
import WarrenConnection
import WarrenPrimitives
import WarrenSupport

struct TrafficMeterTests {
    private struct Reader: Decodable {
        var flowrate_upstream_reader: Rows
        struct Rows: Decodable { var statuses: [[Int]] }
    }

    private func row(_ status: TrafficMeter.Status) -> [Int] {
        [
            status.byteCount, status.sampleCount, status.sampleRate, status.currentRate,
            status.averageRate, status.peakRate,
        ]
    }

    /// The last row of upstream's test is that of a transfer declared done; ours never is.
    @Test func `counts what upstream's monitor counts`() throws {
        let rows = try Vectors.load("mconnection", as: Reader.self).flowrate_upstream_reader
        var meter = TrafficMeter(now: Script.start)
        func at(_ milliseconds: Int) -> Instant {
            Script.start.advanced(by: .milliseconds(milliseconds))
        }
        #expect(row(meter.status(now: at(0))) == rows.statuses[0])
        meter.update(10, now: at(0))
        #expect(row(meter.status(now: at(100))) == rows.statuses[1])
        meter.update(0, now: at(100))
        meter.update(10, now: at(100))
        #expect(row(meter.status(now: at(200))) == rows.statuses[2])
        meter.update(0, now: at(200))
        #expect(row(meter.status(now: at(300))) == rows.statuses[3])
        #expect(meter.status(now: at(300)).idle == .milliseconds(200))
        #expect(meter.status(now: at(300)).duration == .milliseconds(300))
    }

    @Test func `asking does not change the answer`() {
        var meter = TrafficMeter(now: Script.start)
        meter.update(1000, now: Script.start)
        let later = Script.start.advanced(by: .seconds(5))
        #expect(meter.status(now: later) == meter.status(now: later))
        #expect(meter.status(now: later).averageRate == 200)
    }

    @Test func `a long silence brings the rate to nothing without overflow`() {
        var meter = TrafficMeter(now: Script.start)
        meter.update(1 << 40, now: Script.start)
        meter.update(0, now: Script.start.advanced(by: .milliseconds(100)))
        let status = meter.status(now: Script.start.advanced(by: .seconds(1_000_000)))
        #expect(status.currentRate == 0)
        #expect(status.peakRate == 10 << 40)
    }
}
