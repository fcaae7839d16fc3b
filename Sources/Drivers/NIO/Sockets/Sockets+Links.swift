import Glibc
import NIOCore
import WarrenConnection
import WarrenNode
import WarrenObservation
package import WarrenPrimitives

/// Faults on the links of a node: rules that come and go, and what they do to dials and accepts.
extension Sockets {
    /// Lays a rule over links, in place of the one of that name if there is one.
    ///
    /// Answers false, and changes nothing, where there are as many as there may be.
    package func lay(_ rule: LinkRule, as name: String, until: Instant?) -> Bool {
        guard links.lay(rule, as: name, until: until) else { return false }
        linksChanged()
        return true
    }

    /// Answers false if there is no rule of that name.
    package func lift(_ name: String) -> Bool {
        guard links.lift(name) else { return false }
        linksChanged()
        return true
    }

    private func linksChanged() {
        for handler in Array(handlers.values) { link(handler) }
        linkTimer?.cancel()
        linkTimer = nil
        guard let next = links.nextDeadline else { return }
        let deadline = clock.deadline(next)
        linkTimer = loop.assumeIsolated().scheduleTask(deadline: deadline) { [weak self] in
            guard let self else { return }
            let over = links.expire(now: clock.now)
            linksChanged()
            for name in over { linkEnded?(name) }
        }
    }

    /// Holds a connection to the rules for its peer.
    func link(_ handler: ConnectionHandler?) {
        guard let handler else { return }
        handler.follow(links.effect(on: handler.remote.ip, handler.peer)) {
            Random(seed: linkChance.next())
        }
    }

    /// Nobody comes in over a link that is cut.
    func refuseCut(_ channel: any Channel, _ remote: HostPort) throws {
        let effect = links.effect(on: remote.ip, nil)
        guard effect.isCut else { return }
        if effect.isReset, let options = channel as? any SocketOptionProvider {
            options.setSoLinger(Glibc.linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in }
        }
        throw CloseReason.notWanted
    }

    // MARK: - Dialing

    /// Dials over a link where TCP's own packets take their time, or get nowhere.
    func dialSlowly(_ handler: ConnectionHandler) {
        let limit = configuration.dialTimeout
        switch handler.link?.dial() {
        case nil: connect(handler, within: limit)
        case .refused(let wait) where wait < limit: fail(handler, .connectRefused, after: wait)
        case .reaches(let wait) where wait < limit:
            loop.assumeIsolated().scheduleTask(in: .init(wait)) { [weak self] in
                self?.dialAtLast(handler, within: limit - wait)
            }
        case .refused, .reaches, .lost: fail(handler, .connectTimeout, after: limit)
        }
    }

    /// The first packets have had their time; whether the other end is there is seen now.
    private func dialAtLast(_ handler: ConnectionHandler, within rest: Duration) {
        guard !handler.isOver else { return }
        let effect = links.effect(on: handler.remote.ip, handler.peer)
        if effect.isReset {
            handler.dialFailed(CloseReason.connectRefused)
        } else if effect.isCut {
            fail(handler, .connectTimeout, after: rest)
        } else {
            connect(handler, within: rest)
        }
    }

    private func fail(_ handler: ConnectionHandler, _ reason: CloseReason, after wait: Duration) {
        loop.assumeIsolated().scheduleTask(in: .init(wait)) { handler.dialFailed(reason) }
    }
}
