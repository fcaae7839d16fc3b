import Testing
import WarrenPrimitives
import WarrenScenario
import WarrenSupport

struct LinkTests {
    /// Three regions, one of them with a hyphen.
    private func document(_ links: Document) -> Document {
        ["nodes": ["relay": ["count": 4, "region": ["eu", "us", "us-west"]]], "links": links]
    }

    private func read(_ links: Document) throws(DocumentErrors) -> Scenario {
        try Scenario.read(document(links).numbered(), file: "x.yaml")
    }

    private func complaints(_ document: Document) -> [String] {
        do throws(DocumentErrors) {
            _ = try Scenario.read(document.numbered(), file: "x.yaml")
            return []
        } catch {
            return error.errors.map(\.description)
        }
    }

    @Test func `a link holds both ways, and what it leaves out is the default's`() throws {
        let scenario = try read([
            "default": ["rtt": "20ms", "jitter": "2ms"],
            "us-eu": ["rtt": "90ms", "loss": "0.1%", "bandwidth": "100Mbit"],
        ])
        let matrix = scenario.linkMatrix
        #expect(matrix.regions == ["eu", "us", "us-west", ""])
        let far = LinkQuality(
            roundTrip: .milliseconds(90),
            jitter: .milliseconds(2),
            lossMillionths: 1000,
            bandwidth: 100_000_000
        )
        let near = LinkQuality(roundTrip: .milliseconds(20), jitter: .milliseconds(2))
        #expect(matrix.quality[0][1] == far)
        #expect(matrix.quality[1][0] == far)
        #expect(matrix.quality[0][0] == near)
        #expect(matrix.quality[2][1] == near)
        #expect(matrix.quality[3][0] == near)
        // relay-4 is in eu again.
        #expect(matrix.placeByMember == [0, 1, 2, 0])
        #expect(matrix[3, 1] == far)
        #expect(matrix[0, 3] == near)
        #expect(scenario.links.count == 1)
    }

    @Test func `a link within a region is written with one name or the same name twice`() throws {
        for key in ["eu", "eu-eu", "eu | eu"] {
            let matrix = try read(.map([.init(key, ["rtt": "1ms"])])).linkMatrix
            #expect(matrix.quality[0][0].roundTrip == .milliseconds(1), "\(key)")
            #expect(matrix.quality[0][1] == .perfect, "\(key)")
        }
    }

