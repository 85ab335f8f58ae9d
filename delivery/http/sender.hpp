// Sends the requests of deliveries: thousands at once in one thread, through libcurl's multi interface and
// epoll.
//
// Protocols: HTTPS only, by HTTP/1.1 or HTTP/2, with TLS 1.2 or later. Behind a proxy only HTTP/1.1.
// Connections are kept, and shared by requests with the same check_cert. When a request gets no answer over a
// connection, its host gets new ones (route_cache.hpp). The sender doesn't follow redirects, decompress
// answers, keep cookies, or use proxies from the environment.
//
// A request is sent once more over a new connection in two cases: a kept connection was closed before the
// first byte of an answer, or the receiver refused the HTTP/2 stream (then by HTTP/1.1 if the receiver wants
// it). The receiver sees the same webhook-id, and the outcome reports both requests.
//
// The destination is checked three times (destination.hpp): the URL before anything is sent, each address
// before a connection to it is opened, and each connection, old or new, before a request is sent on it. Only
// the allowed addresses of a name are used. If all are refused, the request is refused. Addresses are tried
// in pairs, one of IPv4 and one of IPv6; each pair gets a quarter of the connect time before the next is
// tried. Behind an egress proxy only the URL is checked here, because the proxy resolves the names and must
// refuse forbidden addresses.
//
// Names are looked up by threads (resolver.hpp), whose number is divided among accounts. The other transfers
// never wait for a lookup.
//
// Not thread-safe: all calls come from one thread. The program must ignore SIGPIPE. Descriptors: one for each
// connection, one or two for each lookup. A transfer that gets no descriptor ends with kConnect, and its
// detail says so. Needs curl 7.87 or later. Errors of the system (epoll, memory) are thrown; errors of a
// transfer are Outcomes.
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
    std::uint64_t tag;                 // chosen by the caller, returned with the outcome
    std::string url;                   // REQUIRES: https. user:password in it becomes basic authentication
    bool check_cert;                   // false: neither the certificate nor its name is verified
    std::vector<std::string> headers;  // "name: value"
    std::string body;
    std::uint64_t account = 0;  // that the delivery belongs to; lookups are divided among accounts
};

struct SenderSettings {
    std::chrono::milliseconds total_timeout{15'000};   // from start() to the status line of the answer
    std::chrono::milliseconds connect_timeout{5'000};  // of that, for lookup, connection and handshake
    std::chrono::milliseconds body_timeout{2'000};     // from there to the end, within total_timeout
    std::size_t max_header_bytes = 32 * 1024;          // of all responses to one request, 1xx included
    std::size_t max_body_bytes = 64 * 1024;            // read, but not kept
    // Open connections. Beyond this number the connection that is idle longest is closed. Connections in use
    // may be more, but then none is kept, and every request needs a handshake. A connection takes about 70
    // KB.
    std::size_t max_connections = 512;
    std::chrono::seconds max_idle_time{60};  // of a kept connection
    std::chrono::seconds dns_cache_time{60};
    std::size_t most_threads = 256;  // that look names up
    // The certificate authorities, a PEM file.
    std::string ca_file = "/etc/ssl/certs/ca-certificates.crt";
    // "http://[user:password@]host[:port]" or "https://...": every request goes through a tunnel of this
    // proxy (CONNECT). Empty: no proxy. 502, 503 and 504 to CONNECT mean that the proxy can't reach the
    // receiver, and count as kConnect. Any other failure to build the tunnel is kProxy.
    std::string proxy;
    std::string user_agent = "targethooks/" TARGETHOOKS_VERSION;
    security::Destinations destinations;
};

class Sender {
  public:
    // Throws std::invalid_argument, naming the setting, for a proxy or a ca_file that can't be used.
    explicit Sender(const SenderSettings& settings);
    ~Sender();  // closes all connections, without outcomes
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;

    // A later wait() returns the outcome, even if the request could not be sent. Throws std::invalid_argument
    // for a header that contains a line end or NUL.
    void start(Request request);

    // Requests without an outcome yet.
    [[nodiscard]] std::size_t in_flight() const;

    // Waits until a transfer ends, one of wakeup_descriptors becomes readable, or the timeout is over.
    // Returns the outcomes, possibly none.
    [[nodiscard]] std::vector<Outcome> wait(std::chrono::milliseconds timeout,
                                            std::span<const int> wakeup_descriptors);

    // Every transfer in flight ends with Failure::kStopped in the next wait(). A receiver may have processed
    // such a request nevertheless.
    void cancel_all();

  private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace delivery
