import Foundation
import Glibc
import WarrenPrimitives

/// What the system says a process has used.
enum Cost {
    /// User and system time of this process so far, all its threads, in seconds.
    static var cpuTime: Double {
        var usage = rusage()
        // It fills the record it is lent.
        _ = unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The wall clock's time.
    static var now: Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The CPU seconds that `work` takes.
    static func cpu(_ work: () throws -> Void) rethrows -> Double {
        let before = cpuTime
        try work()
        return cpuTime - before
    }

    /// User and system time of another process so far, in seconds; nil if there is none.
    static func cpuTime(of process: Int32) -> Double? {
        let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // Behind the name, which is in brackets, they are the 12th and the 13th.
        let words = text?.split(separator: ")").last?.split(separator: " ") ?? []
        guard words.count > 12, let user = Double(words[11]), let system = Double(words[12]) else {
            return nil
        }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// What a process holds in memory, in bytes.
    struct Memory {
        /// Shared pages of programs and libraries included.
        var resident: Double
        /// What nobody else shares: what one more such process costs the machine.
        var privateDirty: Double

        /// Nil if there is no such process.
        init?(of process: Int32) {
            guard
                let text = try? String(
                    contentsOfFile: "/proc/\(process)/smaps_rollup",
                    encoding: .utf8
                )
            else { return nil }
            func bytes(_ key: String) -> Double? {
                let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
                let words = line?.split(separator: " ") ?? []
                return words.count > 1 ? Double(words[1]).map { $0 * 1024 } : nil
            }
            guard let resident = bytes("Rss"), let dirty = bytes("Private_Dirty") else {
                return nil
            }
            self.resident = resident
            privateDirty = dirty
        }
    }
}
