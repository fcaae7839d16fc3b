package import WarrenPrimitives

/// How the nodes of a run carried themselves, whatever was expected of them.
package struct Conduct: Hashable, Sendable {
    /// Steps of connections that were held against the tables of O§6.3 and O§7.3.
    package var stepCount: Int
    /// What no delay and no loss excuses, in the order of time.
    package var offences: [Offence]

    package init(stepCount: Int = 0, offences: [Offence] = []) {
        self.stepCount = stepCount
        self.offences = offences
    }

    package struct Offence: Hashable, Sendable {
        package var at: Instant
        package var node: Int
        /// What it did, and which rule that breaks.
        package var words: String

        package init(at: Instant, node: Int, words: String) {
            self.at = at
            self.node = node
            self.words = words
        }
    }
}

extension NetworkState {
    /// How the nodes have carried themselves so far.
    package var conduct: Conduct {
        let missteps = missteps.map {
            Conduct.Offence(at: $0.at, node: $0.node, words: $0.words)
        }
        let lies = contradictions.map {
            Conduct.Offence(at: $0.at, node: $0.node, words: $0.peer.words)
        }
        let tips = tipContradictions.map {
            Conduct.Offence(at: $0.at, node: $0.node, words: $0.tip.words)
        }
        return Conduct(
            stepCount: stepCount,
            offences: (missteps + lies + tips).sorted { ($0.at, $0.node) < ($1.at, $1.node) }
        )
    }
}

extension NodeState.Contradiction {
    package var words: String {
        "peer \(peer) is \(events.rawValue) by the events, and \(snapshot.rawValue) by the snapshot"
    }
}

extension NodeState.TipContradiction {
    package var words: String {
        "the chain ends in block \(events.height) (\(events.hash.short)) by the events, and in block "
            + "\(snapshot.height) (\(snapshot.hash.prefix(7))) by the snapshot"
    }
}
