/// The state of Keccak-f[1600]: 25 lanes of 64 bits, and the permutation of them.
///
/// Lane (x, y) stands at `x + 5 * y`; its bytes count least significant first. Source: C§2.3.
package struct Keccak: Hashable, Sendable {
    package private(set) var lanes = [UInt64](repeating: 0, count: 25)

    package init() {}

    /// The byte at `place`, 0 to 199.
    package subscript(place: Int) -> UInt8 {
        get { UInt8(truncatingIfNeeded: lanes[place >> 3] >> UInt64(8 * (place & 7))) }
        set {
            let shift = UInt64(8 * (place & 7))
            lanes[place >> 3] = lanes[place >> 3] & ~(0xFF << shift) | UInt64(newValue) << shift
        }
    }

    package mutating func permute() {
        var planes = Planes(
            y0: Plane(lanes, 0),
            y1: Plane(lanes, 5),
            y2: Plane(lanes, 10),
            y3: Plane(lanes, 15),
            y4: Plane(lanes, 20)
        )
        for constant in Self.roundConstants {
            planes.diffuse()
            planes.disperse()
            planes.y0.x0 ^= constant
        }
        planes.y0.store(in: &lanes, 0)
        planes.y1.store(in: &lanes, 5)
        planes.y2.store(in: &lanes, 10)
        planes.y3.store(in: &lanes, 15)
        planes.y4.store(in: &lanes, 20)
    }

    /// Overwrites all lanes with zeros.
    package mutating func clear() {
        for index in lanes.indices { lanes[index] = 0 }
    }

    private static let roundConstants: [UInt64] = [
        0x0000_0000_0000_0001, 0x0000_0000_0000_8082, 0x8000_0000_0000_808A,
        0x8000_0000_8000_8000, 0x0000_0000_0000_808B, 0x0000_0000_8000_0001,
        0x8000_0000_8000_8081, 0x8000_0000_0000_8009, 0x0000_0000_0000_008A,
        0x0000_0000_0000_0088, 0x0000_0000_8000_8009, 0x0000_0000_8000_000A,
        0x0000_0000_8000_808B, 0x8000_0000_0000_008B, 0x8000_0000_0000_8089,
        0x8000_0000_0000_8003, 0x8000_0000_0000_8002, 0x8000_0000_0000_0080,
        0x0000_0000_0000_800A, 0x8000_0000_8000_000A, 0x8000_0000_8000_8081,
        0x8000_0000_0000_8080, 0x0000_0000_8000_0001, 0x8000_0000_8000_8008,
    ]
}

/// The five lanes that share a y.
private struct Plane {
    var x0, x1, x2, x3, x4: UInt64

    init(_ x0: UInt64, _ x1: UInt64, _ x2: UInt64, _ x3: UInt64, _ x4: UInt64) {
        (self.x0, self.x1, self.x2, self.x3, self.x4) = (x0, x1, x2, x3, x4)
    }

    init(_ lanes: [UInt64], _ start: Int) {
        self.init(
            lanes[start],
            lanes[start + 1],
            lanes[start + 2],
            lanes[start + 3],
            lanes[start + 4]
        )
    }

    func store(in lanes: inout [UInt64], _ start: Int) {
        lanes[start] = x0
        lanes[start + 1] = x1
        lanes[start + 2] = x2
        lanes[start + 3] = x3
        lanes[start + 4] = x4
    }

    static func ^ (a: Plane, b: Plane) -> Plane {
        Plane(a.x0 ^ b.x0, a.x1 ^ b.x1, a.x2 ^ b.x2, a.x3 ^ b.x3, a.x4 ^ b.x4)
    }

    /// Step 1's D, of the column parities C.
    var spread: Plane {
        Plane(
            x4 ^ rotate(x1, 1),
            x0 ^ rotate(x2, 1),
            x1 ^ rotate(x3, 1),
            x2 ^ rotate(x4, 1),
            x3 ^ rotate(x0, 1)
        )
    }

    /// Step 3: the only one that is not linear.
    var mixed: Plane {
        Plane(
            x0 ^ (~x1 & x2),
            x1 ^ (~x2 & x3),
            x2 ^ (~x3 & x4),
            x3 ^ (~x4 & x0),
            x4 ^ (~x0 & x1)
        )
    }
}

private struct Planes {
    var y0, y1, y2, y3, y4: Plane

    /// Step 1: every lane takes in two columns' parities.
    mutating func diffuse() {
        let spread = (y0 ^ y1 ^ y2 ^ y3 ^ y4).spread
        y0 = y0 ^ spread
        y1 = y1 ^ spread
        y2 = y2 ^ spread
        y3 = y3 ^ spread
        y4 = y4 ^ spread
    }

    /// Steps 2 and 3: lanes turn and change places, then planes are mixed.
    mutating func disperse() {
        let (a, b, c, d, e) = (y0, y1, y2, y3, y4)
        y0 =
            Plane(a.x0, rotate(b.x1, 44), rotate(c.x2, 43), rotate(d.x3, 21), rotate(e.x4, 14))
            .mixed
        y1 =
            Plane(
                rotate(a.x3, 28),
                rotate(b.x4, 20),
                rotate(c.x0, 3),
                rotate(d.x1, 45),
                rotate(e.x2, 61)
            ).mixed
        y2 =
            Plane(
                rotate(a.x1, 1),
                rotate(b.x2, 6),
                rotate(c.x3, 25),
                rotate(d.x4, 8),
                rotate(e.x0, 18)
            ).mixed
        y3 =
            Plane(
                rotate(a.x4, 27),
                rotate(b.x0, 36),
                rotate(c.x1, 10),
                rotate(d.x2, 15),
                rotate(e.x3, 56)
            ).mixed
        y4 =
            Plane(
                rotate(a.x2, 62),
                rotate(b.x3, 55),
                rotate(c.x4, 39),
                rotate(d.x0, 41),
                rotate(e.x1, 2)
            ).mixed
    }
}

@inline(__always)
private func rotate(_ lane: UInt64, _ count: UInt64) -> UInt64 {
    lane &<< count | lane &>> (64 &- count)
}
