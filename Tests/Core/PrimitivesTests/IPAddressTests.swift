import Foundation
import Testing
import WarrenPrimitives
import WarrenSupport

struct IPAddressTests {
    @Test(arguments: [
        ("1.2.3.4", "1.2.3.4"),
        ("0.0.0.0", "0.0.0.0"),
        ("255.255.255.255", "255.255.255.255"),
        ("::", "::"),
        ("::1", "::1"),
        ("1::", "1::"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("::FFFF:102:304", "1.2.3.4"),
        ("::1.2.3.4", "::102:304"),
        ("1:2:3:4:5:6:7.8.9.10", "1:2:3:4:5:6:708:90a"),
        ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"),
        ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
        ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
        ("1:0:0:2:3:0:0:4", "1::2:3:0:0:4"),
        ("1:0:2:0:3:0:4:0", "1:0:2:0:3:0:4:0"),
        ("ABCD:EF01:2345:6789:abcd:ef01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"),
        ("2606:4700:4700:0000:0000:0000:0000:1111", "2606:4700:4700::1111"),
    ])
    func `an address is read in every form and printed in one`(
        text: String,
        canonical: String
    ) throws {
        let address = try #require(IPAddress(text))
        #expect(address.description == canonical)
        #expect(IPAddress(canonical) == address)
    }

    @Test(arguments: [
        "", " ", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.04", "01.2.3.4", "1.2.3.", ".1.2.3",
        "1..2.3", "1.2.3.4 ", "+1.2.3.4", "0x1.2.3.4", "1.2.3.1000", ":", ":::", ":1", "1:", "1:2",
        "1::2::3", ":1::2", "1::2:", "12345::", "g::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8", "1:2:3:4::5:6:7:8", "fe80::1%eth0", "::1%", "[::1]", "1.2.3.4::",
        "::1.2.3.4:5", "::1.2.3", "::01.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::ffff:1.2.3.4.5",
        "1:2:3:4:5:1.2.3.4", "１.2.3.4", "-1::",
    ])
    func `a text that is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test(arguments: Seed.sweep())
    func `every address reads back as it was printed`(seed: Seed) throws {
        var random = seed.random
        for _ in 0..<200 {
            // Groups of zero are common, so that runs of every length and place come up.
            func half() -> UInt64 {
                (0..<4).reduce(into: UInt64(0)) { sum, _ in
                    sum = sum << 16 | (random.chance(1, in: 2) ? 0 : random.next() & 0xFFFF)
                }
            }
            let address = IPAddress(high: half(), low: half())
            #expect(IPAddress(address.description) == address)
            var text = [CChar](repeating: 0, count: 64)
            // The system's own printer agrees, but for IPv4-compatible and mapped forms.
            guard address.high != 0 else { continue }
            var bytes = address.high.bigEndianBytes + address.low.bigEndianBytes
            unsafe inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
            let system = String(
                decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) },
                as: UTF8.self
            )
            #expect(address.description == system)
        }
    }

    @Test
    func `an address is one string in JSON`() throws {
        let text = Data(#"["10.0.0.1","fd00::1"]"#.utf8)
        let addresses = try JSONDecoder().decode([IPAddress].self, from: text)
        #expect(addresses.map(\.description) == ["10.0.0.1", "fd00::1"])
        #expect(try JSONEncoder().encode(addresses) == text)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([IPAddress].self, from: Data(#"["ten"]"#.utf8))
        }
    }

    @Test
    func `mutated addresses never trap, and what is accepted reads back`() {
        let valid = ["1.2.3.4", "::ffff:1.2.3.4", "2606:4700::1111", "fe80:0:0:1::1"]
        fuzz(valid.map { Array($0.utf8) }) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let address = IPAddress(text) else { return }
            #expect(IPAddress(address.description) == address)
        }
    }

    @Test
    func `a block holds the addresses that share its first bits, and no other family`() throws {
        let ten = try #require(AddressBlock("10.1.2.3/8"))
        #expect(ten.description == "10.0.0.0/8")
        #expect(try ten.contains(#require(IPAddress("10.255.0.1"))))
        #expect(try !ten.contains(#require(IPAddress("11.0.0.0"))))
        let all = try #require(AddressBlock("::/0"))
        #expect(try all.contains(#require(IPAddress("ffff::"))))
        #expect(try !all.contains(#require(IPAddress("10.0.0.1"))))
        #expect(try #require(AddressBlock("0.0.0.0/0")).contains(#require(IPAddress("10.0.0.1"))))
        let odd = try #require(AddressBlock("2001:470:f000::/36"))
        #expect(try odd.contains(#require(IPAddress("2001:470:ffff::1"))))
        #expect(try !odd.contains(#require(IPAddress("2001:470:e000::1"))))
        #expect(AddressBlock("1.2.3.4")?.description == "1.2.3.4/32")
        for bad in ["1.2.3.4/33", "::/129", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/+1", "/8", "::/0/0"]
        {
            #expect(AddressBlock(bad) == nil)
        }
    }
}
