import GRDB

/// Why a store cannot be opened, or could not go on.
package enum StoreFlaw: Error, Hashable, Sendable, CustomStringConvertible {
    case locked(directory: String, holder: String?)
    case directory(String, String)
    case corrupt(path: String, String)
    case refused(path: String, String)
    case full(path: String)
    case failed(path: String, String)

    init(_ error: any Error, path: String) {
        switch error {
        case let flaw as StoreFlaw: self = flaw
        case let complaint as Schema.Complaint: self = .refused(path: path, complaint.description)
        case let error as DatabaseError:
            switch error.resultCode {
            case .SQLITE_NOTADB, .SQLITE_CORRUPT:
                self = .corrupt(path: path, error.message ?? "not a database")
            case .SQLITE_FULL: self = .full(path: path)
            default: self = .failed(path: path, error.message ?? "\(error.resultCode)")
            }
        default: self = .failed(path: path, "\(error)")
        }
    }

    package var description: String {
        switch self {
        case .locked(let directory, let holder):
            "\(directory) is in use by another node\(holder.map { " (process \($0))" } ?? ""): "
                + "stop it, or name another --data-dir"
        case .directory(let directory, let what):
            "\(directory): cannot be used as data directory: \(what)"
        case .corrupt(let path, let what):
            "\(path) is damaged (\(what)); it was left as it is: restore a copy, or move it away "
                + "to start with an empty address book"
        case .refused(let path, let what): "\(path) is refused: \(what)"
        case .full(let path): "\(path): the disk is full; what was stored before is intact"
        case .failed(let path, let what): "\(path): \(what)"
        }
    }
}
