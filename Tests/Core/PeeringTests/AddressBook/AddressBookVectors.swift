import WarrenSupport

/// The parts of `addrbook.json` and `schedules.json` that concern the address book.
struct AddressBookVectors: Decodable {
    var buckets: [Bucket]
    var selection_size: [Size]
    var selection_with_bias: [Biased]
    var pick_address: [Pick]
    var is_bad: [Bad]
    var readd_probability: [Readd]

    struct Bucket: Decodable {
        var addr: String
        var addr_group: String
        var src: String
        var src_group: String
        var strict: Bool
        var new_bucket: Int
        var old_bucket: Int
    }

    struct Size: Decodable {
        var book_size: Int
        var selection: Int
    }

    struct Biased: Decodable {
        var n_old: Int
        var n_new: Int
        var bias: Int
        var expected_new: Int
        var expected_old: Int
    }

    struct Pick: Decodable {
        var n_new: Int
        var n_old: Int
        var bias: Int
        var p_old: Double
        var returns_none: Bool
    }

    struct Bad: Decodable {
        var `case`: String
        var bucket_type: Int
        var last_attempt_age_s: Int
        var last_success_age_s: Int?
        var attempts: Int
        var is_bad: Bool
    }

    struct Readd: Decodable {
        var buckets_already: Int
        var probability_added: Double
    }

    struct Schedules: Decodable {
        var pex_dial_backoff: [Backoff]
        var pex_dial_backoff_total_s: Int
        var pex_max_attempts: Int
        var ensure_peers_bias: [Bias]
        var pex_request_limiter: Limiter
    }

    struct Backoff: Decodable {
        var failed_attempts: Int
        var min_wait_s: Int
        var max_wait_s_exclusive: Int
    }

    struct Bias: Decodable {
        var outbound: Int
        var bias: Int
    }

    struct Limiter: Decodable {
        var min_interval_s: Int
        var cases: [Case]

        struct Case: Decodable {
            var request_times_s: [Double]
            var result: String
        }
    }

    static func load() throws -> AddressBookVectors { try Vectors.load("addrbook") }
    static func schedules() throws -> Schedules { try Vectors.load("schedules") }
}
