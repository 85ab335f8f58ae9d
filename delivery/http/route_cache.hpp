// What is known of the hosts that requests go to: their addresses, for a while, and which of the kept
// connections are still to be trusted.
//
// Connections have a generation. Once a request got no answer over one of them, the host's requests go over
// connections of the next generation, while those under way end as they may. A name that leads elsewhere
// begins a generation as well, and what was found out about the former one is forgotten.
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
    std::vector<std::string> addresses;  // in the order in which they are to be tried
    bool by_http1 = false;               // the host refuses HTTP/2
};

// What libcurl knows the host by, so that it keeps the connections of each generation apart.
[[nodiscard]] std::string alias_of(std::uint64_t generation);

class RouteCache {
  public:
    using Clock = std::chrono::steady_clock;

    // known_for: how long addresses are believed.
    explicit RouteCache(std::chrono::seconds known_for) : known_for_(known_for) {}

    // Nothing if its addresses are not known, or no longer. Valid until the next call of anything here.
    [[nodiscard]] const Route* find(const std::string& host, Clock::time_point now) const;
    const Route& learn(const std::string& host, std::vector<std::string> addresses, Clock::time_point now);

    // The connections of this generation are not to be used again.
    void leave(const std::string& host, std::uint64_t generation);
    // Nobody answered there: other addresses are tried first from now on.
    void put_last(const std::string& host, const std::vector<std::string>& addresses);
    // Of the current generation.
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
