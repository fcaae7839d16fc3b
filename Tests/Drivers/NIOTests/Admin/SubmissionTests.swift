import Testing
import WarrenChain
import WarrenNIO
import WarrenNode
import WarrenPrimitives

/// What may be given to `POST /tx`, by whom, and what is answered; without a socket.
@Suite struct SubmissionTests {
    private func refusal(_ body: () throws(AdminRefusal) -> Void) -> AdminRefusal? {
        do throws(AdminRefusal) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    private func read(_ form: SubmissionForm, _ text: String) -> AdminRefusal? {
        refusal { () throws(AdminRefusal) in _ = try form.transaction(Array(text.utf8)) }
    }

    // MARK: - The body

    @Test(arguments: [
        ("application/octet-stream", SubmissionForm.encoding), ("application/json", .json),
        ("Application/JSON; charset=utf-8", .json),
    ])
    func `the form is what the content type says`(type: String, form: SubmissionForm) throws {
        #expect(try SubmissionForm(contentType: type) == form)
    }

    /// The first three are all that a browser sends to a stranger's port without asking.
    @Test(arguments: [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
        nil,
    ])
    func `what a web page can have sent is not taken`(type: String?) {
        let refusal = refusal { () throws(AdminRefusal) in
            _ = try SubmissionForm(contentType: type)
        }
        #expect(refusal?.status == 415)
        #expect(refusal?.expected.contains("application/octet-stream") == true)
    }

    @Test func `an encoding is read up to its limit, and not one byte past it`() throws {
        let largest = Transaction(
            .payload([UInt8](repeating: 7, count: Transaction.payloadByteLimit))
        )
        let form = SubmissionForm.encoding
        #expect(try form.transaction(largest.encoding) == largest)
        #expect(form.byteLimit == Transaction.byteLimit)
        func status(_ count: Int) -> Int? {
            refusal { () throws(AdminRefusal) in
                _ = try form.transaction([UInt8](repeating: 0, count: count))
            }?.status
        }
        #expect(status(Transaction.byteLimit) == 400)
        #expect(status(Transaction.byteLimit + 1) == 413)
        #expect(status(0) == 400)
        #expect(
            refusal { () throws(AdminRefusal) in
                _ = try form.transaction(largest.encoding + [0])
            }?.status == 400
        )
    }

    @Test func `a payload is read from hex digits, up to its limit`() throws {
        let form = SubmissionForm.json
        let read = try form.transaction(Array("{\"payload\": \"00fF\"}".utf8))
        #expect(read == Transaction(.payload([0, 255])))
        func text(_ count: Int) -> String {
            "{\"payload\":\"" + String(repeating: "ab", count: count) + "\"}"
        }
        let limit = Transaction.payloadByteLimit
        #expect(self.read(form, text(limit)) == nil)
        #expect(text(limit).utf8.count <= form.byteLimit)
        #expect(self.read(form, text(limit + 1))?.status == 413)
        for bad in ["", "{}", "[]", "{\"payload\":5}", text(0), "{\"payload\":\"abc\"}", "abcd"] {
            #expect(self.read(form, bad)?.status == 400, "\(bad)")
        }
    }

    /// What strangers send does no harm, and what is taken is what was sent.
    @Test func `mutated bodies are transactions or refusals`() {
        var random = Random(seed: 0x7A)
        let encoding = Transaction(.payload([1, 2, 3, 4, 5, 6, 7, 8])).encoding
        let json = Array("{\"payload\":\"0102030405060708\"}".utf8)
        for _ in 0..<2000 {
            let isJSON = random.chance(1, in: 2)
            var body = isJSON ? json : encoding
            for _ in 0...random.below(3) where !body.isEmpty {
                let place = random.below(body.count)
                if random.chance(1, in: 3) {
                    body.remove(at: place)
                } else {
                    body[place] ^= UInt8(1 << random.below(8))
                }
            }
            let form: SubmissionForm = isJSON ? .json : .encoding
            let refusal = refusal { () throws(AdminRefusal) in
                let read = try form.transaction(body)
                #expect(isJSON || read.encoding == body)
            }
            #expect(refusal.map { [400, 413].contains($0.status) } ?? true)
        }
    }

    // MARK: - The right

    private func status(_ host: String, token: String?, _ authorization: String?) -> Int? {
        var configuration = NodeConfiguration()
        configuration.adminAddress.ip = IPAddress(host) ?? configuration.adminAddress.ip
        configuration.adminToken = token
        return refusal { () throws(AdminRefusal) in
            try AdminRight(configuration).check(authorization)
        }?.status
    }

    @Test(arguments: ["127.0.0.1", "127.2.0.9", "::1"])
    func `on loopback nothing need be shown`(host: String) {
        #expect(status(host, token: nil, nil) == nil)
    }

    @Test(arguments: ["0.0.0.0", "10.0.0.1", "::", "128.0.0.1", "2001:db8::1", "::2"])
    func `elsewhere nobody may without a token`(host: String) {
        #expect(status(host, token: nil, nil) == 403)
        #expect(status(host, token: nil, "Bearer 0123456789abcdef") == 403)
    }

    @Test(arguments: ["127.0.0.1", "0.0.0.0"])
    func `a token that is there must be shown`(host: String) {
        let token = "0123456789abcdef"
        #expect(status(host, token: token, "Bearer \(token)") == nil)
        #expect(status(host, token: token, "bearer \(token)") == nil)
        for wrong in [nil, "", token, "Bearer", "Bearer ", "Basic \(token)", "Bearer \(token)0"] {
            #expect(status(host, token: token, wrong) == 401, "\(wrong ?? "nothing")")
        }
        #expect(status(host, token: token, "Bearer 0123456789abcdeF") == 401)
    }

    // MARK: - The answer

    @Test(arguments: [
        (Mempool.Admission.added(sequence: 9), 202, "added"), (.known, 200, "known"),
        (.included, 200, "included"), (.stale, 409, "stale"), (.tooLarge, 413, "tooLarge"),
        (.unsigned, 422, "unsigned"),
    ])
    func `every admission has its status and its word`(
        admission: Mempool.Admission,
        status: Int,
        word: String
    ) throws {
        let id = Hash(of: [1])
        let answer = try SubmissionOutcome.admitted(admission).answer(id)
        #expect(answer.status == status)
        #expect(answer.text.hasPrefix("{\"id\":\"\(id)\",\"admission\":\"\(word)\""))
        #expect(answer.text.contains("\"expected\":") == (status >= 400))
    }

    @Test func `a node without a chain and one that does not run say so`() {
        func status(_ outcome: SubmissionOutcome) -> Int? {
            refusal { () throws(AdminRefusal) in _ = try outcome.answer(.zero) }?.status
        }
        #expect(status(.noChain) == 501)
        #expect(status(.notRunning) == 503)
    }
}
