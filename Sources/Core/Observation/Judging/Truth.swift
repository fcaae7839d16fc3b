/// Whether something holds, where it may be that nobody can say.
package enum Truth: Hashable, Sendable {
    case yes, no, unknown

    package init(_ value: Bool) { self = value ? .yes : .no }

    package var opposite: Truth {
        switch self {
        case .yes: .no
        case .no: .yes
        case .unknown: .unknown
        }
    }
}
