import WarrenObservation
import WarrenPeering
import WarrenPrimitives

extension World {
    /// One thing that nobody asked for.
    mutating func disturb() {
        switch chance.below(17) {
        case 0: reconfigure()
        case 1: take(.localRoots(someGroups()))
        case 2, 3, 4:
            guard let peer = links.randomID(&chance) else { return }
            lose(peer, delay: .seconds(10))
        case 5:
            guard let peer = links.randomID(&chance) else { return }
            take(.observed(peer, .cooling, delay: nil))
            if links[peer] == .hot, governor.known[peer]?.temperature == .warm {
                links[peer] = .warm
            }
            schedule(.lost(peer, delay: .seconds(10)), within: .seconds(70))
        case 6, 7:
            guard let peer = links.randomID(&chance), links[peer] == .hot,
                governor.known[peer]?.phase == .hot(.idle)
            else { return }
            links[peer] = .warm
            rests[peer] = now.advanced(by: .seconds(10))
            take(.observed(peer, .warm, delay: .seconds(10)))
        case 8: merge()
        case 9:
            let peer = somePeer()
            take(.forget(peer, .banned), settling: [peer])
        case 10:
            let inbound = chance.sample(chance.below(9), of: .numbered(0..<peerCount))
            take(.inbound(Dictionary(uniqueKeysWithValues: inbound.map { ($0, true) })))
        case 11: age(chance.chance(1, in: 2) ? .tooOld : .youngEnough)
        case 12: age(ledger == .tooOld ? .youngEnough : .tooOld)
        case 13: take(.snapshotChanged)
        case 14:
            guard cast.hasBootstrap, chance.chance(1, in: 2) else { return }
            flagBootstrap(chance.chance(3, in: 4))
        case 15:
            guard let peer = links.randomID(&chance) else { return }
            let slot = chance.chance(1, in: 3) ? nil : UInt64(chance.below(5))
            take(.scored(peer, .init(value: chance.below(3), joinedSlot: slot)))
        default: stray()
        }
    }

    mutating func somePeer() -> PeerID { .number(UInt32(chance.below(peerCount))) }

    /// Sets targets and local roots, sane or not while the world is faulty.
    mutating func reconfigure() {
        if cast.mode == .genesis, chance.chance(1, in: 2) {
            let settings = governor.settings
            want(chance.chance(1, in: 2) ? settings.syncTargets : settings.deadlineTargets)
            return take(.localRoots(someGroups()))
        }
        let known = 1 + chance.below(peerCount)
        let established = chance.below(known + 1)
        let knownBig = chance.below(12)
        let establishedBig = chance.below(knownBig + 1)
        let targets = Targets(
            root: chance.below(known + 1),
            known: known,
            established: established,
            active: chance.below(established + (isFaulty ? 3 : 1)),
            knownBigLedger: knownBig,
            establishedBigLedger: establishedBig,
            activeBigLedger: chance.below(establishedBig + 1)
        )
        want(targets)
        take(.localRoots(someGroups()))
    }

    mutating func someGroups() -> [Governor.LocalRootGroup] {
        (0..<chance.below(4)).map { _ in
            let members = chance.sample(1 + chance.below(4), of: .numbered(0..<peerCount))
            let warm = chance.below(members.count + 2)
            var group = Governor.LocalRootGroup(
                members: members,
                hotValency: chance.below(warm + 1),
                warmValency: warm
            )
            group.trustable = chance.chance(1, in: 2)
            group.behindFirewall = chance.chance(1, in: 4)
            if chance.chance(1, in: 4) { group.diffusionMode = .initiatorOnly }
            return group
        }
    }

    mutating func merge() {
        let peer = somePeer()
        let other = somePeer()
        guard peer != other else { return }
        take(.merged(peer, other: other), settling: [peer, other])
    }

    mutating func callOff(_ peer: PeerID) {
        queue.removeAll {
            switch $0.event {
            case .job(_, let its): its == peer
            case .input, .lost: false
            }
        }
        jobs[peer] = nil
        rests[peer] = nil
        let temperature = governor.known[peer]?.temperature ?? .unknown
        links[peer] = temperature >= .warm ? temperature : nil
    }

    mutating func resume(_ peer: PeerID) {
        switch governor.known[peer]?.phase {
        case .cold(.promoting):
            start(.promoteCold(peer, mode: .initiatorOnly, dials: true), peer, within: .seconds(3))
        case .warm(.promoting): start(.promoteWarm(peer), peer, within: .seconds(1))
        case .warm(.demoting): start(.demoteWarm(peer), peer, within: .seconds(65))
        case .hot(.demoting): start(.demoteHot(peer), peer, within: .seconds(5))
        case .warm(.cooling): schedule(.lost(peer, delay: .seconds(10)), within: .seconds(70))
        case nil, .cold(.available), .cold(.waiting), .warm(.idle), .warm(.resting), .hot(.idle):
            break
        }
    }

    /// Answers that nobody waits for.
    mutating func stray() {
        let peer = somePeer()
        guard jobs[peer] == nil else { return }
        let inputs: [Governor.Input] = [
            .promotedCold(peer, sharesPeers: true), .promoteColdFailed(peer, .unreachable),
            .promotedWarm(peer), .promoteWarmFailed(peer, .unreachable), .demotedHot(peer),
            .demoteHotFailed(peer), .demotedWarm(peer), .demoteWarmFailed(peer),
            .shared(by: peer, [somePeer()]), .publicRoots([], retryAfter: .zero),
        ]
        take(inputs[chance.below(inputs.count)])
    }
}
