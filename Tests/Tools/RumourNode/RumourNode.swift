import WarrenKit

@main struct RumourNode {
    static func main() {
        NodeProgram.run { node in [RumourReactor(rumour: node.name == "relay-1" ? 7 : 0)] }
    }
}
