/// Where to ask each node, as the engine last knew it.
actor AdminDirectory {
    /// How long an answer of the engine is good for.
    private static let freshness: Duration = .seconds(1)

    private let source: @Sendable () async -> [String: String]
    private var known: [String: String] = [:]
    private var knownAt: ContinuousClock.Instant?
    private var question: Task<[String: String], Never>?

    init(_ source: @escaping @Sendable () async -> [String: String]) { self.source = source }

    func address(of name: String) async -> String? {
        if let knownAt, ContinuousClock.now - knownAt < Self.freshness { return known[name] }
        // All who ask meanwhile wait for one answer.
        let question = self.question ?? Task { await source() }
        self.question = question
        let answer = await question.value
        if self.question == question {
            self.question = nil
            known = answer
            knownAt = .now
        }
        return answer[name]
    }
}
