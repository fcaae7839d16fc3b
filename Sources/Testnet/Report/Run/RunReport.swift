package import WarrenObservation
import WarrenPrimitives
package import WarrenScenario

/// All that is to be said of one run, for whoever prints or draws it.
package struct RunReport: Sendable {
    package let manifest: NetworkManifest
    package let verdicts: [VerdictRow]
    package let chronicle: Chronicle
    package let propagation: Propagation
    /// The block whose way is shown; nil if no block was made.
    package let spread: BlockSpread?
    package let choice: Choice

    /// Why this block is the one.
    package enum Choice: String, Hashable, Sendable, Codable {
        case asked
        /// Its last adoption is the median.
        case median
        /// None came to everybody.
        case latest
    }

    /// `block` is a height, or the first hex digits of a hash; nil leaves the choice to us.
    package init(
        _ manifest: NetworkManifest,
        verdicts: [VerdictRow],
        chronicle: Chronicle,
        block: String? = nil
    ) throws(UnknownBlock) {
        self.manifest = manifest
        self.verdicts = verdicts
        self.chronicle = chronicle
        propagation = chronicle.propagation
        if let block {
            spread = chronicle.spread(of: try Self.find(block, chronicle, propagation))
            choice = .asked
        } else {
            let typical = propagation.typical
            spread = typical.flatMap { chronicle.spread(of: $0.id) }
            choice = typical?.isMedian == true ? .median : .latest
        }
    }

    /// There is no block, or more than one, that the words could mean.
    package struct UnknownBlock: Error, Hashable, Sendable, CustomStringConvertible {
        package var words: String
        package var found: Int
        package var heights: ClosedRange<UInt64>?

        package var description: String {
            let known = heights.map { "blocks \($0.lowerBound) to \($0.upperBound) are known" }
            return
                "'\(words.printable)' is \(found == 0 ? "no block" : "\(found) blocks") of this run: "
                + "expected a height, or at least \(RunReport.digitCount) hex digits of one hash"
                + (known.map { "; \($0)" } ?? "; none was made")
        }
    }

    /// Digits of a hash that name a block.
    static let digitCount = 4

    private static func find(
        _ words: String,
        _ chronicle: Chronicle,
        _ propagation: Propagation
    ) throws(UnknownBlock) -> Hash {
        let all = chronicle.receipts.all.filter { $0.making != nil }
        let heights = all.map(\.block.height)
        let range = heights.min().flatMap { low in heights.max().map { low...$0 } }
        if let height = UInt64(words) {
            let rivals = all.filter { $0.block.height == height }
            // Of rivals for one height the one that most nodes hold, else the one that most had.
            let counted = Set(propagation.blocks.map(\.id))
            let best =
                rivals.first { counted.contains($0.block.hash) }
                ?? rivals.max {
                    ($0.receipts.count, $1.block.hash) < ($1.receipts.count, $0.block.hash)
                }
            if let best { return best.block.hash }
        }
        let digits = words.lowercased()
        let found =
            digits.count >= digitCount
            ? all.filter { $0.block.hash.description.hasPrefix(digits) } : []
        guard found.count == 1 else {
            throw UnknownBlock(words: words, found: found.count, heights: range)
        }
        return found[0].block.hash
    }

    // MARK: Figures

    package func name(_ node: Int) -> String {
        manifest.nodes.indices.contains(node) ? manifest.nodes[node].name : "?"
    }

    /// From t = 0 to the end.
    package var length: Duration { chronicle.origin.duration(to: chronicle.endsAt) }

    /// Blocks on most nodes' chain a minute, in hundredths, from t = 0 on.
    var blocksPerMinuteHundredths: Int? {
        let seconds = length.wholeNanoseconds / 1_000_000
        guard seconds > 0 else { return nil }
        return propagation.blocks.count * 6_000_000 / Int(seconds)
    }

    /// As `4 relays, 2 block-producers and 1 seed`, the many first.
    var roles: String {
        let words = Role.allCases.compactMap { role -> (count: Int, words: String)? in
            let count = manifest.nodes.count { $0.role == role }
            return count == 0 ? nil : (count, counted(count, role.rawValue))
        }
        return words.map(\.words).joined(separator: ", ")
    }

    /// Blocks that were made since t = 0, or before, and are on no majority's chain.
    var lostCount: Int {
        let counted = Set(propagation.blocks.map(\.id))
        return chronicle.receipts.all.count { entry in
            guard let making = entry.making, making.at >= chronicle.origin else { return false }
            return !counted.contains(entry.block.hash)
        }
    }

    /// Why the block that is shown is shown.
    var choiceWords: String {
        switch choice {
        case .asked: "the block that was asked for"
        case .median: "the median by its last adoption, of the blocks that came to everybody"
        case .latest: "the last block: none has come to everybody"
        }
    }
}
