/* c-ares as Warren uses it: queries whose raw answers Warren reads itself, and the hosts file.
 *
 * From 1.18 (Debian 12) to this day the calls below are there; newer versions mark some of them as
 * deprecated, and turn macros into enumerations, so Swift sees neither the marks nor the values. */
#define CARES_NO_DEPRECATED
#include <ares.h>
#include <netdb.h>
#include <string.h>

enum warren_dns_status {
    WARREN_DNS_ANSWERED = 0,
    /* The name exists and has no record of the type. */
    WARREN_DNS_NO_RECORD = 1,
    WARREN_DNS_NO_SUCH_NAME = 2,
    WARREN_DNS_FAILED = 3
};

static inline int warren_dns_status(int status) {
    switch (status) {
    case ARES_SUCCESS: return WARREN_DNS_ANSWERED;
    case ARES_ENODATA: return WARREN_DNS_NO_RECORD;
    case ARES_ENOTFOUND: return WARREN_DNS_NO_SUCH_NAME;
    default: return WARREN_DNS_FAILED;
    }
}

/* To be called once in a process, before anything else. */
static inline int warren_dns_start(void) {
    return ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
}

/* Opens a channel with the system's settings, and servers of one's own unless `servers` is null:
 * "127.0.0.1:53,[::1]:5353". Null when that is not possible. */
static inline ares_channel warren_dns_open(int timeout_ms, int tries, const char *servers,
                                           ares_sock_state_cb watch, void *data) {
    struct ares_options options;
    ares_channel channel = 0;
    memset(&options, 0, sizeof options);
    options.timeout = timeout_ms;
    options.tries = tries;
    options.sock_state_cb = watch;
    options.sock_state_cb_data = data;
    if (ares_init_options(&channel, &options,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES |
                              ARES_OPT_SOCK_STATE_CB) != ARES_SUCCESS)
        return 0;
    if (servers && ares_set_servers_ports_csv(channel, servers) != ARES_SUCCESS) {
        ares_destroy(channel);
        return 0;
    }
    return channel;
}

/* Asks for records of `type` in the Internet's class; `hear` is called once, maybe before this
 * returns, at the latest by ares_destroy. */
static inline void warren_dns_ask(ares_channel channel, const char *name, int type,
                                  ares_callback hear, void *data) {
    ares_query(channel, name, 1, type, hear, data);
}

/* Writes up to `limit` addresses of the hosts file behind each other, 4 bytes each or 16; how many
 * there were. */
static inline int warren_dns_hosts(ares_channel channel, const char *name, int is_v6,
                                   unsigned char *into, int limit) {
    struct hostent *found = 0;
    int count = 0;
    int family = is_v6 ? AF_INET6 : AF_INET;
    int length = is_v6 ? 16 : 4;
    if (ares_gethostbyname_file(channel, name, family, &found) != ARES_SUCCESS) return 0;
    if (found->h_addrtype == family && found->h_length == length)
        for (; count < limit && found->h_addr_list[count]; count++)
            memcpy(into + count * length, found->h_addr_list[count], (size_t)length);
    ares_free_hostent(found);
    return count;
}

/* Milliseconds until the channel wants ares_process_fd, at most `limit`. */
static inline int warren_dns_wait(ares_channel channel, int limit) {
    struct timeval most = {limit / 1000, (limit % 1000) * 1000};
    struct timeval wait;
    struct timeval *next = ares_timeout(channel, &most, &wait);
    return (int)(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000);
}
