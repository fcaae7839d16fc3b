/// The whole peer state of a node at one instant: `warren/snapshot/1`.
///
/// (Seam; fields come next.)
package struct Snapshot: Hashable, Sendable, Codable {
    package init() {}
}
