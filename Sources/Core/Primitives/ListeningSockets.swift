/// The TCP sockets that listen on a machine, read from the text of `/proc/net/tcp` and `tcp6`.
///
/// A socket is named as the links in `/proc/PID/fd` name it: `socket:[INODE]`. Lines that are not
/// as Linux writes them are passed over. Source: proc_pid_net(5).
package struct ListeningSockets: Hashable, Sendable {
    private struct Row: Hashable, Sendable {
        var isEverywhere: Bool
        /// The last 32 bits of the address, which for IPv4 are all of it.
        var low: UInt32
        var link: String
    }

    /// By port, in the order of the tables; only looked up in.
    private var rows: [UInt16: [Row]] = [:]

    package init(tables: [String]) {
        for table in tables {
            for line in table.split(separator: "\n").dropFirst() { read(line) }
        }
    }

    private mutating func read(_ line: Substring) {
        let fields = line.split(separator: " ")
        // Field 3 is the state, and 0A is LISTEN; field 9 is the inode.
        guard fields.count > 9, fields[3] == "0A", UInt64(fields[9]) != nil else { return }
        let local = fields[1].split(separator: ":")
        // Words of 32 bits in hex, each in the machine's byte order.
        guard local.count == 2, let port = UInt16(local[1], radix: 16), local[0].utf8.count >= 8,
            let low = UInt32(local[0].suffix(8), radix: 16)
        else { return }
        let row = Row(
            isEverywhere: local[0].utf8.allSatisfy { $0 == UInt8(ascii: "0") },
            low: UInt32(bigEndian: low),
            link: "socket:[\(fields[9])]"
        )
        rows[port, default: []].append(row)
    }

    /// Those that keep somebody else from listening on `address`: on that address itself or on all
    /// of the machine's, or on any if `address` stands for all.
    package func links(inTheWayOf address: SocketAddress) -> [String] {
        let low = UInt32(truncatingIfNeeded: address.ip.low)
        return (rows[address.port] ?? [])
            .filter { $0.isEverywhere || address.ip.isUnspecified || $0.low == low }
            .map(\.link)
    }
}
