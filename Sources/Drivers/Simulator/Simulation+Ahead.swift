import WarrenNode
import WarrenPrimitives

// MARK: - Seeing ahead

extension Simulation {
    /// Looks at what the next happenings will look at, before any of them happens.
    ///
    /// Ten thousand nodes are a thousand times what the processor's caches hold, and every happening
    /// is about another node. One by one, each would wait for memory some dozens of times, since where
    /// to look next depends on what was found. Looked at together, step by step, the nodes are waited
    /// for all at once. Nothing is changed by it, and nothing depends on it.
    mutating func lookAhead() {
        agenda.moveFront()
        soonHosts.removeAll(keepingCapacity: true)
        soonConnections.removeAll(keepingCapacity: true)
        var seen = 0
        for place in 0..<agenda.soonCount {
            switch agenda.subject(of: place, seen: &seen) {
            case .host(let host):
                soonHosts.append(host)
                soonConnections.append(nil)
            case .end(let end):
                let place = Int(end)
                seen &+= Int(ends[place ^ 1].stage.rawValue)
                soonHosts.append(ends[place].host)
                soonConnections.append(ends[place].connection)
            case .nobody: break
            }
        }
        for host in soonHosts {
            seen &+= Int(stations[host].life) &+ lines[host].glance()
            seen &+= nodes[host].glance()
        }
        for place in soonHosts.indices {
            seen &+= nodes[soonHosts[place]].glance(at: soonConnections[place])
        }
        // Kept, or the compiler would see that nobody needs it.
        glances &+= seen
    }
}
