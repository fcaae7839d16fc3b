package import WarrenPrimitives

/// How fast bytes go one way: the numbers behind `net_info`'s SendMonitor and RecvMonitor.
///
/// Bytes gather in samples of at least 100 ms on a clock of 20 ms steps; the current rate is a
/// moving average of the samples with a window of 1 s. Whole numbers throughout: rates are kept in
/// 1/1024 byte a second, the window's weight in 2⁻³². Nothing is decided by them.
/// Source: C§4.6, C§10.
package struct TrafficMeter: Sendable, Hashable {
    private let startedAt: Instant
    private var sampleStartedAt: Instant
    private var lastTransferAt: Instant
    private var sampleByteCount = 0
    private var byteCount = 0
    private var sampleCount = 0
    private var sampleRate = 0
    private var currentRate = 0
    private var peakRate = 0

    package static let clockStep: Duration = .milliseconds(20)
    package static let sampleLength: Duration = .milliseconds(100)
    /// Rates are kept in this fraction of a byte a second.
    private static let scale = 1024
    /// exp(−20 ms / 1 s) in 2⁻³²: what one clock step leaves of an old rate.
    private static let stepWeight: UInt64 = 4_209_921_245

    package init(now: Instant) {
        startedAt = Self.rounded(now)
        sampleStartedAt = startedAt
        lastTransferAt = startedAt
    }

    package mutating func update(_ count: Int, now: Instant) {
        let now = Self.rounded(now)
        sampleByteCount += count
        if count > 0 { lastTransferAt = now }
        let length = sampleStartedAt.duration(to: now)
        guard length >= Self.sampleLength else { return }
        sampleRate = Self.rate(of: sampleByteCount, over: length, scale: Self.scale)
        peakRate = max(peakRate, sampleRate)
        currentRate =
            sampleCount == 0
            ? sampleRate
            : sampleRate + Self.weighted(currentRate - sampleRate, over: length)
        byteCount += sampleByteCount
        sampleCount += 1
        sampleByteCount = 0
        sampleStartedAt = now
    }

    /// The numbers at `now`, as upstream tells them: a sample that is due is closed first.
    package func status(now: Instant) -> Status {
        var meter = self
        meter.update(0, now: now)
        return meter.settled(now: Self.rounded(now))
    }

    private func settled(now: Instant) -> Status {
        let duration = startedAt.duration(to: now)
        return Status(
            startedAt: startedAt,
            duration: duration,
            idle: lastTransferAt.duration(to: now),
            byteCount: byteCount,
            sampleCount: sampleCount,
            sampleRate: Self.unscaled(sampleRate),
            currentRate: Self.unscaled(currentRate),
            averageRate: Self.rate(of: byteCount, over: duration, scale: 1),
            peakRate: Self.unscaled(peakRate)
        )
    }

    /// Rates are in bytes a second, over finished samples only.
    package struct Status: Hashable, Sendable {
        package var startedAt: Instant
        package var duration: Duration
        package var idle: Duration
        package var byteCount: Int
        package var sampleCount: Int
        package var sampleRate: Int
        package var currentRate: Int
        package var averageRate: Int
        package var peakRate: Int
    }
}

// MARK: - Arithmetic

extension TrafficMeter {
    private static func rounded(_ instant: Instant) -> Instant {
        let step = clockStep.wholeNanoseconds
        let half = instant.advanced(by: .nanoseconds(step / 2)).nanoseconds
        return Instant(nanoseconds: half - ((half % step) + step) % step)
    }

    private static func rate(of count: Int, over duration: Duration, scale: Int) -> Int {
        let nanoseconds = Int128(duration.wholeNanoseconds)
        guard nanoseconds > 0 else { return 0 }
        let bytes = Int128(count) * Int128(scale) * 1_000_000_000
        return Int(clamping: (bytes + nanoseconds / 2) / nanoseconds)
    }

    private static func unscaled(_ rate: Int) -> Int { (rate + scale / 2) / scale }

    /// What is left of `rate` after `duration`.
    private static func weighted(_ rate: Int, over duration: Duration) -> Int {
        var steps = duration.wholeNanoseconds / clockStep.wholeNanoseconds
        var weight: UInt64 = 1 << 32
        var power = stepWeight
        while steps > 0, weight > 0 {
            if steps & 1 == 1 { weight = (weight * power) >> 32 }
            power = (power * power) >> 32
            steps >>= 1
        }
        return Int(clamping: (Int128(rate) * Int128(weight)) >> 32)
    }
}
