import Testing

/// Bytes carried one way between two ends on this machine, and what a megabyte of them costs.
enum OneWay {
    /// Shows what `body` costs a megabyte beside `floor`; both are told how many bytes to carry,
    /// and answer the seconds of user and system time that it took.
    static func measure(
        _ name: String,
        budget: Figure.Budget? = nil,
        _ body: (Int) throws -> Double,
        floor: (Int) throws -> Double
    ) throws {
        let count = Scale.of(128 << 20, small: 1 << 20)
        let (figure, least) = try Scale.least {
            try body(count)
        } floor: {
            try floor(count)
        }
        let megabytes = Double(count) / 1e6
        Figure(
            name: name,
            value: figure / megabytes * 1e3,
            unit: .millisecondsPerMegabyte,
            floor: least / megabytes * 1e3,
            budget: budget
        )
        .show()
    }

    /// Runs one end of a wire on each of two threads; answers the time of both.
    static func carry(
        to far: @escaping @Sendable (Wire) throws -> Void,
        from near: @escaping @Sendable (Wire) throws -> Void
    ) throws -> Double {
        let (one, other) = try Wire.pair()
        defer {
            one.close()
            other.close()
        }
        return try Cost.cpu {
            try together {
                try far(other)
            } _: {
                try near(one)
            }
        }
    }
}
