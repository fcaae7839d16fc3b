import WarrenChain
import WarrenPrimitives

// MARK: - What one client is given

extension BlockServer.Client {
    /// What to do about the first request.
    private enum Step {
        case goOn
        /// Nothing more before something happens.
        case wait
        /// There is nothing more for it.
        case finish
    }

    /// Goes as far as credit, memory and what is on its way allow.
    mutating func advance(_ chain: some ChainReading, _ line: inout BlockServer.Line) {
        while !requests.isEmpty, line.hasCredit() {
            switch step(chain, &line) {
            case .goOn: break
            case .wait: return
            case .finish:
                let last: BlockMessage = requests[0].isStarted ? .batchDone : .noBlocks
                guard line.send(last.bytes) else { return }
                requests.removeFirst()
                keepWanted()
            }
        }
    }

    private mutating func step(
        _ chain: some ChainReading,
        _ line: inout BlockServer.Line
    ) -> Step {
        if requests[0].isGone { return .finish }
        return requests[0].isNamed ? serve(chain, &line) : name(chain, &line)
    }

    // MARK: - Which blocks they are

    /// Names the blocks of the first request's range: from memory above the anchor, from the store
    /// below.
    private mutating func name(
        _ chain: some ChainReading,
        _ line: inout BlockServer.Line
    ) -> Step {
        guard reading == nil else { return .wait }
        let request = requests[0]
        guard request.to.height <= chain.shown.height else { return .finish }
        let height = request.from.height + UInt64(request.points.count)
        guard height > chain.anchor.height else {
            let range = StoreRange(
                .header,
                from: headerKey(at: height),
                through: headerKey(at: min(request.to.height, chain.anchor.height)),
                rowLimit: BlockMessage.rangeLimit
            )
            read(range, for: .headers(height), &line)
            return .wait
        }
        var points = request.points
        for height in height...request.to.height {
            guard let header = chain.header(at: height) else { return .finish }
            points.append(header.point)
        }
        guard points.first == request.from, points.last == request.to else { return .finish }
        requests[0].points = points
        return .goOn
    }

    /// Takes header rows for the first request; with rows that do not fit, it is over.
    mutating func take(headers rows: [StoreChange], from height: UInt64) {
        guard var request = requests.first, !request.isNamed,
            height == request.from.height + UInt64(request.points.count)
        else { return }
        for (index, row) in rows.enumerated() {
            guard let header = row.value.flatMap({ try? Header($0) }),
                header.height == height + UInt64(index)
            else { break }
            request.points.append(header.point)
        }
        let isWrong =
            request.points.first != request.from
            || request.isNamed
                && request.points.last != request.to
        request.isGone = rows.isEmpty || isWrong
        requests[0] = request
    }

    private mutating func read(
        _ range: StoreRange,
        for purpose: BlockServer.Reading.Purpose,
        _ line: inout BlockServer.Line
    ) {
        reading = BlockServer.Reading(id: line.load(range), purpose: purpose)
    }

    // MARK: - Their bodies

    private mutating func serve(
        _ chain: some ChainReading,
        _ line: inout BlockServer.Line
    ) -> Step {
        let request = requests[0]
        guard request.sentCount < request.points.count else { return .finish }
        let point = request.points[request.sentCount]
        switch chain.body(of: point) {
        case .held(let message): return send(message, &line)
        case .awaited: return isRaised ? .wait : .finish
        case .unknown: return .finish
        case .stored: break
        }
        if let row = rows.first, row.key == bodyKey(of: point), let body = row.value {
            return send(BodyMessage(body: body).bytes, &line)
        }
        guard reading == nil else { return .wait }
        // What was read begins further up: this one is missing.
        guard rows.isEmpty else { return .finish }
        guard line.mayLoad else {
            line.wantsLoad = true
            return .wait
        }
        guard let range = wantedRows(of: request, chain) else { return .finish }
        read(range, for: .bodies(range.from), &line)
        holdsLoad = true
        return .wait
    }

    /// Sends a body, and what goes before the first of a range.
    private mutating func send(_ message: [UInt8], _ line: inout BlockServer.Line) -> Step {
        if !requests[0].isStarted {
            guard line.send(BlockMessage.startBatch.bytes) else { return .wait }
            requests[0].isStarted = true
            return .goOn
        }
        guard line.send(message) else { return .wait }
        requests[0].sentCount += 1
        keepWanted()
        return .goOn
    }

    /// The rows from the next body on to the last of the request that are in the store.
    private func wantedRows(
        of request: BlockServer.Request,
        _ chain: some ChainReading
    ) -> StoreRange? {
        let rest = request.points[request.sentCount...]
        let stored = rest.prefix { chain.body(of: $0) == .stored }
        guard let first = stored.first.flatMap(bodyKey), let last = stored.last.flatMap(bodyKey)
        else { return nil }
        return StoreRange(
            .body,
            from: first,
            through: last,
            byteLimit: BlockServer.loadByteLimit
        )
    }

    /// The key of the body that is to be sent next.
    private var nextKey: [UInt8]? {
        guard let request = requests.first, request.sentCount < request.points.count else {
            return nil
        }
        return bodyKey(of: request.points[request.sentCount])
    }

    /// Takes rows of bodies for the first request; without the one that was asked for, it is over.
    mutating func take(bodies rows: [StoreChange], from key: [UInt8]) {
        self.rows = rows[...]
        if nextKey == key, rows.first?.key != key { requests[0].isGone = true }
        keepWanted()
    }

    /// Drops rows before the next one that is wanted, bodies of forks among them; with none left,
    /// others may read.
    private mutating func keepWanted() {
        if let key = nextKey {
            while let row = rows.first, row.key.lexicographicallyPrecedes(key) {
                rows.removeFirst()
            }
        } else {
            rows = []
        }
        holdsLoad = !rows.isEmpty || reading.map(\.isOfBodies) ?? false
    }
}

extension BlockServer.Reading {
    fileprivate var isOfBodies: Bool {
        switch purpose {
        case .headers: false
        case .bodies: true
        }
    }
}
