import WarrenCollector

extension Supervisor.Settings {
    /// Looks at nodes many times a second, so that tests of faults wait for events and not for it.
    static func brisk(until: Duration?, patience: Duration) -> Self {
        var settings = Self()
        settings.endsWhenDecided = true
        settings.until = until
        settings.reordering = .milliseconds(30)
        settings.tick = .milliseconds(10)
        settings.faultPatience = patience
        settings.following.interval = .milliseconds(20)
        settings.following.unhealthyInterval = .milliseconds(10)
        settings.following.retryInterval = .milliseconds(10)
        return settings
    }
}
