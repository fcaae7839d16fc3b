import WarrenPrimitives

extension KeyedHash {
    /// The hash of four integers.
    ///
    /// For the buckets of the address book: fixed fields cannot run into each other.
    func value(_ first: (UInt64, UInt64), _ second: (UInt64, UInt64)) -> UInt64 {
        self((first.0, first.1, second.0, second.1))
    }

    func value(of id: NodeID) -> UInt64 { self(id.bytes) }

    /// The hash of a printed address's parts (C§6.2).
    func value(of address: PeerAddress) -> UInt64 {
        var bytes = address.id.bytes
        bytes.append(address.socket.ip.high)
        bytes.append(address.socket.ip.low)
        bytes.append(UInt64(address.socket.port))
        return self(bytes)
    }
}

extension [UInt8] {
    /// Eight bytes, most significant first.
    fileprivate mutating func append(_ word: UInt64) {
        // Eight bytes, for the time of the call; added in one go.
        unsafe Swift.withUnsafeBytes(of: word.bigEndian) { unsafe append(contentsOf: $0) }
    }
}

extension AddressGroup {
    /// Two integers that differ whenever the groups do.
    var words: (UInt64, UInt64) {
        switch self {
        case .local: (0, 0)
        case .unroutable: (1, 0)
        case .v4(let bits): (2, UInt64(bits))
        case .v6(let ip): (3, ip.high)
        case .onion(let bits): (4, UInt64(bits))
        }
    }
}
