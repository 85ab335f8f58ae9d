// Sends the requests of deliveries: thousands at once, by one thread, over libcurl's multi interface on
// epoll.
//
// HTTPS alone, by HTTP/1.1 and HTTP/2, TLS 1.2 and up; by HTTP/1.1 alone behind a proxy. Connections are kept
// and used again, among requests with the same check_cert only, until one of them leaves a request without an
// answer: then the host gets new ones (route_cache.hpp). Redirects are not followed, nothing is decompressed, no
// cookies, no proxies from the environment.
//
// A request is sent once more, over a new connection, in two cases: a kept connection was closed before a
// byte of an answer came, or the receiver refused the HTTP/2 stream (by HTTP/1.1 if that is what it wants).
// The receiver sees the same webhook-id, and the outcome tells of both.
//
// The destination is validated three times (destination.hpp): what the URL tells before anything is sent, each
// address before a connection to it is opened, and each connection, old or new, before a request is sent on
// it. Of a name's addresses those allowed are used; if all are refused, so is the request. Each gets a
// quarter of the connect time before the next is tried, one of IPv4 and one of IPv6 at a time. Behind an
// egress proxy it is the proxy that resolves names and has to guard; only what the URL tells is validated here
// then.
//
// Names are looked up by threads (resolver.hpp), whose number is divided by account. The rest of the
// transfers never wait for a resolver.
//
// Not thread-safe: one thread. SIGPIPE must be ignored by the program. Descriptors: one for each connection,
// one or two for each lookup; where they run out a transfer ends with kConnect, and its detail says so. Needs
// curl 7.87 or later. What the system refuses (epoll, memory) is thrown; what a transfer meets is an Outcome.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/security/destination.hpp"
#include "delivery/http/outcome.hpp"

namespace delivery {

struct Request {                       // one HTTP POST
    std::uint64_t tag;                 // the caller's, given back with the outcome
    std::string url;                   // REQUIRES: https. user:password in it becomes basic authentication
    bool check_cert;                   // false: neither the certificate nor its name is verified
    std::vector<std::string> headers;  // "name: value"
    std::string body;
    std::uint64_t account = 0;  // whose it is: accounts share what is scarce
};

struct SenderSettings {
    std::chrono::milliseconds total_timeout{15'000};   // from start() to the status line of the answer
    std::chrono::milliseconds connect_timeout{5'000};  // of that, for lookup, connection and handshake
    std::chrono::milliseconds body_timeout{2'000};     // from there to the end, at most total_timeout
    std::size_t max_header_bytes = 32 * 1024;          // of all responses to one request, 1xx included
    std::size_t max_body_bytes = 64 * 1024;            // read, not kept
    // Open at once. Beyond it the one that is idle longest is closed; those in use may be more, but then none
    // is kept and every request pays for a handshake. A connection takes about 70 KB.
    std::size_t max_connections = 512;
    std::chrono::seconds max_idle_time{60};  // of a kept connection
    std::chrono::seconds dns_cache_time{60};
    std::size_t most_threads = 256;  // that look names up
    // Authorities that certificates are verified by: a file of PEM.
    std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
    // "http://[user:password@]host[:port]" or "https://...": every request goes through a tunnel of this
    // proxy (CONNECT). Empty: none. 502, 503 and 504 to CONNECT are how proxies say that the receiver can't
    // be reached and count as kConnect; everything else that keeps the tunnel from being built is kProxy.
    std::string proxy;
    std::string user_agent = "targethooks/" TARGETHOOKS_VERSION;
    security::Destinations destinations;
};

class Sender {
  public:
    // Throws std::invalid_argument, naming the setting, for a proxy or a ca_file that can't be.
    explicit Sender(const SenderSettings& settings);
    ~Sender();  // closes everything, without outcomes
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    // Its outcome comes from a later wait(), even where the request never got out. Throws
    // std::invalid_argument for a header that holds a line end or NUL.
    void start(Request request);

    // Requests whose outcome is still to come.
    [[nodiscard]] std::size_t in_flight() const;

    // Waits for transfers to end, for one of wakeup_descriptors to become readable, or at most timeout.
    // Returns what has ended, perhaps nothing.
    [[nodiscard]] std::vector<Outcome> wait(std::chrono::milliseconds timeout,
                                            std::span<const int> wakeup_descriptors);

    // Every transfer in flight ends with Failure::kStopped in the next wait(). A request that was on its way
    // may have been taken by the receiver all the same.
    void cancel_all();

  private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace delivery
