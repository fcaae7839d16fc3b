import WarrenChain
import WarrenPrimitives

// MARK: - What one follower is told

extension ChainServer.Follower {
    /// Whether anything would be lost by forgetting it.
    var isNeeded: Bool { isRaised || !searches.isEmpty }

    /// Annuls what was granted.
    mutating func forget() {
        grant = 0
        isParked = false
    }

    mutating func lower() {
        isRaised = false
        forget()
    }

    /// The chain went back to `point`.
    mutating func goBack(to point: Point) {
        switch pointer {
        case .at(let place), .rewinding(let place):
            if place.height > point.height { pointer = .rewinding(to: point) }
        }
        for index in searches.indices {
            if case .found(let found, let place) = searches[index], place.height > point.height {
                searches[index] = .found(found, from: point)
            }
        }
    }

    /// Goes as far as credit and memory allow.
    mutating func advance(_ chain: some ChainReading, _ line: inout ChainServer.Line) {
        while !searches.isEmpty {
            guard search(chain, &line) else { return }
        }
        while grant > 0, line.hasCredit() {
            switch pointer {
            case .rewinding(let point):
                line.send(ChainMessage.rollBackward(point, tip: chain.tip).bytes)
                replied(.at(point))
            case .at(let point) where point.height >= chain.shown.height:
                if !isParked { line.send(ChainMessage.awaitReply.bytes) }
                isParked = true
                return
            case .at(let point) where point.height < chain.anchor.height:
                return load(after: point, chain, &line)
            case .at(let point):
                let headers = headers(after: point, chain)
                guard let last = headers.last else { return }
                let encodings = headers.map(\.encoding)
                line.send(ChainMessage.rollForward(encodings: encodings, tip: chain.tip))
                replied(.at(last.point))
            }
        }
    }

    private mutating func replied(_ next: ChainServer.Pointer) {
        pointer = next
        grant -= 1
        isParked = false
    }

    /// As many headers as one message holds.
    private func headers(after point: Point, _ chain: some ChainReading) -> [Header] {
        var headers: [Header] = []
        var size = 0
        var height = point.height + 1
        while let header = chain.header(at: height) {
            size += ChainMessage.bytes(ofHeader: header.encoding)
            guard size <= ChainMessage.headersByteLimit else { break }
            headers.append(header)
            height += 1
        }
        return headers
    }

    // MARK: - Below the anchor

    private mutating func load(
        after point: Point,
        _ chain: some ChainReading,
        _ line: inout ChainServer.Line
    ) {
        guard reading == nil else { return }
        let range = StoreRange(
            .header,
            from: headerKey(at: point.height + 1),
            through: headerKey(at: chain.anchor.height),
            rowLimit: ChainServer.loadRowLimit,
            byteLimit: ChainMessage.headersByteLimit
        )
        read(range, for: .headers(after: point), &line)
    }

    private mutating func read(
        _ range: StoreRange,
        for purpose: ChainServer.Reading.Purpose,
        _ line: inout ChainServer.Line
    ) {
        reading = ChainServer.Reading(id: line.load(range), purpose: purpose)
    }

    /// Uses what was read, if it is still of use; answers false when it cannot be right.
    mutating func take(
        _ rows: [StoreChange],
        for purpose: ChainServer.Reading.Purpose,
        _ chain: some ChainReading,
        _ line: inout ChainServer.Line
    ) -> Bool {
        switch purpose {
        case .row(let point):
            guard case .looking(var points) = searches.first, points.first == point else {
                return true
            }
            let header = rows.first?.value.flatMap { try? Header($0) }
            if header?.point == point {
                searches[0] = .found(point, from: point)
            } else {
                points.removeFirst()
                searches[0] = .looking(points)
            }
            return true
        case .headers(let point):
            guard searches.isEmpty, grant > 0, pointer == .at(point), line.hasCredit() else {
                return true
            }
            let encodings = Self.fitting(rows)
            guard let encoding = encodings.last, let last = try? Header(encoding),
                last.height == point.height + UInt64(encodings.count)
            else { return false }
            line.send(ChainMessage.rollForward(encodings: encodings, tip: chain.tip))
            replied(.at(last.point))
            return true
        }
    }

    /// The first rows, as many as one message holds: a reading ends after the row that fills it.
    private static func fitting(_ rows: [StoreChange]) -> [[UInt8]] {
        var encodings: [[UInt8]] = []
        var size = 0
        for case .some(let encoding) in rows.map(\.value) {
            size += ChainMessage.bytes(ofHeader: encoding)
            guard size <= ChainMessage.headersByteLimit else { break }
            encodings.append(encoding)
        }
        return encodings
    }

    // MARK: - Intersections

    /// Looks for the first search's points, one after the other; true when it was answered.
    private mutating func search(
        _ chain: some ChainReading,
        _ line: inout ChainServer.Line
    ) -> Bool {
        while case .looking(let points) = searches.first {
            guard let point = points.first else {
                searches[0] = .notFound
                break
            }
            switch point == .origin ? true : chain.contains(point) {
            case true?: searches[0] = .found(point, from: point)
            case false?: searches[0] = .looking(Array(points.dropFirst()))
            case nil:
                if reading == nil {
                    let key = headerKey(at: point.height)
                    let row = StoreRange(.header, from: key, through: key, rowLimit: 1)
                    read(row, for: .row(point), &line)
                }
                return false
            }
        }
        guard line.hasCredit(), let search = searches.first else { return false }
        switch search {
        case .looking: return false
        case .found(let point, let place):
            line.send(ChainMessage.intersectFound(point, tip: chain.tip).bytes)
            pointer = .rewinding(to: place)
        case .notFound: line.send(ChainMessage.intersectNotFound(tip: chain.tip).bytes)
        }
        searches.removeFirst()
        return true
    }
}
