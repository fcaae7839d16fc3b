import AsyncHTTPClient
import WarrenObservation
import WarrenPrimitives
import WarrenScenario

// MARK: - Faults: each goes its own way (design §17.11)

extension Supervisor {
    /// Between two looks at what was asked for by hand, and at how a fault in force stands.
    private static let interval: Duration = .milliseconds(100)

    /// Carries out the faults of the timetable from t = 0 on, and what is asked for by hand.
    ///
    /// None waits for another, but where both do something to the same node.
    func carryOutFaults() async {
        guard !faults.course.timetable.isEmpty || faults.inbox != nil else { return }
        let client = AdminSite.client()
        // Of what was in force when an earlier supervisor ended, nobody knows how far it was done.
        for deed in faults.course.standing { _ = await carryOut(deed) }
        await withDiscardingTaskGroup { group in
            var isUnderWay: Set<Int> = []
            while !Task.isCancelled {
                acceptRequests()
                for place in faults.course.timetable.indices
                where !isUnderWay.contains(place) && span(of: place) != nil {
                    isUnderWay.insert(place)
                    group.addTask { await self.run(place, by: client) }
                }
                let isAll = isUnderWay.count == faults.course.timetable.count
                if isAll, faults.inbox == nil { break }
                try? await Task.sleep(for: isAll ? Self.interval : settings.tick)
            }
        }
        // A task that is cancelled cannot wait; the client must end all the same.
        await Task { try? await client.shutdown() }.value
    }

    private func span(of place: Int) -> (start: Instant, end: Instant?)? {
        faults.span(of: place, zero: zero)
    }

    private func acceptRequests() {
        guard let inbox = faults.inbox else { return }
        let taken = Set(faults.course.timetable.map(\.name))
        for hand in inbox.accept(at: clock.now, besides: taken) {
            do throws(ExpectationError) {
                _ = try faults.add(hand, of: manifest.population)
            } catch {
                settle(hand.name, failed: "\(error)")
            }
        }
        faults.ended.formUnion(inbox.acceptEnds())
    }

    // MARK: One fault

    /// From its beginning, or from where an earlier supervisor stopped, to its end.
    private func run(_ place: Int, by client: HTTPClient) async {
        let fault = faults.fault(place)
        guard let span = span(of: place), let step = faults.course.next(of: place) else { return }
        if step == .begin(place) {
            let wait = clock.now.duration(to: span.start)
            if wait > .zero { try? await Task.sleep(for: wait) }
            guard !Task.isCancelled else { return }
            let began = clock.now
            let complaint = await begin(place, until: span.end, by: client)
            // How far it came nobody knows: whoever goes on does it again.
            guard !Task.isCancelled else { return }
            if let complaint {
                await undo(place, by: client)
                return settle(fault.name, failed: complaint)
            }
            // A link is cut when all have heard of it, a node is gone as soon as it is touched.
            note(.faultStarted(fault.name), at: fault.isOfLinks ? clock.now : began)
        }
        await hold(place, until: span.end, by: client)
        guard !Task.isCancelled else { return }
        let complaint = await heal(place, by: client)
        guard !Task.isCancelled else { return }
        if let complaint {
            settle(fault.name, failed: "it was not healed: \(complaint)")
        } else {
            note(.faultHealed(fault.name), at: clock.now)
        }
    }

    private func note(_ what: Fact.What, at instant: Instant) {
        proceedings?.take(Fact(at: instant, what))
    }

    /// Notes that nobody is to try it again.
    private func settle(_ name: String, failed why: String) {
        faults.complain("fault '\(name)': \(why)")
        note(.faultFailed(name, why: why), at: clock.now)
    }

    /// Nil when it is in force, else why not.
    private func begin(
        _ place: Int,
        until end: Instant?,
        by client: HTTPClient
    ) async -> String? {
        let (deeds, turn) = faults.decide(.begin(place))
        if let complaint = await carryOut(deeds, inTurn: turn) { return complaint }
        guard faults.fault(place).isOfLinks else { return nil }
        let answers = await tell(faults.fault(place).linkOrders, of: place, until: end, by: client)
        for (order, answer) in answers {
            guard case .refused(let why) = answer else { continue }
            return "\(manifest.nodes[order.node].name): \(why)"
        }
        let isHeard = answers.contains { $0.answer == .done }
        return isHeard ? nil : "none of its nodes answers"
    }

    /// What was done of a fault that could not be carried out is taken back as far as that goes.
    private func undo(_ place: Int, by client: HTTPClient) async {
        let (deeds, turn) = faults.decide(.heal(place))
        _ = await carryOut(deeds, inTurn: turn)
        await lift(place, by: client)
    }

    /// Waits for the end of the fault; a node that starts anew meanwhile is told its part again.
    private func hold(_ place: Int, until end: Instant?, by client: HTTPClient) async {
        let fault = faults.fault(place)
        let orders = fault.linkOrders
        while !Task.isCancelled, !faults.ended.contains(fault.name) {
            let now = clock.now
            if let end, end <= now { return }
            let due = orders.filter { order in
                guard let life = life(of: order.node) else { return false }
                return faults.told[place]?[order.node] != life
            }
            for (order, answer) in await tell(due, of: place, until: end, by: client) {
                guard case .refused(let why) = answer else { continue }
                faults.complain(
                    "fault '\(fault.name)': \(manifest.nodes[order.node].name): \(why)"
                )
            }
            let rest = end.map { now.duration(to: $0) } ?? Self.interval
            try? await Task.sleep(for: min(rest, Self.interval))
        }
    }

