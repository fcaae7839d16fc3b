import Glibc
import NIOCore
import NIOPosix
package import WarrenObservation

extension CloseReason {
    /// What a socket's error says of the world.
    package init(_ error: any Error) {
        switch error {
        case let reason as CloseReason: self = reason
        case let error as IOError: self.init(errno: error.errnoCode)
        case let error as ChannelError:
            switch error {
            case .connectTimeout: self = .connectTimeout
            case .eof, .inputClosed, .outputClosed, .alreadyClosed, .ioOnClosedChannel:
                self = .closedByPeer
            default: self = .inputOutputError
            }
        case let error as NIOConnectionError:
            self = error.connectionErrors.first.map { CloseReason($0.error) } ?? .unreachable
        default: self = .inputOutputError
        }
    }

    init(errno code: Int32) {
        self =
            switch code {
            case ECONNREFUSED: .connectRefused
            case ETIMEDOUT: .connectTimeout
            case EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, ENETDOWN, EHOSTDOWN, EACCES, EPERM,
                EINVAL, EAFNOSUPPORT:
                .unreachable
            case ECONNRESET, EPIPE, ECONNABORTED: .resetByPeer
            default: .inputOutputError
            }
    }
}
