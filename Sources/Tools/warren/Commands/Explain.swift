import ArgumentParser
import WarrenCollector
import WarrenEngines
import WarrenGenerator
import WarrenNIO
import WarrenObservation
import WarrenPrimitives
import WarrenReport
import WarrenScenario

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a peer of a node is what it is, now or at any time of the run.",
        discussion: """
            A peer is named by its node's name, by four or more digits of its node id, or by \
            host:port. Exits with 2 if the node never told of it.

            Examples:
              warren explain relay-1 relay-3
              warren explain relay-1 relay-3 --at 42s
              warren explain relay-1 4dad1f --run starter --format json
            """
    )

    @Argument(help: "The node whose peer it is.")
    var node: String

    @Argument(help: ArgumentHelp("The peer.", valueName: "peer"))
    var peer: String

    @Option(
        help: ArgumentHelp(
            "When, counted from the instant at which all nodes were healthy; else now, or the "
                + "run's end.",
            valueName: "duration"
        )
    )
    var at: String?

    @OptionGroup var run: RunOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        let duration = try at.map(Self.duration)
        let found = try await run.find()
        let explanation: PeerExplanation
        do {
            let inquiry = try await Inquiry(of: found, node: node, isLive: duration == nil)
            defer { inquiry.recording?.close() }
            explanation = try await inquiry.explanation(of: peer, at: duration)
        } catch let error as PeerSubjectError {
            throw Exit.fail(Exit.usage, "\(error)")
        } catch let flaw as RecordingFlaw {
            throw Exit.fail(Exit.lost, "\(flaw)")
        }
        try output.json(explanation)
        for line in ExplanationText(explanation).lines(paint: output.paint) { output.text(line) }
        if explanation.acquaintance == .never { throw ExitCode(Exit.unknown) }
    }

    /// Zero is a point of the run like others.
    private static func duration(_ text: String) throws -> Duration {
        guard let duration = Quantity.duration(text), duration <= Expectation.durationLimit else {
            throw ValidationError("'\(text)' is no duration: expected one as 42s, 2m or 500ms")
        }
        return duration
    }
}

/// All that can be asked about one node of a run: its recording, and the node if it answers.
private struct Inquiry {
    let node: String
    let number: Int
    let population: Population
    let run: Run
    let recording: Recording?
    let span: Recording.Span?
    /// Nil if it does not answer, or is not to be asked.
    var live: Live?

    struct Live {
        var client: NodeClient
        var snapshot: Snapshot
        var complaint: String?
    }

    init(of run: Run, node: String, isLive: Bool) async throws {
        self.run = run
        self.node = node
        population = run.manifest.population
        guard let number = population.number(named: node) else {
            let near = nearest(to: node, among: population.nodes.map(\.name))
            throw PeerSubjectError.unknownNode(node, nearest: near)
        }
        self.number = number
        let isRunning = await !run.engine.aliveNames().isEmpty
        let path = run.directory.recording
        let hasRecording = FilePresence.isFile(path)
        if isRunning, isLive {
            live = await Self.ask(node, of: run)
            if live == nil, hasRecording {
                Terminal.printError("warren: \(node) does not answer: from the recording alone")
            }
        }
        guard hasRecording || live != nil else {
            throw Exit.fail(
                Exit.lost,
                "\(node) does not answer and \(run.manifest.name) has no recording: `warren up` first"
            )
        }
        // Whoever runs it writes it too.
        let recording =
            hasRecording
            ? isRunning ? try Recording(reading: path) : try Recording(path: path) : nil
        self.recording = recording
        span = try recording?.span()
    }

    private static func ask(_ node: String, of run: Run) async -> Live? {
        guard let address = await run.engine.adminAddresses()[node] else { return nil }
        let client = NodeClient(address: address)
        let complaint = await client.complaint()
        guard let snapshot = try? await client.snapshot() else { return nil }
        return Live(client: client, snapshot: snapshot, complaint: complaint)
    }

    func explanation(of peer: String, at duration: Duration?) async throws -> PeerExplanation {
        let subject = try PeerSubject.resolve(
            node: node,
            peer: peer,
            among: population,
            known: try references(beside: peer)
        ).peer
        var explainer = PeerExplainer(subject, targets: population.nodes[number].targets)
        let end = try duration.map { try instant(at: $0) }
        let last = try recording?.explain(
            &explainer,
            node: number,
            until: end ?? .distantFuture
        )
        var now = end ?? span?.endsAt ?? .epoch
        if let live {
            now = max(last ?? .epoch, live.snapshot.takenAt)
            try await catchUp(&explainer, with: live, at: now)
        }
        return explainer.explanation(of: node, at: now, zero: span?.origin)
    }

    /// Who goes by something else than a declared name.
    private func references(beside peer: String) throws -> [PeerReference] {
        guard population.number(named: peer) == nil else { return [] }
        let rows = live?.snapshot.peers ?? []
        return (try recording?.references(of: number) ?? [])
            + rows.map { PeerReference(peer: $0.peer, id: $0.id, address: $0.address) }
    }

    private func instant(at duration: Duration) throws -> Instant {
        guard let span else {
            throw Exit.fail(
                Exit.usage,
                "\(run.manifest.name) has no recording to look back in: leave --at out"
            )
        }
        let instant = span.origin.advanced(by: duration)
        guard instant <= span.endsAt else {
            let length = DurationText.point(span.origin.duration(to: span.endsAt))
            throw Exit.fail(
                Exit.usage,
                "--at \(DurationText.point(duration)) is after the end of the recording: expected "
                    + "at most \(length)"
            )
        }
        return instant
    }

    /// What the node told since the recording's last word, then how it is now.
    private func catchUp(
        _ explainer: inout PeerExplainer,
        with live: Live,
        at now: Instant
    ) async throws {
        let life = live.snapshot.node.incarnation.number
        let known = explainer.position.flatMap { $0.incarnation == life ? $0 : nil }
        let start = known?.next ?? EventPosition(incarnation: life, sequence: 1)
        // Without them the snapshot still tells how things are.
        let lines = (try? await live.client.events(from: start)) ?? []
        for line in lines {
            switch line {
            case .gap: explainer.take(.gap, at: now)
            case .event(let event):
                guard event.incarnation == life, event.sequence <= live.snapshot.sequence else {
                    continue
                }
                explainer.take(.event(event), at: min(event.at, now))
            }
        }
        explainer.take(live.complaint == nil ? .healthy : .unhealthy, at: now)
        explainer.take(.snapshot(live.snapshot), at: now)
    }
}
