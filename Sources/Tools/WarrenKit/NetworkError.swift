/// Why a network could not be made, or could not do what was asked of it.
public enum NetworkError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The scenario cannot be made into nodes, such as for a bad key under `config`.
    case scenario(ScenarioError)
    /// Reactors of one node that cannot live together: a channel or a name that two have.
    case reactors(node: String, String)
    /// Only the simulator has what these places of the scenario ask for: faults.
    case needsSimulator([String])
    /// No node of the scenario is called so; the nearest name, if one is near.
    case noSuchNode(String, nearest: String?)
    /// The node has no reactor of this type.
    case noSuchReactor(String, node: String)
    /// What stood in the way of starting: an address in use, no program, a directory that cannot
    /// be written.
    case cannotStart(String)
    /// No node answers any more.
    case lost
    /// Nobody could judge: the recording failed.
    case cannotJudge(String)

    public var description: String {
        switch self {
        case .scenario(let error): error.description
        case .reactors(let node, let what): "\(node): \(what)"
        case .needsSimulator(let places):
            places.joined(separator: ", ")
                + ": only the simulator carries out a scenario's faults here: use SimulatedNetwork"
        case .noSuchNode(let name, let nearest):
            "there is no node '\(name)' in the scenario"
                + (nearest.map { ": did you mean '\($0)'?" } ?? "")
        case .noSuchReactor(let type, let node):
            "\(node) has no reactor of type \(type): expected one that its maker returned"
        case .cannotStart(let why): why
        case .lost: "the network was lost: no node answers"
        case .cannotJudge(let why): why
        }
    }
}
