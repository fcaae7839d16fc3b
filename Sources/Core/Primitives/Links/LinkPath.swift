/// A link's quality in whole nanoseconds, ready to be reckoned with.
package struct LinkPath: Hashable, Sendable {
    /// Half the round trip.
    package var oneWay: Int64
    package var jitter: Int64
    package var lossMillionths: Int
    /// Bits a second; 0 is no limit.
    package var bandwidth: Int64
    /// How long the first retransmission takes.
    package var retransmission: Int64

    /// How long TCP waits at least before it sends again (Linux: 200 ms).
    package static let leastRetransmission: Int64 = 200_000_000
    /// How often one packet is lost at most: what is lost more often has come to an end elsewhere.
    package static let lossLimit = 8
    /// Two weeks: longer than anybody waits, and short enough to be added up.
    package static let longestTransmission: Int64 = 1 << 50
    /// The payload of a packet on Ethernet, with TCP's timestamps, in bytes.
    package static let packetSize = 1448

    package init(_ quality: LinkQuality) {
        let roundTrip = max(0, quality.roundTrip.wholeNanoseconds)
        oneWay = roundTrip / 2
        jitter = max(0, quality.jitter.wholeNanoseconds)
        lossMillionths = Int(min(max(0, quality.lossMillionths), 1_000_000))
        bandwidth = max(0, quality.bandwidth ?? 0)
        retransmission = max(Self.leastRetransmission, 2 * roundTrip)
    }

    /// As ``LinkQuality/worsened(by:)``, once both are reckoned.
    package func worsened(by other: LinkPath) -> LinkPath {
        var path = self
        path.oneWay = max(oneWay, other.oneWay)
        path.jitter = max(jitter, other.jitter)
        path.lossMillionths = max(lossMillionths, other.lossMillionths)
        path.retransmission = max(retransmission, other.retransmission)
        path.bandwidth =
            bandwidth == 0 || other.bandwidth == 0
            ? max(bandwidth, other.bandwidth) : min(bandwidth, other.bandwidth)
        return path
    }

    /// How long `bytes` take to leave, in nanoseconds.
    package func transmission(of bytes: Int) -> Int64 {
        guard bandwidth > 0 else { return 0 }
        // Eight bits a byte, a thousand million nanoseconds a second.
        let product = UInt64(bytes).multipliedFullWidth(by: 8_000_000_000)
        guard product.high < UInt64(bandwidth) else { return Self.longestTransmission }
        let time = Int64(clamping: UInt64(bandwidth).dividingFullWidth(product).quotient)
        return min(time, Self.longestTransmission)
    }

    /// How long what has left is on its way, in nanoseconds.
    ///
    /// Each loss of a packet costs a retransmission time-out, which doubles with every further loss
    /// of the same packet; what follows waits for it, since TCP delivers in order.
    package func flight(of bytes: Int, random: inout Random) -> Int64 {
        var time = oneWay
        if jitter > 0 { time += Int64(random.below(Int(jitter) + 1)) }
        guard lossMillionths > 0 else { return time }
        let packets = max(1, (bytes + Self.packetSize - 1) / Self.packetSize)
        for _ in 0..<packets {
            var wait = retransmission
            for _ in 0..<Self.lossLimit {
                guard random.chance(lossMillionths, in: 1_000_000) else { break }
                time += wait
                wait *= 2
            }
        }
        return time
    }
}
