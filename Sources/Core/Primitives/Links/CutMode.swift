/// What becomes of those whose link is cut.
///
/// Source: design §17.12.
package enum CutMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// Bytes vanish; dials and conversations time out.
    case hang
    /// Connections are reset, dials are refused.
    case reset
}
