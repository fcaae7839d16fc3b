import Testing
import WarrenHandshake
import WarrenPrimitives
import WarrenSupport

struct TranscriptTests {
    struct File: Decodable {
        let keccak_f1600: [Permutation]
        let strobe_init: [Initial]
        let strobe_conformance: Conformance
        let merlin: [Merlin]
        let merlin_state_after_simple_append: State
        let secret_connection_transcript: [Exchange]

        struct Permutation: Decodable {
            let input_hex: String
            let output_hex: String
        }

        struct Initial: Decodable {
            let state_hex: String
            let pos: UInt8?
            let pos_begin: UInt8?
        }

        struct Conformance: Decodable {
            let prf1_hex: String
            let prf2_hex: String
        }

        struct Merlin: Decodable {
            let name: String
            let challenge_hex: String?
            let challenges_hex: [String]?
            let final_challenge_hex: String?
        }

        struct State: Decodable {
            let state_hex: String
            let pos: UInt8
            let pos_begin: UInt8
            let cur_flags: UInt8
        }

        struct Exchange: Decodable {
            let lower_hex: String
            let upper_hex: String
            let dh_secret_hex: String
            let challenge_hex: String
            let steps: [TranscriptStep]
        }
    }

    let file: File

    init() throws { file = try Vectors.load("strobe-merlin") }

    private func text(_ state: Keccak) -> String { Hex.text((0..<200).map { state[$0] }) }

    @Test
    func `Keccak permutes as the reference does`() throws {
        #expect(file.keccak_f1600.count == 2)
        for row in file.keccak_f1600 {
            var state = Keccak()
            for (place, byte) in try bytes(row.input_hex).enumerated() { state[place] = byte }
            #expect(text(state) == row.input_hex)
            state.permute()
            #expect(text(state) == row.output_hex)
        }
    }

    @Test
    func `STROBE starts in the state of the reference`() throws {
        let labelled = try #require(file.strobe_init.last)
        let strobe = Strobe(label: "Merlin v1.0")
        #expect(text(strobe.state) == labelled.state_hex)
        #expect(strobe.position == labelled.pos)
        #expect(strobe.begin == labelled.pos_begin)
    }

    @Test
    func `STROBE passes its conformance test`() {
        var strobe = Strobe(label: "Conformance Test Protocol")
        strobe.metaAssociatedData(Array("ms".utf8))
        strobe.metaAssociatedData(Array("g".utf8), more: true)
        strobe.associatedData([UInt8](repeating: 0x63, count: 1024))
        strobe.metaAssociatedData(Array("prf".utf8))
        let first = strobe.pseudorandom(32)
        #expect(Hex.text(first) == file.strobe_conformance.prf1_hex)
        strobe.metaAssociatedData(Array("key".utf8))
        strobe.key(first)
        strobe.metaAssociatedData(Array("prf".utf8))
        #expect(Hex.text(strobe.pseudorandom(32)) == file.strobe_conformance.prf2_hex)
    }

    @Test
    func `a simple transcript gives the published challenge`() throws {
        var transcript = Transcript(application: "test protocol")
        transcript.append("some label", Array("some data".utf8))
        let state = file.merlin_state_after_simple_append
        #expect(text(transcript.strobe.state) == state.state_hex)
        #expect(transcript.strobe.position == state.pos)
        #expect(transcript.strobe.begin == state.pos_begin)
        #expect(transcript.strobe.flags == state.cur_flags)
        let challenge = transcript.challenge("challenge", count: 32)
        let row = try #require(file.merlin.first { $0.name == "simple" })
        #expect(Hex.text(challenge) == row.challenge_hex)
    }

    @Test
    func `a long transcript gives the published challenges`() throws {
        let row = try #require(file.merlin.first { $0.name == "complex" })
        var transcript = Transcript(application: "test protocol")
        transcript.append("step1", Array("some data".utf8))
        var challenges: [String] = []
        for _ in 0..<32 {
            let challenge = transcript.challenge("challenge", count: 32)
            challenges.append(Hex.text(challenge))
            transcript.append("bigdata", [UInt8](repeating: 0x63, count: 1024))
            transcript.append("challengedata", challenge)
        }
        #expect(challenges == row.challenges_hex)
        #expect(challenges.last == row.final_challenge_hex)
    }

    @Test
    func `the connection's transcript passes through every state of the vectors`() throws {
        for row in file.secret_connection_transcript {
            try follow(
                row.steps,
                lower: bytes(row.lower_hex),
                upper: bytes(row.upper_hex),
                secret: bytes(row.dh_secret_hex),
                challenge: row.challenge_hex
            )
        }
        let row = try HandshakeVectors.load().handshake
        try follow(
            row.transcript_steps,
            lower: bytes(row.lower_ephemeral_hex),
            upper: bytes(row.upper_ephemeral_hex),
            secret: bytes(row.dh_secret_hex),
            challenge: row.challenge_hex
        )
    }

    private func follow(
        _ steps: [TranscriptStep],
        lower: [UInt8],
        upper: [UInt8],
        secret: [UInt8],
        challenge: String
    ) throws {
        var transcript = Transcript(application: "TENDERMINT_SECRET_CONNECTION_TRANSCRIPT_HASH")
        for step in steps {
            switch step.after {
            case "EPHEMERAL_LOWER_PUBLIC_KEY": transcript.append(step.after, lower)
            case "EPHEMERAL_UPPER_PUBLIC_KEY": transcript.append(step.after, upper)
            case "DH_SECRET": transcript.append(step.after, secret)
            case "init + dom-sep": break
            default:
                let drawn = transcript.challenge("SECRET_CONNECTION_MAC", count: 32)
                #expect(Hex.text(drawn) == challenge)
            }
            #expect(text(transcript.strobe.state) == step.state_hex, "\(step.after)")
            #expect(transcript.strobe.position == step.pos, "\(step.after)")
            #expect(transcript.strobe.begin == step.pos_begin, "\(step.after)")
            #expect(transcript.strobe.flags == step.cur_flags, "\(step.after)")
        }
        let drawn = KeySchedule.challenge(lower: lower, upper: upper, sharedSecret: secret)
        #expect(Hex.text(drawn) == challenge)
    }

    @Test
    func `a cleared transcript holds nothing`() {
        var transcript = Transcript(application: "test protocol")
        transcript.append("secret", [1, 2, 3])
        transcript.clear()
        #expect(transcript.strobe.state == Keccak())
    }
}
