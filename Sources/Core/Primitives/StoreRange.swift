/// Rows of one space that a machine wants to read, by key.
///
/// The answer holds at most ``rowLimit`` rows and stops after the row with which their values reach
/// ``byteLimit``; who needs more asks again behind the last key. Source: design §17.9.
package struct StoreRange: Hashable, Sendable {
    package var space: StoreSpace
    /// The least key wanted.
    package var from: [UInt8]
    /// The greatest key wanted.
    package var through: [UInt8]
    /// Greatest keys first.
    package var isDescending: Bool
    /// At most 10,000.
    package var rowLimit: Int
    /// In bytes; at most 16 MiB.
    package var byteLimit: Int

    package static let rowLimit = 10_000
    package static let byteLimit = 16 * 1024 * 1024

    package init(
        _ space: StoreSpace,
        from: [UInt8],
        through: [UInt8],
        isDescending: Bool = false,
        rowLimit: Int = Self.rowLimit,
        byteLimit: Int = Self.byteLimit
    ) {
        self.space = space
        self.from = from
        self.through = through
        self.isDescending = isDescending
        self.rowLimit = rowLimit
        self.byteLimit = byteLimit
    }
}

/// Names one reading of the store; its answer carries it back.
package struct LoadID: Hashable, Sendable {
    package let rawValue: UInt64
    package init(rawValue: UInt64) { self.rawValue = rawValue }
}
