import WarrenPrimitives

/// A Merlin transcript: what was said so far, boiled down to challenges that depend on all of it.
///
/// Source: C§2.3.
package struct Transcript: Sendable {
    package private(set) var strobe: Strobe

    package init(application: String) {
        strobe = Strobe(label: "Merlin v1.0")
        append("dom-sep", Array(application.utf8))
    }

    package mutating func append(_ label: String, _ message: [UInt8]) {
        frame(label, count: message.count)
        strobe.associatedData(message)
    }

    package mutating func challenge(_ label: String, count: Int) -> [UInt8] {
        frame(label, count: count)
        return strobe.pseudorandom(count)
    }

    /// Overwrites the state, which may hold secrets; the value is of no use after.
    package mutating func clear() { strobe.clear() }

    private mutating func frame(_ label: String, count: Int) {
        strobe.metaAssociatedData(Array(label.utf8))
        strobe.metaAssociatedData(UInt32(count).littleEndianBytes, more: true)
    }
}
