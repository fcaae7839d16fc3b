package import WarrenPeering
package import WarrenPrimitives

extension LedgerSnapshot {
    /// The snapshot file; reading it back gives an equal snapshot.
    ///
    /// Source: O§9.3.
    package var document: Document {
        var sum: UInt64 = 0
        let rows = pools.map { pool in
            sum += pool.stake
            return Document.map([
                .init("accumulatedStake", Document(.decimal(Self.spelled(sum)))),
                .init("relativeStake", Document(.decimal(Self.spelled(pool.stake)))),
                .init("relays", .list(pool.relays.map(\.document))),
            ])
        }
        return .map([
            .init("NodeToClientVersion", .number(Self.fileVersion)),
            .init("NetworkMagic", .number(networkMagic)),
            .init(
                "Point",
                .map([
                    .init("blockPointSlot", .number(slot)),
                    .init("blockPointHash", .text(Hex.text(blockHash))),
                ])
            ),
            .init("bigLedgerPools", .list(rows)),
        ])
    }

    private static let shareDigits = 18

    /// A share as a decimal number, exactly.
    static func spelled(_ share: UInt64) -> String {
        let whole = share / wholeStake
        var digits = "\(share % wholeStake)"
        digits = String(repeating: "0", count: shareDigits - digits.utf8.count) + digits
        while digits.utf8.count > 1, digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }

    /// Reads a number from 0 to 1, such as `0.0053` or `5.3e-3`, as a share of ``wholeStake``.
    ///
    /// Digits after the eighteenth behind the point are dropped.
    static func share(_ found: Document) -> UInt64? {
        switch found.value {
        case .integer(let number): (0...1).contains(number) ? UInt64(number) * wholeStake : nil
        case .decimal(let text): share(Array(text.utf8))
        case .null, .bool, .string, .list, .map: nil
        }
    }

    private static func share(_ text: [UInt8]) -> UInt64? {
        /// Longer numbers are no measure of anything.
        let lengthLimit = 64
        guard text.count <= lengthLimit else { return nil }
        let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
            $0 == UInt8(ascii: "e") || $0 == UInt8(ascii: "E")
        }
        var exponent = 0
        if parts.count == 2 {
            var digits = String(decoding: parts[1], as: UTF8.self)
            if digits.first == "+" { digits.removeFirst() }
            guard let read = Int(digits), (-100...100).contains(read) else { return nil }
            exponent = read
        }
        let mantissa = parts[0].split(
            separator: UInt8(ascii: "."),
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        // The digits, and the place of the first of them relative to the units.
        let digits = mantissa.flatMap(\.self)
        let unitsPlace = mantissa[0].count - 1 + exponent
        var share: UInt64 = 0
        for (place, digit) in digits.enumerated() {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let value = digit - UInt8(ascii: "0")
            guard value > 0 else { continue }
            let power = unitsPlace - place + shareDigits
            guard power >= 0 else { continue }
            guard power <= shareDigits else { return nil }
            share += UInt64(value) * (0..<power).reduce(UInt64(1)) { power, _ in power * 10 }
        }
        return share <= wholeStake ? share : nil
    }
}

extension Genesis {
    /// The producers with the relays registered for them: what the ledger says of pools.
    ///
    /// Source: O§9.1, design §6.
    package var pools: [LedgerPeers.Pool] {
        var relaysOf: [NodeID: [Topology.AccessPoint]] = [:]
        for registration in relays {
            relaysOf[registration.producer, default: []] += registration.accessPoints
        }
        return producers.map {
            LedgerPeers.Pool(stake: UInt64(max(0, $0.stake)), relays: relaysOf[$0.id] ?? [])
        }
    }
}
