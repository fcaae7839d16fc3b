import Glibc
import NIOPosix
import Synchronization

/// The thread on which names are looked up, several at once, while there are any.
///
/// Lookups come in through an inbox, under a lock, and a pipe wakes the thread for them. All that
/// c-ares has belongs to the lookups, which are local to one call of ``run()``; there is never more
/// than one such call, since only one who finds `isRunning` false begins another.
final class LookupThread: Sendable {
    /// A question with what to do with its outcome, on the thread.
    struct Job: Sendable {
        var id: UInt64
        var question: Lookup.Question
        var deliver: @Sendable (UInt64, Resolver.Outcome) -> Void
    }

    private struct Inbox {
        var jobs: [Job] = []
        var isRunning = false
        var isStopped = false
    }

    private let inbox = Mutex(Inbox())
    private let bell: Bell
    private let pool = NIOThreadPool(numberOfThreads: 1)

    /// Nil when there are no file descriptors left.
    init?() {
        guard let bell = Bell() else { return nil }
        self.bell = bell
        pool.start()
    }

    func add(_ job: Job) {
        let begins = inbox.withLock { inbox in
            guard !inbox.isStopped else { return false }
            inbox.jobs.append(job)
            defer { inbox.isRunning = true }
            return !inbox.isRunning
        }
        if begins {
            pool.submit { state in
                if state == .active { self.run() }
            }
        } else {
            bell.ring()
        }
    }

    /// Ends what is under way, without outcomes; `ended` is called when there is no thread any more.
    func stop(_ ended: @escaping @Sendable () -> Void) {
        inbox.withLock { inbox in
            inbox.isStopped = true
            inbox.jobs = []
        }
        bell.ring()
        pool.shutdownGracefully { _ in ended() }
    }

    /// What has come in since the last time; nil when it is time to end.
    private func collect(isIdle: Bool) -> [Job]? {
        inbox.withLock { inbox in
            if inbox.isStopped || isIdle && inbox.jobs.isEmpty {
                inbox.isRunning = false
                return nil
            }
            defer { inbox.jobs = [] }
            return inbox.jobs
        }
    }

    private func run() {
        var lookups: [(lookup: Lookup, deliver: @Sendable (UInt64, Resolver.Outcome) -> Void)] = []
        defer { for (lookup, _) in lookups { lookup.end() } }
        while let jobs = collect(isIdle: lookups.isEmpty) {
            for job in jobs {
                let lookup = Lookup(id: job.id, question: job.question, now: .now)
                lookup.begin()
                lookups.append((lookup, job.deliver))
            }
            let over = lookups.filter { $0.lookup.outcome != nil }
            lookups = lookups.filter { $0.lookup.outcome == nil }
            for (lookup, deliver) in over {
                lookup.end()
                deliver(lookup.id, lookup.outcome ?? .failed)
            }
            if !lookups.isEmpty { wait(for: lookups.map(\.lookup)) }
        }
    }

    /// Waits until the bell rings or some lookup may go on, and lets those go on.
    private func wait(for lookups: [Lookup]) {
        var entries = [pollfd(fd: bell.listening, events: Int16(POLLIN), revents: 0)]
        var patience = Int32.max
        var now = ContinuousClock.now
        for lookup in lookups {
            patience = min(patience, lookup.patience(now: now))
            for (socket, events) in lookup.sockets {
                entries.append(pollfd(fd: socket, events: events, revents: 0))
            }
        }
        let count = unsafe poll(&entries, nfds_t(entries.count), patience)
        // Interrupted by a signal, or worse: then no entry says anything true.
        if count < 0 { for index in entries.indices { entries[index].revents = 0 } }
        if entries[0].revents != 0 { bell.silence() }
        now = .now
        for lookup in lookups { lookup.process(entries, now: now) }
    }
}

/// A pipe that wakes a thread from `poll`.
private final class Bell: Sendable {
    let listening: Int32
    private let rope: Int32

    init?() {
        var ends: [Int32] = [-1, -1]
        guard unsafe pipe(&ends) == 0 else { return nil }
        listening = ends[0]
        rope = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
    }

    /// A pipe that is full rings already.
    func ring() {
        var byte: UInt8 = 1
        _ = unsafe write(rope, &byte, 1)
    }

    func silence() {
        var bytes = [UInt8](repeating: 0, count: 64)
        while unsafe read(listening, &bytes, bytes.count) == bytes.count {}
    }

    deinit {
        close(listening)
        close(rope)
    }
}