    /// Which life of a node answers; nil if none does.
    private func life(of node: Int) -> Incarnation? {
        guard let proceedings, proceedings.answering.contains(node) else { return nil }
        return proceedings.snapshots[node]?.node.incarnation
    }

    /// Nil when all that it let go of are well again, else what is still wrong when patience ends.
    private func heal(_ place: Int, by client: HTTPClient) async -> String? {
        let deadline = clock.now.advanced(by: settings.faultPatience)
        let fault = faults.fault(place)
        var (deeds, turn) = faults.decide(.heal(place))
        while true {
            var complaint = await carryOut(deeds, inTurn: turn)
            if complaint == nil {
                deeds = []
                if fault.isOfLinks { await lift(place, by: client) }
                complaint = await flaw(of: place, by: client)
            }
            guard let complaint, !Task.isCancelled else { return nil }
            guard clock.now < deadline else { return complaint }
            try? await Task.sleep(for: min(Self.interval, settings.tick * 2))
            // Others may have done something to the nodes since.
            deeds = faults.course.meant(deeds)
            turn = faults.queue(deeds)
        }
    }

    // MARK: Nodes

    /// Does it when those who came before are done with the nodes; says why it could not.
    private func carryOut(_ deeds: [FaultCourse.Deed], inTurn turn: Int) async -> String? {
        defer { faults.leave(turn) }
        while !faults.isNext(turn) {
            guard !Task.isCancelled else { return nil }
            try? await Task.sleep(for: settings.tick)
        }
        for deed in deeds {
            if let complaint = await carryOut(deed) { return complaint }
        }
        return nil
    }

    private func carryOut(_ deed: FaultCourse.Deed) async -> String? {
        let names = deed.nodes.map { manifest.nodes[$0].name }
        let (act, patience) = (faults.act, settings.faultPatience)
        return await withTaskGroup(of: String?.self) { group in
            group.addTask { await act(deed.act, names) }
            group.addTask {
                try? await Task.sleep(for: patience)
                return "\(deed.act) \(names.joined(separator: ", ")) was not done within "
                    + "\(Quantity.spelled(patience))"
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    /// What keeps a fault from being healed: a node that does not answer, is not well, or still
    /// holds its links.
    private func flaw(of place: Int, by client: HTTPClient) async -> String? {
        let fault = faults.fault(place)
        let nodes = faults.course.released(by: place)
        let rule = fault.isOfLinks ? fault.name : nil
        return await withTaskGroup(of: (Int, String?).self) { group in
            for node in nodes {
                guard proceedings?.answering.contains(node) == true else {
                    return "\(manifest.nodes[node].name) does not answer"
                }
                group.addTask { (node, await self.flaw(of: node, rule: rule, by: client)) }
            }
            for await (node, flaw) in group {
                if let flaw { return "\(manifest.nodes[node].name) \(flaw)" }
            }
            return nil
        }
    }

    private func flaw(of node: Int, rule: String?, by client: HTTPClient) async -> String? {
        guard let site = await site(of: node, client) else { return "has no address" }
        do throws(AdminSite.Silence) {
            if let complaint = try await site.complaint() {
                return "is not healthy: \(complaint.prefix(200))"
            }
        } catch {
            return "does not answer"
        }
        guard let rule else { return nil }
        guard let names = await site.linkNames() else { return "does not say what its links are" }
        return names.contains(rule) ? "still holds its links" : nil
    }

    // MARK: Links

    private func site(of node: Int, _ client: HTTPClient) async -> AdminSite? {
        await directory.address(of: manifest.nodes[node].name).map {
            AdminSite(client: client, address: $0)
        }
    }

    /// Tells nodes their part of a fault of links, all at once.
    ///
    /// They end it by themselves when its time is over, so that it goes even if nobody comes back.
    private func tell(
        _ orders: [LinkOrder],
        of place: Int,
        until end: Instant?,
        by client: HTTPClient
    ) async -> [(order: LinkOrder, answer: AdminSite.LinkAnswer)] {
        guard !orders.isEmpty else { return [] }
        let ids = manifest.nodes.map(\.id)
        let lives = orders.map { life(of: $0.node) }
        let lifetime = end.map { max(clock.now.duration(to: $0), .milliseconds(1)) }
        let (name, token) = (faults.fault(place).name, manifest.adminToken)
        let answers = await withTaskGroup(of: (LinkOrder, AdminSite.LinkAnswer).self) { group in
            for order in orders {
                let body = LinkRuleBody(order, ids: ids, for: lifetime)
                group.addTask {
                    guard let site = await self.site(of: order.node, client) else {
                        return (order, .silent)
                    }
                    return (order, await site.putLinks(name, body, token: token))
                }
            }
            var answers: [(order: LinkOrder, answer: AdminSite.LinkAnswer)] = []
            for await (order, answer) in group { answers.append((order, answer)) }
            return answers.sorted { $0.order.node < $1.order.node }
        }
        // Who was told in a life that is over is told again in the next.
        for ((order, answer), life) in zip(answers, lives) where answer != .silent {
            faults.told[place, default: [:]][order.node] = life
        }
        return answers
    }

    /// Tells all nodes of a fault of links that it is over; who does not hear it ends it by itself.
    private func lift(_ place: Int, by client: HTTPClient) async {
        let (name, token) = (faults.fault(place).name, manifest.adminToken)
        await withDiscardingTaskGroup { group in
            for order in faults.fault(place).linkOrders {
                group.addTask {
                    guard let site = await self.site(of: order.node, client) else { return }
                    _ = await site.deleteLinks(name, token: token)
                }
            }
        }
    }
}
