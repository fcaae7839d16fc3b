import Foundation
package import WarrenObservation
package import WarrenPrimitives
package import WarrenScenario

/// Follows every node of a run, records it, and judges it while it goes on.
///
/// Started again on the same recording it goes on where that ends. Source: design §12, §17.11.
package actor Supervisor {
    let manifest: NetworkManifest
    private let expectations: [Expectation]
    private let path: String?
    let settings: Settings
    var faults: FaultHand
    private let news: News?
    let directory: AdminDirectory
    let clock = ObserverClock()
    private let inbox = Inbox()
    var proceedings: Proceedings?
    private var heardAt: Instant
    let submit: Submit
    /// How each of the manifest's loads stands.
    package internal(set) var loads: [LoadTally]
    /// When t = 0 was, if that is from an earlier supervision of the run.
    private(set) var earlierZero: Instant?

    /// Gives a node, by its admin address, an opaque transaction.
    package typealias Submit = @Sendable (String, [UInt8]) async -> Admittance

    /// What is known by now of the faults of a run that somebody else supervises, all of it.
    package typealias News = @Sendable () async -> [Fact]

    /// Facts that wait for the first word of every node before there is no waiting any more.
    private static let waitingLimit = 100_000

    package struct Settings: Hashable, Sendable {
        /// How long to look from t = 0, the instant at which all nodes were healthy; nil: until
        /// cancelled.
        package var until: Duration?
        /// Whether to end as soon as nothing is open.
        package var endsWhenDecided = false
        /// Whether being cancelled is the run's proper end, so that what was to hold to it held.
        package var endIsProper = false
        /// How long a fact waits for earlier ones of other nodes.
        package var reordering: Duration = .milliseconds(250)
        /// Between two steps of the judge and writes to the recording.
        package var tick: Duration = .milliseconds(50)
        /// Between two looks of `sql:` expectations at the recording.
        package var queryInterval: Duration = .milliseconds(500)
        /// How long all nodes may be silent before the network counts as lost.
        package var silence: Duration = .seconds(5)
        /// How long to wait for the first word of every node before the first is judged.
        package var gathering: Duration = .seconds(3)
        /// How long a fault may take to be carried out, and again to be undone until all are well.
        package var faultPatience: Duration = .seconds(30)
        package var following = NodeFollower.Settings()

        package init() {}
    }

    package struct Outcome: Hashable, Sendable {
        /// One for each expectation, in their order.
        package var verdicts: [Verdict]
        /// Not one node answered any more.
        package var isLost = false
        package var conduct: Conduct
        /// t = 0; nil if never all nodes were healthy.
        package var zero: Instant?
        /// What became of the transactions of each of the manifest's loads.
        package var loads: [LoadTally]

        package init(
            verdicts: [Verdict],
            isLost: Bool = false,
            conduct: Conduct,
            zero: Instant?,
            loads: [LoadTally] = []
        ) {
            self.loads = loads
            self.verdicts = verdicts
            self.isLost = isLost
            self.conduct = conduct
            self.zero = zero
        }
    }

    /// `recording` is where `warren.sqlite` is or shall be; without one a file is used that is
    /// removed at the end.
    ///
    /// `faults` carries out the scenario's faults; without it nothing is disturbed, and `news` tells
    /// of what others do. `addresses` says where each node's admin port is, by name; `submit` carries
    /// the scenario's load.
    package init(
        manifest: NetworkManifest,
        expectations: [Expectation],
        recording: String?,
        settings: Settings = Settings(),
        faults: FaultHand? = nil,
        news: News? = nil,
        addresses: @escaping @Sendable () async -> [String: String],
        submit: @escaping Submit = { _, _ in .unanswered }
    ) {
        self.manifest = manifest
        self.submit = submit
        loads = (manifest.loads ?? []).map { _ in LoadTally() }
        self.expectations = expectations
        self.settings = settings
        self.faults = faults ?? .none
        self.news = news
        path = recording
        directory = AdminDirectory(addresses)
        heardAt = clock.now
    }

    /// The newest snapshot of every node that answers, by name.
    package var snapshots: [String: Snapshot] {
        var found: [String: Snapshot] = [:]
        for (number, snapshot) in proceedings?.snapshots ?? [:] {
            found[manifest.nodes[number].name] = snapshot
        }
        return found
    }

    package var healthyCount: Int { proceedings?.healthyCount ?? 0 }

    /// When all nodes were healthy for the first time.
    package var zero: Instant? { proceedings?.judge.network.zero }

    /// Supervises until told to end by cancelling, or by the settings.
    ///
    /// - Parameters:
    ///   - each: Hears of every verdict when it is decided, by the expectation's number.
    ///   - progress: Hears how many nodes are healthy whenever that changes.
    /// - Returns: What became of every expectation.
    /// - Throws: When there is no judging it: a name or query that means nothing, a bad recording.
    package func run(
        each: @Sendable (Int, Verdict) -> Void = { _, _ in },
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(SupervisionFailure) -> Outcome {
        let (recording, isTemporary) = try open()
        defer {
            recording.close()
            if isTemporary { Self.remove(recording.path) }
        }
        let positions = try resume(recording)
        try await check(recording)
        let result = await withTaskGroup(of: Void.self) { group in
            let followers = followers(from: positions)
            for follower in followers { group.addTask { await follower.run() } }
            group.addTask { await self.answerQueries(on: recording) }
            group.addTask { await self.carryLoads() }
            group.addTask { await self.carryOutFaults() }
            group.addTask { await self.hearNews() }
            let result = await proceed(
                with: followers,
                on: recording,
                each: each,
                progress: progress
            )
            inbox.close()
            group.cancelAll()
            return result
        }
        return try result.get()
    }

    // MARK: Beginning

    private func open() throws(SupervisionFailure) -> (Recording, isTemporary: Bool) {
        let place =
            path
            ?? FileManager.default.temporaryDirectory
            .appending(path: "warren-\(UUID().uuidString).sqlite").path(percentEncoded: false)
        do {
            return (try Recording(path: place), path == nil)
        } catch {
            throw .recording(error)
        }
    }

    private static func remove(_ path: String) {
        for suffix in ["", "-wal", "-shm"] {
            try? FileManager.default.removeItem(atPath: path + suffix)
        }
    }

    /// Goes through what is recorded already; says where each node's events go on.
    private func resume(
        _ recording: Recording
    ) throws(SupervisionFailure) -> [Int: EventPosition] {
        var judge: Judge
        do {
            judge = try Judge(
                expectations,
                of: manifest.population,
                faults: manifest.faults ?? [],
                liveness: manifest.liveness
            )
        } catch {
            throw .expectation(error)
        }
        do {
            try recording.begin(manifest, at: clock.now)
            var last = Instant(nanoseconds: .min)
            try recording.forEachFact { fact in
                judge.take(fact)
                faults.resume(fact)
                last = max(last, fact.at)
            }
            var open = Recording.Batch()
            open.verdicts = expectations.enumerated().map { .init($0, $1, nil, at: nil) }
            try recording.write(open)
            proceedings = Proceedings(judge, liveness: manifest.liveness, horizon: last)
            earlierZero = zero
            for (name, why) in faults.resume(of: manifest.population) {
                proceedings?.take(Fact(at: clock.now, .faultFailed(name, why: why)))
            }
            return try recording.positions()
        } catch {
            throw .recording(error)
        }
    }

    private var queries: [String] {
        var found: [String] = []
        for expectation in expectations {
            if case .query(let sql) = expectation.claim, !found.contains(sql) { found.append(sql) }
        }
        return found
    }

    /// Refuses queries that cannot be run before anything is judged by them.
    private func check(_ recording: Recording) async throws(SupervisionFailure) {
        for sql in queries {
            do {
                _ = try await recording.truth(of: sql)
            } catch {
                guard case .badQuery = error else { continue }
                throw .query(sql, error)
            }
        }
    }

    private func followers(from positions: [Int: EventPosition]) -> [NodeFollower] {
        let directory = directory
        return manifest.nodes.enumerated().map { number, node in
            let name = node.name
            return NodeFollower(
                number: number,
                id: node.id,
                after: positions[number],
                settings: settings.following,
                clock: clock,
                address: { await directory.address(of: name) },
                inbox: inbox
            )
        }
    }

    // MARK: Going on

    /// Takes in what somebody else's supervisor does to the network.
    private func hearNews() async {
        guard let news else { return }
        var count = 0
        while !Task.isCancelled {
            let facts = await news()
            for fact in facts.dropFirst(count) { proceedings?.take(fact) }
            count = max(count, facts.count)
            try? await Task.sleep(for: Self.newsInterval)
        }
    }

    private static let newsInterval: Duration = .milliseconds(100)

    private func answerQueries(on recording: Recording) async {
        guard !queries.isEmpty else { return }
        while !Task.isCancelled {
            for sql in queries {
                let answer = try? await recording.truth(of: sql)
                guard !Task.isCancelled else { return }
                proceedings?.take(answer: answer, to: sql, at: clock.now)
            }
            try? await Task.sleep(for: settings.queryInterval)
        }
    }

    private func proceed(
        with followers: [NodeFollower],
        on recording: Recording,
        each: @Sendable (Int, Verdict) -> Void,
        progress: @Sendable (Int) -> Void
    ) async -> Result<Outcome, SupervisionFailure> {
        let began = clock.now
        heardAt = began
        var isGathered = false
        var isLost = false
        var healthy = -1
        var end: Instant?
        do {
            while !Task.isCancelled {
                try? await Task.sleep(for: settings.tick)
                let now = clock.now
                takeFindings(at: now)
                if !isGathered {
                    isGathered = await areSettled(followers)
                    let isFull = proceedings.map { $0.waitingCount > Self.waitingLimit } ?? false
                    if isFull || began.advanced(by: settings.gathering) < now { isGathered = true }
                }
                guard isGathered else { continue }
                // Time stands still at the past's end until it is really over.
                var horizon = now.advanced(by: .zero - settings.reordering)
                if let deadline { horizon = min(horizon, deadline) }
                try record(proceedings?.proceed(to: horizon), on: recording, each: each)
                if healthy != healthyCount {
                    healthy = healthyCount
                    progress(healthy)
                }
                if settings.endsWhenDecided, proceedings?.judge.isDecided == true { break }
                isLost = heardAt.advanced(by: settings.silence) < now
                if isLost { break }
                if let deadline, deadline <= horizon {
                    end = horizon
                    break
                }
            }
            let end = end ?? clock.now
            takeFindings(at: clock.now)
            let isComplete = !isLost && (settings.endIsProper || !Task.isCancelled)
            let last = proceedings?.finish(at: end, isComplete: isComplete)
            try record(last, on: recording, each: each)
            try recording.end(at: end)
            let verdicts = proceedings?.judge.verdicts.compactMap(\.self) ?? []
            return .success(
                Outcome(
                    verdicts: verdicts,
                    isLost: isLost,
                    conduct: proceedings?.judge.network.conduct ?? Conduct(),
                    zero: zero,
                    loads: loads
                )
            )
        } catch {
            return .failure(.recording(error))
        }
    }

    /// When the run is over, if that is settled.
    private var deadline: Instant? {
        guard let until = settings.until, let zero else { return nil }
        return zero.advanced(by: until)
    }

    private func areSettled(_ followers: [NodeFollower]) async -> Bool {
        for follower in followers where await !follower.isSettled { return false }
        return true
    }

    private func takeFindings(at now: Instant) {
        for (node, finding) in inbox.drain() { proceedings?.take(finding, of: node) }
        if proceedings?.answering.isEmpty == false { heardAt = now }
    }

    private func record(
        _ step: Proceedings.Step?,
        on recording: Recording,
        each: @Sendable (Int, Verdict) -> Void
    ) throws(RecordingFlaw) {
        guard let step else { return }
        try recording.write(step.batch)
        for (number, verdict) in step.decided { each(number, verdict) }
    }
}
