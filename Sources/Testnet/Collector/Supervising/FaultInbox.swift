import Foundation
import Glibc
import WarrenPrimitives
package import WarrenScenario

/// Where faults are asked for by hand: `faults/` in a run's directory.
///
/// Whoever asks lays `asked/NAME.json` there, whole and under no taken name; the supervisor takes it on
/// as `NAME.json`, with the instant, from which on it is carried out whatever becomes of either. To end
/// one before its time, `NAME.end` is laid in `asked`, and stays beside the fault once it is heard.
/// Source: design §17.11.
package struct FaultInbox: Hashable, Sendable {
    package let directory: String

    package init(directory: String) { self.directory = directory }

    package enum Flaw: Error, Hashable, Sendable, CustomStringConvertible {
        case taken(String)
        case cannotWrite(String, String)

        package var description: String {
            switch self {
            case .taken(let name): "there is a fault '\(name)' already: expected another --name"
            case .cannotWrite(let path, let why): "cannot write \(path): \(why)"
            }
        }
    }

    /// Faults that may be asked for in one run, as many as a file may have.
    package static let limit = Scenario.Fault.limit
    /// Bytes of one.
    private static let byteLimit = 1 << 20

    private var asked: String { "\(directory)/asked" }
    private func request(_ name: String) -> String { "\(asked)/\(name).json" }
    private func endRequest(_ name: String) -> String { "\(asked)/\(name).end" }
    private func definition(_ name: String) -> String { "\(directory)/\(name).json" }
    private func endMark(_ name: String) -> String { "\(directory)/\(name).end" }

    // MARK: Asking

    package func ask(_ hand: HandFault) throws(Flaw) {
        guard !FileManager.default.fileExists(atPath: definition(hand.name)) else {
            throw .taken(hand.name)
        }
        try lay(hand.document.json, at: request(hand.name), name: hand.name)
    }

    /// Asks to end a fault before its time; asked twice it is asked once.
    package func askToEnd(_ name: String) throws(Flaw) {
        do throws(Flaw) {
            try lay("{}\n", at: endRequest(name), name: name)
        } catch {
            guard case .taken = error else { throw error }
        }
    }

    /// Takes back what nobody has taken on yet; false if somebody has.
    @discardableResult
    package func withdraw(_ name: String) -> Bool { unsafe unlink(request(name)) == 0 }

    @discardableResult
    package func withdrawEnd(_ name: String) -> Bool { unsafe unlink(endRequest(name)) == 0 }

    /// Puts a whole file where there is none.
    private func lay(_ text: String, at path: String, name: String) throws(Flaw) {
        try makeDirectory(asked)
        let fresh = "\(asked)/.\(UUID().uuidString)"
        try write(text, to: fresh)
        defer { unsafe unlink(fresh) }
        guard unsafe link(fresh, path) == 0 else {
            if errno == EEXIST { throw .taken(name) }
            throw .cannotWrite(path, unsafe String(cString: strerror(errno)))
        }
    }

    // MARK: Taking on

    /// Everything that was taken on, by the time of it.
    package var accepted: [HandFault] {
        names(in: directory, ending: ".json").compactMap { read(definition($0)) }
            .filter { $0.acceptedAt != nil }
            .sorted {
                ($0.acceptedAt ?? .epoch, $0.name) < ($1.acceptedAt ?? .epoch, $1.name)
            }
    }

    /// The names of those that are to end, or were, before their time.
    package var ended: Set<String> { Set(names(in: directory, ending: ".end")) }

    /// Takes on what was asked for since; what makes no sense is left out, and lost.
    func accept(at now: Instant, besides taken: Set<String>) -> [HandFault] {
        var found: [HandFault] = []
        for name in names(in: asked, ending: ".json") {
            defer { unsafe unlink(request(name)) }
            guard var hand = read(request(name)), hand.name == name, !taken.contains(name) else {
                continue
            }
            hand.acceptedAt = now
            let fresh = "\(directory)/.\(name).new"
            do throws(Flaw) {
                try write(hand.document.json, to: fresh)
            } catch {
                continue
            }
            guard unsafe rename(fresh, definition(name)) == 0 else { continue }
            found.append(hand)
        }
        return found
    }

    /// The names of those that are to end, asked for since.
    func acceptEnds() -> [String] {
        names(in: asked, ending: ".end").filter { unsafe rename(endRequest($0), endMark($0)) == 0 }
    }

    // MARK: Files

    private func names(in directory: String, ending: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? [])
            .filter { $0.hasSuffix(ending) && !$0.hasPrefix(".") }
            .map { String($0.dropLast(ending.count)) }.sorted()
            .prefix(Self.limit).map(\.self)
    }

    private func read(_ path: String) -> HandFault? {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count <= Self.byteLimit,
            let parsed = try? JSONDecoder().decode(ParsedDocument.self, from: bytes)
        else { return nil }
        return try? HandFault.read(parsed.document, file: path)
    }

    private func makeDirectory(_ path: String) throws(Flaw) {
        do {
            try FileManager.default.createDirectory(
                atPath: path,
                withIntermediateDirectories: true
            )
        } catch {
            throw .cannotWrite(path, error.localizedDescription)
        }
    }

    private func write(_ text: String, to path: String) throws(Flaw) {
        do {
            try Data(text.utf8).write(to: URL(filePath: path))
        } catch {
            throw .cannotWrite(path, error.localizedDescription)
        }
    }
}

/// JSON as a document, as far as faults need it: no decimals, keys in no order.
private struct ParsedDocument: Decodable {
    let document: Document

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            document = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            document = .number(number)
        } else if let text = try? container.decode(String.self) {
            document = .text(text)
        } else if let items = try? container.decode([ParsedDocument].self) {
            document = .list(items.map(\.document))
        } else {
            let entries = try container.decode([String: ParsedDocument].self)
            document = .map(
                entries.sorted { $0.key < $1.key }.map { .init($0.key, $0.value.document) }
            )
        }
    }
}
