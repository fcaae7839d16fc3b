/// What stands in the way of containers, as far as it is known what to do about it.
///
/// Docker says such things in many words, of which these know the one that never changes.
/// Source: design §14.
package enum DockerTrouble: Hashable, Sendable, CaseIterable {
    package static let allCases: [DockerTrouble] = [
        .noDocker("docker"), .noCompose, .noDaemon, .noPermission, .noImage("warren:local"),
        .nameTaken(""), .noSubnet, .subnetTaken, .diskFull, .portTaken, .noSwarm, .noMoreMemory,
    ]

    case noDocker(String)
    case noCompose
    case noDaemon
    case noPermission
    case noImage(String)
    case nameTaken(String)
    /// Docker has no range of addresses left to give to a network.
    case noSubnet
    case subnetTaken
    case diskFull
    case portTaken
    /// This machine takes part in no Swarm, or may not command it.
    case noSwarm
    /// A limit that the machine cannot give.
    case noMoreMemory

    /// What Docker said, if it is one of these.
    package init?(said text: String) {
        let text = text.lowercased()
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if says("permission denied while trying to connect", "permission denied: docker.sock") {
            self = .noPermission
        } else if says("permissionerror", "dial unix /var/run/docker.sock: connect: permission") {
            self = .noPermission
        } else if says(
            "cannot connect to the docker daemon",
            "is the docker daemon running",
            "error while fetching server api version",
            "couldn't connect to docker daemon",
            "failed to connect to the docker api"
        ) {
            self = .noDaemon
        } else if says("not a swarm manager", "this node is not part of a swarm") {
            self = .noSwarm
        } else if says(
            "could not find an available, non-overlapping",
            "all predefined address pools have been fully subnetted"
        ) {
            self = .noSubnet
        } else if says("pool overlaps", "networks have overlapping") {
            self = .subnetTaken
        } else if says("no space left on device") {
            self = .diskFull
        } else if says("no such image", "pull access denied", "manifest unknown", "pull failed") {
            self = .noImage("warren:local")
        } else if says("is already in use by container", "already exists", "not created by compose")
        {
            self = .nameTaken(text.split(separator: "\n").last.map(String.init) ?? text)
        } else if says("port is already allocated", "address already in use") {
            self = .portTaken
        } else if says("cannot allocate memory", "range of cpus is from", "minimum memory limit") {
            self = .noMoreMemory
        } else {
            return nil
        }
    }
}

extension DockerTrouble: CustomStringConvertible {
    package var description: String { "\(cause): \(next)" }

    private var cause: String {
        switch self {
        case .noDocker(let name): "there is no \(name) on this machine"
        case .noCompose: "there is no Docker Compose"
        case .noDaemon: "Docker's daemon does not answer"
        case .noPermission: "this user may not command Docker"
        case .noImage(let name): "there is no image \(name)"
        case .nameTaken(let said): "the network's name is taken among Docker's (\(said))"
        case .noSubnet: "Docker has no range of addresses left for one more network"
        case .subnetTaken: "Docker's range of addresses for a network is taken on this machine"
        case .diskFull: "Docker's disk is full"
        case .portTaken: "a port that Docker was to open is taken"
        case .noSwarm: "this machine commands no Swarm"
        case .noMoreMemory: "the machine cannot give a container what its limits promise"
        }
    }

    private var next: String {
        switch self {
        case .noDocker:
            "install it (`sudo apt-get install docker.io docker-compose`), or use --engine process, "
                + "which needs no Docker"
        case .noCompose:
            "install it (`sudo apt-get install docker-compose`, or docker-compose-v2), or use "
                + "--engine process, which needs no Docker"
        case .noDaemon:
            "start it (`sudo systemctl start docker`, or `sudo dockerd` where there is no systemd), "
                + "or name another with DOCKER_HOST"
        case .noPermission:
            "join its group (`sudo usermod -aG docker $USER`) and log in again, or run this with sudo"
        case .noImage: "`make image` builds it"
        case .nameTaken:
            "`warren down NAME` ends what Warren left, `docker ps --all` shows the rest; or give this "
                + "network another name with --set name=OTHER"
        case .noSubnet:
            "`docker network prune` removes unused networks; `default-address-pools` in "
                + "/etc/docker/daemon.json gives more"
        case .subnetTaken:
            "set `default-address-pools` in /etc/docker/daemon.json to a range that `ip route` does "
                + "not show, and start Docker again"
        case .diskFull: "`docker system df` shows what fills it, `docker system prune` frees some"
        case .portTaken: "`docker ps` and `ss -tlnp` show who has it"
        case .noSwarm:
            "`docker swarm init` makes it a Swarm of one (`--advertise-addr 127.0.0.1` if it has many "
                + "addresses); on a worker, go to a manager"
        case .noMoreMemory:
            "lower `mem_limit` and `cpus` in the run's compose/, or use a larger machine"
        }
    }
}
