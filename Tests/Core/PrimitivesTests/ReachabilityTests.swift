import Testing
import WarrenPrimitives
import WarrenSupport

struct ReachabilityTests {
    @Test
    func `addresses are valid, local and routable as upstream sees them`() throws {
        for row in try IdentityVectors.load().classification {
            let ip = try #require(IPAddress(row.ip))
            #expect(ip.isValid == row.valid, "\(row.ip)")
            #expect(ip.isLocal == row.local, "\(row.ip)")
            #expect(ip.isRoutable == row.routable, "\(row.ip)")
        }
    }

    @Test
    func `group keys print as upstream's, strict and lenient`() throws {
        for row in try Vectors.load("addrbook", as: IdentityVectors.Groups.self).group_keys {
            let ip = try #require(IPAddress(row.ip))
            #expect(ip.groupKey(strict: true).description == row.strict, "\(row.ip)")
            #expect(ip.groupKey(strict: false).description == row.lenient, "\(row.ip)")
        }
    }

    @Test
    func `groups have equal bytes only if they are equal`() throws {
        let rows = try Vectors.load("addrbook", as: IdentityVectors.Groups.self).group_keys
        let groups = try rows.flatMap { row in
            let ip = try #require(IPAddress(row.ip))
            return [ip.groupKey(strict: true), ip.groupKey(strict: false)]
        }
        for one in groups {
            for other in groups {
                #expect((one == other) == (one.bytes == other.bytes), "\(one) \(other)")
            }
        }
    }

    /// The first and last address of each range, and the ones just outside.
    @Test(arguments: [
        ("10.0.0.0", "10.255.255.255", "9.255.255.255", "11.0.0.0"),
        ("172.16.0.0", "172.31.255.255", "172.15.255.255", "172.32.0.0"),
        ("192.168.0.0", "192.168.255.255", "192.167.255.255", "192.169.0.0"),
        ("169.254.0.0", "169.254.255.255", "169.253.255.255", "169.255.0.0"),
        ("fe80::", "fe80::ffff:ffff:ffff:ffff", "fe7f:ffff::", "fe80:0:0:1::"),
        (
            "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fbff:ffff::ffff", "fe00::"
        ),
        ("2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", "2001:f:ffff::", "2001:20::"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db7::", "2001:db9::"),
        ("127.0.0.0", "127.255.255.255", "126.255.255.255", "128.0.0.0"),
    ])
    func `an unroutable range ends where its RFC says`(
        first: String,
        last: String,
        before: String,
        after: String
    ) throws {
        for (text, routable) in [(first, false), (last, false), (before, true), (after, true)] {
            #expect(try #require(IPAddress(text)).isRoutable == routable, "\(text)")
        }
    }
}
