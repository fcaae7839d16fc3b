/// Why a recording could not be opened, written, read or asked.
package enum RecordingFlaw: Error, Hashable, Sendable, CustomStringConvertible {
    case newer(path: String, version: Int, known: Int)
    /// A database, but none of ours.
    case foreign(path: String)
    case unusable(path: String, String)
    /// A query that is not one that reads, or does not fit the tables.
    case badQuery(String)
    case tooSlow(limit: Duration)

    package var description: String {
        switch self {
        case .newer(let path, let version, let known):
            "\(path): a recording of version \(version), and this program reads up to version "
                + "\(known): use the version of warren that made it, or a newer one"
        case .foreign(let path):
            "\(path): a database that is no recording: expected one that warren made"
        case .unusable(let path, let why): "\(path): the recording cannot be used: \(why)"
        case .badQuery(let why): "the query cannot be run: \(why)"
        case .tooSlow(let limit): "the query was not done within \(limit)"
        }
    }
}