    @Test func `names with hyphens are told apart where they can be`() throws {
        let one = try read(["eu-us-west": ["rtt": "5ms"], "us-west": ["rtt": "1ms"]]).linkMatrix
        #expect(one.quality[0][2].roundTrip == .milliseconds(5))
        #expect(one.quality[2][2].roundTrip == .milliseconds(1))
        #expect(one.quality[0][1] == .perfect)
        let odd: Document = [
            "nodes": ["relay": ["count": 4, "region": ["a", "a-b", "b", "b-b"]]],
            "links": ["a-b": ["rtt": "1ms"], "a-b-b": ["rtt": "1ms"], "a | b-b": ["rtt": "2ms"]],
        ]
        #expect(
            complaints(odd) == [
                "x.yaml:10: the link 'a-b' may mean several pairs of regions: "
                    + "expected 'a-b | a-b' or 'a | b'",
                "x.yaml:12: the link 'a-b-b' may mean several pairs of regions: "
                    + "expected 'a | b-b' or 'a-b | b'",
            ]
        )
    }

    @Test func `a matrix gives the round trips of its regions`() throws {
        let document: Document = [
            "nodes": ["relay": ["count": 4, "region": ["tokyo", "sao-paulo", "dallas"]]],
            "links": [
                "matrix": "world", "default": ["jitter": "3ms"], "tokyo-dallas": ["rtt": "1s"],
            ],
        ]
        let quality = try Scenario.read(document, file: "x.yaml").linkMatrix.quality
        #expect(
            quality[0][1]
                == LinkQuality(roundTrip: .milliseconds(284), jitter: .milliseconds(3))
        )
        #expect(quality[1][1].roundTrip == RegionMatrix.withinRegion)
        #expect(quality[0][2].roundTrip == .seconds(1))
    }

    @Test func `ready-made matrices are whole, symmetric and of this world`() throws {
        for matrix in RegionMatrix.all {
            #expect(RegionMatrix.named(matrix.name) == matrix)
            #expect(Set(matrix.regions).count == matrix.regions.count)
            for one in matrix.regions {
                for other in matrix.regions {
                    let time = try #require(matrix.roundTrip(one, other))
                    #expect(matrix.roundTrip(other, one) == time)
                    #expect(time <= .milliseconds(400))
                    #expect((time == RegionMatrix.withinRegion) == (one == other))
                }
            }
            #expect(matrix.roundTrip("eu", "mars") == nil)
        }
        // The short names are places of the larger matrix.
        let pairs = [
            ("us", "washington"), ("eu", "frankfurt"), ("asia", "tokyo"), ("india", "mumbai"),
            ("sa", "sao-paulo"), ("au", "sydney"),
        ]
        #expect(pairs.map(\.0) == RegionMatrix.continents.regions)
        for (one, first) in pairs {
            for (other, second) in pairs {
                #expect(
                    RegionMatrix.continents.roundTrip(one, other)
                        == RegionMatrix.world.roundTrip(first, second)
                )
            }
        }
    }

    struct Wrong: Sendable {
        let links: Document
        let message: String
        init(_ links: Document, _ message: String) {
            self.links = links
            self.message = message
        }
    }

    static let wrong: [Wrong] = [
        Wrong(
            ["eu-uss": ["rtt": "1ms"]],
            "x.yaml:9: the link 'eu-uss' has 'uss', which is no region here: "
                + "expected two regions, as 'eu-us': did you mean 'us'?"
        ),
        Wrong(
            ["mars": ["rtt": "1ms"]],
            "x.yaml:9: the link 'mars' has 'mars', which is no region here: "
                + "expected two regions, as 'eu-us'"
        ),
        Wrong(
            ["eu | usw": ["rtt": "1ms"]],
            "x.yaml:9: the link 'eu | usw' has 'usw', which is no region here: "
                + "expected two regions, as 'eu-us': did you mean 'us'?"
        ),
        Wrong(
            ["eu-us": ["rtt": "1ms"], "us-eu": ["rtt": "2ms"]],
            "x.yaml:11: the link between 'eu' and 'us' stands twice: links hold both ways"
        ),
        Wrong(
            ["eu-us": ["rrt": "1ms"]],
            "x.yaml:10: unknown key 'rrt': did you mean 'rtt'?"
        ),
        Wrong(
            ["eu-us": ["bandwidth": "100Mbps"]],
            "x.yaml:10: 'bandwidth' is '100Mbps': expected bits a second from 1kbit to 1000Gbit, "
                + "such as 64kbit, 100Mbit or 1Gbit"
        ),
        Wrong(
            ["eu-us": ["loss": "lots"]],
            "x.yaml:10: 'loss' is 'lots': expected a share from 0 to 1, such as 0.05 or 5%"
        ),
        Wrong(
            ["matrix": "wrld"],
            "x.yaml:9: 'matrix' is 'wrld': expected world or continents: did you mean 'world'?"
        ),
        Wrong(
            ["matrix": "continents"],
            "x.yaml:9: the matrix 'continents' has no region 'us-west': "
                + "expected us, eu, asia, india, sa, au: say how it is linked, or a default"
        ),
        Wrong(["eu-us"], "x.yaml:8: 'links' is a list: expected a map of keys and values"),
    ]

    @Test(arguments: wrong)
    func `what is wrong with a link is named with its line`(wrong: Wrong) {
        #expect(complaints(document(wrong.links)) == [wrong.message])
    }

    @Test func `a node without a region stands in no matrix`() {
        let bare: Document = ["nodes": ["relay": 2], "links": ["matrix": "world"]]
        #expect(
            complaints(bare) == [
                "x.yaml:4: the group 'relay' has no region for the matrix 'world': "
                    + "expected 'region' on every group, or a default link"
            ]
        )
        let usual: Document = [
            "nodes": ["relay": 2], "links": ["matrix": "world", "default": ["rtt": "9ms"]],
        ]
        #expect(complaints(usual).isEmpty)
    }

    @Test func `limits of links hold at their value and not one past it`() {
        func link(_ key: String, _ value: Document) -> [String] {
            complaints(document(["eu-us": Document.map([.init(key, value)])]))
        }
        #expect(link("rtt", "60s").isEmpty)
        #expect(link("rtt", "60001ms").count == 1)
        #expect(link("jitter", "60s").isEmpty)
        #expect(link("jitter", "60001ms").count == 1)
        #expect(link("loss", "50%").isEmpty)
        #expect(link("loss", "50.0001%").count == 1)
        #expect(link("bandwidth", "1kbit").isEmpty)
        #expect(link("bandwidth", "999bit").count == 1)
        #expect(link("bandwidth", "1000Gbit").isEmpty)
        #expect(link("bandwidth", "1000000000001bit").count == 1)
        func regions(_ count: Int) -> [String] {
            let names = (1...count).map { Document.text("r\($0)") }
            return complaints([
                "nodes": [
                    "relay": ["count": .number(count), "region": .list(names.prefix(60))],
                    "other": ["count": .number(count), "region": .list(names.dropFirst(60))],
                ],
                "links": ["r1-r2": ["rtt": "1ms"]],
            ])
        }
        #expect(regions(Scenario.regionLimit).filter { $0.contains("regions to link") }.isEmpty)
        #expect(
            regions(Scenario.regionLimit + 1).filter { $0.contains("regions to link") }.count == 1
        )
    }

    @Test func `a link that gets worse is in each respect the worse of two`() {
        let base = LinkQuality(roundTrip: .milliseconds(90), lossMillionths: 5, bandwidth: 1000)
        let fault = LinkQuality(roundTrip: .milliseconds(10), jitter: .seconds(1), bandwidth: 2000)
        #expect(
            base.worsened(by: fault)
                == LinkQuality(
                    roundTrip: .milliseconds(90),
                    jitter: .seconds(1),
                    lossMillionths: 5,
                    bandwidth: 1000
                )
        )
        #expect(base.worsened(by: .perfect) == base)
        #expect(LinkQuality.perfect.worsened(by: base) == base)
    }
}
