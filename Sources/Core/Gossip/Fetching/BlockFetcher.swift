package import WarrenChain
package import WarrenObservation
package import WarrenPrimitives
package import WarrenSwitch

/// Fetches the bodies that a node wants from the peers that have them, on channel 0x72.
///
/// ```
///  wanted ──▶ asked of one peer ──▶ StartBatch ──▶ Block: checked against its header ──▶ .body
///                 │   │ silent for showLimit, or not done after requestDuration: asked of another
///                 │   │ peer, too; what holds up all the rest, of as many as there are
///                 │   └ silent for answerLimit: blocksTimeout
///                 └ NoBlocks, or BatchDone before its turn: asked of another peer; if the peer's
///                   candidate still has that range after withdrawalLimit: bodyMissing
/// ```
///
/// Caught up (`deadline`), the peer with the shortest round trip is asked, at once, of those that owe
/// nothing if there are any; behind (`bulkSync`), ranges are spread over the peers, evenly by bytes,
/// several in flight with each so that no round trip is waited for. What a `.send` holds has spent
/// its credit already.
///
/// Sources: O§5.4, O§8.6; limits in flight in the manner of C§8.2's pool.
package struct BlockFetcher: Sendable {
    package struct Settings: Hashable, Sendable {
        /// How many peers one body is asked of at once, when those asked before are slow:
        /// MaxConcurrencyDeadline (O§1.7: 4 in the testnet's template, 2 in cardano-testnet).
        package var deadlineConcurrency = 2
        /// How many peers are asked at once during sync: MaxConcurrencyBulkSync (O§1.7: 1), raised
        /// to about as many as are hot.
        package var bulkConcurrency = 10

        package init() {}
    }

    package enum Input: Hashable, Sendable {
        /// The blocks whose bodies are wanted, all of them, in the order of their urgency; within
        /// it, each chain upwards.
        ///
        /// Need not be told anew for bodies that came, as long as the window lasts: those are not
        /// asked for again.
        case wanted([Header])
        case mode(FetchMode)
        /// The peer acknowledged that it is hot: it may be asked.
        case ready(PeerID)
        /// The peer is to be hot no longer; what it owes is still taken.
        case leaving(PeerID)
        case roundTrip(PeerID, Duration)
        /// A message that is no request.
        case received(BlockMessage, from: PeerID)
        case sendable(PeerID)
        /// The connection is gone.
        case removed(PeerID)
        /// Some peer's candidate is another than before.
        case candidatesChanged
        case deadline
    }

    package enum Effect: Hashable, Sendable {
        case send(PeerID, [UInt8])
        /// The body that this header names, by digest and length; nothing else of it is looked at.
        case body(PeerID, Header, BodyMessage)
        /// The same again, from another peer that was asked, too; it has that many bytes.
        case duplicate(PeerID, Header, bytes: Int)
        case stop(PeerID, CloseReason)
    }

    /// How many of the wanted blocks are looked at.
    package static let windowLimit = 2048
    /// How many requests one peer may owe.
    package static let requestLimit = 8
    /// At how many of them a peer is asked for more, during sync.
    package static let requestLow = 4
    /// Bytes of the bodies of one request, unless it is for one body: so much is lost, or late, when
    /// a peer fails.
    package static let requestByteLimit = 1 << 19
    /// Bytes of the bodies that one peer may owe, unless it owes but one request.
    package static let peerByteLimit = 4 << 20
    /// Bytes of the bodies that all peers may owe, unless it is but one request.
    package static let byteLimit = 16 << 20
    /// How long a peer may be at one request until what it owes is asked of others, too, however
    /// steadily it drips.
    ///
    /// Half a MiB in this time is 52 KB/s, a tenth of what a peer may send.
    package static let requestDuration: Duration = .seconds(10)

    package var settings: Settings
    var mode = FetchMode.bulkSync
    var wanted: ArraySlice<Header> = []
    var suppliers = Roster<PeerID, Supplier>()
    /// Who owes each body that is not here yet.
    var holders: [Hash: [PeerID]] = [:]
    /// Bodies that came since we were told what is wanted, some of them perhaps no longer so.
    var arrived: Set<Hash> = []
    /// What all suppliers owe.
    var byteCount = 0
    /// No later than the soonest deadline of any peer.
    private var soon: Instant?

    /// What one peer owes.
    struct Supplier: Hashable {
        var isReady = false
        var roundTrip: Duration?
        var requests: [Request] = []
        /// Bytes of the bodies that are in `requests` and did not come yet.
        var byteCount = 0
        /// Since when it has been owing without a word.
        var silentSince = Instant.epoch
        /// Since when the first request has been the first.
        var busySince = Instant.epoch
        /// It took too long for its last request: during sync it is asked for one thing at a time.
        var isLaggard = false
        var refusals: [Refusal] = []
        /// It broke a rule and is being stopped.
        var isOver = false
    }

    struct Request: Hashable {
        /// Each the successor of the one before.
        let headers: [Header]
        var arrivedCount = 0
        var isStarted = false
    }

    /// Bodies that the peer said it does not have.
    struct Refusal: Hashable {
        let headers: ArraySlice<Header>
        /// The last header of the range that was asked for: with it gone from the peer's chain, there
        /// was no such range.
        let last: Header
        /// Until when the peer may show it all the same.
        let until: Instant
    }

    package init(settings: Settings = Settings()) { self.settings = settings }

    package var nextDeadline: Instant? { soon }

    /// How many bodies are being waited for.
    package var owedCount: Int { holders.count }

    package mutating func handle(
        _ input: Input,
        candidates: Roster<PeerID, Candidate>,
        now: Instant,
        credit: inout Credit,
        into effects: inout [Effect]
    ) {
        switch input {
        case .wanted(let headers):
            wanted = headers.prefix(Self.windowLimit)
            if !arrived.isEmpty { arrived.formIntersection(wanted.map(\.id)) }
        case .mode(let mode): self.mode = mode
        case .ready(let peer): suppliers[peer, default: Supplier()].isReady = true
        case .leaving(let peer): _ = suppliers.update(peer) { $0.isReady = false }
        case .roundTrip(let peer, let duration):
            suppliers[peer, default: Supplier()].roundTrip = duration
            return
        case .received(let message, let peer):
            receive(message, peer, candidates, now: now, into: &effects)
        case .sendable: break
        case .removed(let peer):
            release(peer)
            suppliers.remove(peer)
        case .candidatesChanged: forgive(candidates)
        case .deadline:
            guard let due = soon, due <= now else { return }
            soon = nil
            blame(candidates, now: now, into: &effects)
        }
        decide(candidates, now: now, credit: &credit, into: &effects)
    }

    // MARK: - Rows

    /// Nothing more is awaited of the peer.
    private mutating func release(_ peer: PeerID) {
        guard let supplier = suppliers[peer] else { return }
        for request in supplier.requests {
            for header in request.headers[request.arrivedCount...] { drop(header, of: peer) }
        }
        byteCount -= supplier.byteCount
        _ = suppliers.update(peer) { supplier in
            supplier.requests = []
            supplier.byteCount = 0
            supplier.refusals = []
        }
    }

    /// The peer does not owe that body any more.
    mutating func drop(_ header: Header, of peer: PeerID) {
        guard var rest = holders[header.id] else { return }
        rest.removeAll { $0 == peer }
        holders[header.id] = rest.isEmpty ? nil : rest
    }

    mutating func fail(_ peer: PeerID, _ reason: CloseReason, into effects: inout [Effect]) {
        release(peer)
        _ = suppliers.update(peer) { supplier in
            supplier.isReady = false
            supplier.isOver = true
        }
        effects.append(.stop(peer, reason))
    }

    mutating func touch(_ peer: PeerID, now: Instant) {
        soon = soonest(soon, suppliers[peer]?.nextDeadline(now: now))
    }

    // MARK: - Time

    /// Drops refusals of blocks that their peers do not show any more: all is well with those.
    private mutating func forgive(_ candidates: Roster<PeerID, Candidate>) {
        for peer in suppliers.ids where suppliers[peer]?.refusals.isEmpty == false {
            let candidate = candidates[peer]
            _ = suppliers.update(peer) { supplier in
                supplier.refusals.removeAll { candidate?.contains($0.last) != true }
            }
        }
    }

    /// Ends those who were silent for too long, or show what they say they do not have.
    private mutating func blame(
        _ candidates: Roster<PeerID, Candidate>,
        now: Instant,
        into effects: inout [Effect]
    ) {
        forgive(candidates)
        for peer in suppliers.ids {
            guard let supplier = suppliers[peer], !supplier.isOver else { continue }
            if !supplier.requests.isEmpty,
                supplier.silentSince.advanced(by: EarlyAnnouncement.answerLimit) <= now
            {
                fail(peer, .blocksTimeout, into: &effects)
            } else if let refusal = supplier.refusals.first, refusal.until <= now {
                fail(peer, .bodyMissing, into: &effects)
            }
            touch(peer, now: now)
        }
    }
}

extension BlockFetcher.Supplier {
    /// Whether what it owes may be asked of others, too.
    func isSlow(now: Instant) -> Bool {
        isLate(now: now)
            || !requests.isEmpty && silentSince.advanced(by: EarlyAnnouncement.showLimit) <= now
    }

    /// Whether it has been at its first request for too long.
    func isLate(now: Instant) -> Bool {
        !requests.isEmpty && busySince.advanced(by: BlockFetcher.requestDuration) <= now
    }

    func nextDeadline(now: Instant) -> Instant? {
        guard !isOver else { return nil }
        var soon = refusals.first?.until
        if !requests.isEmpty {
            let limit =
                isSlow(now: now) ? EarlyAnnouncement.answerLimit : EarlyAnnouncement.showLimit
            soon = soonest(soon, silentSince.advanced(by: limit))
            if !isLate(now: now) {
                soon = soonest(soon, busySince.advanced(by: BlockFetcher.requestDuration))
            }
        }
        return soon
    }
}
