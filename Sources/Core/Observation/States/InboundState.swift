/// How far the other end of a connection uses us, as the inbound governor follows it.
///
/// ```
///  (not followed) ──▶ idle ◀──▶ warm ◀──▶ hot      hot may fall to idle at once
///                      │ 5 s     ▲
///                      └──▶ cold ┘  only we use it
/// ```
///
/// Source: O§7.2.
package enum InboundState: String, Hashable, Sendable, Codable, CaseIterable {
    /// It does not use us, and has a while to begin.
    case idle
    case warm
    case hot
    /// It does not use us; only we use the connection.
    case cold

    package var isEstablished: Bool {
        switch self {
        case .warm, .hot: true
        case .idle, .cold: false
        }
    }

    /// Whether a connection may go from one state to the other, where nil is not followed.
    ///
    /// The one table of what is possible, as ``ConnectionState/permits(from:to:)``. Source: O§7.3.
    package static func permits(from: InboundState?, to: InboundState?) -> Bool {
        switch (from, to) {
        case (nil, .idle), (nil, nil): true
        case (nil, _): false
        case (_, nil): true
        case (.idle, .warm), (.idle, .hot), (.idle, .cold), (.idle, .idle): true
        case (.cold, .warm), (.cold, .hot), (.cold, .cold): true
        case (.warm, .hot), (.warm, .idle), (.warm, .warm): true
        case (.hot, .warm), (.hot, .idle): true
        case (.cold, .idle), (.warm, .cold), (.hot, .cold), (.hot, .hot): false
        }
    }
}
