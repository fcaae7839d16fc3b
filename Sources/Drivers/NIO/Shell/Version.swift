/// Which Warren this is; what NodeInfo, snapshots and `--version` say.
package enum Version {
    package static let text = "0.1.0"
}
