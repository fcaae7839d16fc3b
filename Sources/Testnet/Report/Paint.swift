/// Colours, where somebody looks who wants them.
package struct Paint: Hashable, Sendable {
    package let isOn: Bool

    package static let none = Paint(isOn: false)

    package init(isOn: Bool) { self.isOn = isOn }

    package enum Colour: String, Hashable, Sendable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case faint = "2"
        case bold = "1"
    }

    package func callAsFunction(_ colour: Colour, _ text: String) -> String {
        isOn ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }
}
