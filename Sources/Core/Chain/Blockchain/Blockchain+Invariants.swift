import WarrenPrimitives

// MARK: - What always holds

extension Blockchain {
    /// What does not hold though it must; empty unless there is a mistake in here.
    ///
    /// For tests and simulations: it looks at everything.
    package var broken: [String] {
        var broken: [String] = []
        if chosen.count > max(rules.securityParameter, 1) { broken.append("too long a chain") }
        var previous = anchorID
        for id in chosen {
            if nodes[id]?.state != .chosen { broken.append("\(id.short) is not chosen") }
            if nodes[id]?.header.previous != previous { broken.append("\(id.short) is not next") }
            previous = id
        }
        var reached = 0
        var open = roots
        while let id = open.popLast() {
            guard let node = nodes[id] else {
                broken.append("\(id.short) is a child and not there")
                continue
            }
            reached += 1
            open.append(contentsOf: node.children)
            if !isInPlace(node) { broken.append("\(id.short) cannot be \(node.state)") }
            if turns[Turn(node.header)]?.ids.contains(id) != true {
                broken.append("\(id.short) is missing among its producer's")
            }
        }
        if reached != nodes.count { broken.append("only \(reached) of \(nodes.count) reached") }
        let turned = turns.values.reduce(0) { $0 + $1.ids.count }
        if turned != nodes.count { broken.append("\(turned) headers of producers") }
        if tentative != nil, shown.height != tip.height + 1 { broken.append("shown too far") }
        if toldShown != shown { broken.append("shown and not told") }
        return broken
    }

    /// Whether a header's state fits that of the block before it.
    private func isInPlace(_ node: Node) -> Bool {
        let isReadyBefore: Bool
        switch nodes[node.header.previous]?.state {
        case nil, .ready, .chosen: isReadyBefore = true
        case .awaited, .withdrawn, .held: isReadyBefore = false
        }
        switch node.state {
        case .awaited, .withdrawn: return true
        case .held: return !isReadyBefore
        case .ready: return isReadyBefore && !isBetter(node.header, than: tipHeader)
        case .chosen: return isReadyBefore && isOnChosen(node.header.previous)
        }
    }

    private func isOnChosen(_ id: Hash) -> Bool { id == anchorID || isChosen(id) }
}
