/// What a file says of one link: the rest comes from what is more general.
package struct LinkWords: Hashable, Sendable {
    package var roundTrip: Duration?
    package var jitter: Duration?
    package var lossMillionths: Int64?
    package var bandwidth: Int64?

    /// The keys `rtt`, `jitter`, `loss` and `bandwidth` of a map.
    ///
    /// With `takesBits`, a bandwidth may be a plain number of bits a second.
    package init(_ reader: inout MapReader, takesBits: Bool = false) {
        let delays = Duration.zero...LinkQuality.delayLimit
        roundTrip = reader.duration("rtt", in: delays)
        jitter = reader.duration("jitter", in: delays)
        lossMillionths = reader.loss("loss")
        bandwidth = reader.bandwidth("bandwidth", takesBits: takesBits)
    }

    package var isEmpty: Bool {
        roundTrip == nil && jitter == nil && lossMillionths == nil && bandwidth == nil
    }

    /// The whole quality: what is unsaid here is as in `usual`.
    package func over(_ usual: LinkQuality) -> LinkQuality {
        LinkQuality(
            roundTrip: roundTrip ?? usual.roundTrip,
            jitter: jitter ?? usual.jitter,
            lossMillionths: lossMillionths ?? usual.lossMillionths,
            bandwidth: bandwidth ?? usual.bandwidth
        )
    }
}

extension MapReader {
    /// A share of packets such as `0.1%`, in millionths, up to the most that a link may lose.
    fileprivate mutating func loss(_ key: String) -> Int64? {
        guard let share = share(key), let found = optional(key) else { return nil }
        guard share <= LinkQuality.lossLimit else {
            withProblems {
                $0.add(
                    at: found,
                    "'\(key)' is \(found.spoken)",
                    expected: "at most \(Quantity.spelledShare(LinkQuality.lossLimit))",
                    hint: "a fault that cuts loses everything"
                )
            }
            return nil
        }
        return share
    }

    /// `100Mbit`, in bits a second.
    fileprivate mutating func bandwidth(_ key: String, takesBits: Bool) -> Int64? {
        guard let found = optional(key) else { return nil }
        let limits = LinkQuality.bandwidths
        let bits: Int64? =
            switch found.value {
            case .string(let text): Quantity.bandwidth(text)
            case .integer(let number): takesBits ? number : nil
            case .null, .bool, .decimal, .list, .map: nil
            }
        if let bits, limits.contains(bits) { return bits }
        withProblems {
            $0.add(
                at: found,
                "'\(key)' is \(found.spoken)",
                expected: "bits a second from \(Quantity.spelledBandwidth(limits.lowerBound)) to "
                    + "\(Quantity.spelledBandwidth(limits.upperBound)), such as 64kbit, 100Mbit "
                    + "or 1Gbit"
            )
        }
        return nil
    }
}

extension Quantity {
    /// Bits a second in the largest unit of which they are a whole number: `100Mbit`.
    package static func spelledBandwidth(_ bits: Int64) -> String {
        let units: [(name: String, bits: Int64)] = [
            ("Gbit", 1_000_000_000), ("Mbit", 1_000_000), ("kbit", 1000),
        ]
        for unit in units where bits >= unit.bits && bits.isMultiple(of: unit.bits) {
            return "\(bits / unit.bits)\(unit.name)"
        }
        return "\(bits)bit"
    }
}
