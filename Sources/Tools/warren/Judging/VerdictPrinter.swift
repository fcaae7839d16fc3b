import WarrenObservation
import WarrenReport

/// Prints verdicts as they are decided, below each other.
struct VerdictPrinter: Sendable {
    private let expectations: [Expectation]
    private let width: Int
    private let isOn: Bool
    private let paint: Paint

    init(_ expectations: [Expectation], output: OutputOptions) {
        self.expectations = expectations
        width = expectations.map { VerdictRow($0, nil) }.width
        isOn = output.format == .text
        paint = output.paint
    }

    func print(_ number: Int, _ verdict: Verdict) {
        print(VerdictRow(expectations[number], verdict))
    }

    func print(_ row: VerdictRow) {
        guard isOn else { return }
        for line in row.lines(width: width, paint: paint) { Terminal.printLine(line) }
    }
}
