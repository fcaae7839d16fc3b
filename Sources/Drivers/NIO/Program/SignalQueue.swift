import Glibc

/// Signals taken one by one by a thread that waits for them, instead of by interruption.
struct SignalQueue {
    private var set = sigset_t()

    /// Holds back these signals in this thread and all that it makes from now on.
    init(_ signals: [Int32]) {
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
    }

    /// Waits for the next one.
    func next() -> Int32 {
        var set = set
        var signal: Int32 = 0
        while unsafe sigwait(&set, &signal) != 0 {}
        return signal
    }
}
