// Keeps the addresses of receivers' hosts for a while, and knows which of their kept connections can be
// trusted.
//
// Connections have a generation. When a request gets no answer over a connection, the host's later requests
// use connections of the next generation; requests under way go on. A change of the host's addresses starts a
// new generation as well. What was learnt about the former generation is forgotten then.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace delivery {

struct Route {
    std::uint64_t generation = 0;        // of the connections; never the same for two hosts
    std::vector<std::string> addresses;  // in the order in which to try them
    bool by_http1 = false;               // the host refuses HTTP/2
};

// The host name that libcurl is told, so that it keeps the connections of each generation apart.
[[nodiscard]] std::string alias_of(std::uint64_t generation);

class RouteCache {
  public:
    using Clock = std::chrono::steady_clock;

    // known_for: how long addresses are kept.
    explicit RouteCache(std::chrono::seconds known_for) : known_for_(known_for) {}

    // Returns nullptr if the addresses are unknown or too old. The pointer is valid until the next call of a
    // member.
    [[nodiscard]] const Route* find(const std::string& host, Clock::time_point now) const;
    const Route& learn(const std::string& host, std::vector<std::string> addresses, Clock::time_point now);

    // Stops the use of connections of that generation.
    void leave(const std::string& host, std::uint64_t generation);
    // Moves addresses that did not answer to the end, so that others are tried first.
    void put_last(const std::string& host, const std::vector<std::string>& addresses);
    // The current generation goes on by HTTP/1.1.
    void refuses_http2(const std::string& host);

  private:
    struct Entry {
        Route route;
        Clock::time_point known_until;
    };

    void forget_old(Clock::time_point now);
    void renew(Route& route) { route = {++generations_, std::move(route.addresses), false}; }

    const std::chrono::seconds known_for_;
    std::unordered_map<std::string, Entry> routes_;
    Clock::time_point next_forgetting_;
    std::uint64_t generations_ = 0;
};

}  // namespace delivery
