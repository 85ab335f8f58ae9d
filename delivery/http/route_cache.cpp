#include "delivery/http/route_cache.hpp"

#include <algorithm>
#include <utility>

namespace delivery {
namespace {

// Routes are kept for longer than a connection may be idle, so that a host finds its kept connections again.
constexpr std::chrono::minutes kRemembered{5};

bool are_the_same(std::vector<std::string> some, std::vector<std::string> others) {
    std::ranges::sort(some);
    std::ranges::sort(others);
    return some == others;
}

}  // namespace

std::string alias_of(std::uint64_t generation) {
    return "generation-" + std::to_string(generation);
}

const Route* RouteCache::find(const std::string& host, Clock::time_point now) const {
    const auto found = routes_.find(host);
    return found == routes_.end() || found->second.known_until <= now ? nullptr : &found->second.route;
}

const Route& RouteCache::learn(const std::string& host, std::vector<std::string> addresses,
                               Clock::time_point now) {
    forget_old(now);
    const auto [found, is_new] = routes_.try_emplace(host);
    auto& [route, known_until] = found->second;
    if (is_new || !are_the_same(route.addresses, addresses)) renew(route);
    route.addresses = std::move(addresses);
    known_until = now + known_for_;
    return route;
}

void RouteCache::leave(const std::string& host, std::uint64_t generation) {
    const auto found = routes_.find(host);
    if (found != routes_.end() && found->second.route.generation == generation) renew(found->second.route);
}

void RouteCache::put_last(const std::string& host, const std::vector<std::string>& addresses) {
    const auto found = routes_.find(host);
    if (found == routes_.end()) return;
    std::vector<std::string>& known = found->second.route.addresses;
    std::stable_partition(known.begin(), known.end(), [&addresses](const std::string& address) {
        return std::ranges::find(addresses, address) == addresses.end();
    });
}

void RouteCache::refuses_http2(const std::string& host) {
    const auto found = routes_.find(host);
    if (found != routes_.end()) found->second.route.by_http1 = true;
}

void RouteCache::forget_old(Clock::time_point now) {
    if (now < next_forgetting_) return;
    next_forgetting_ = now + kRemembered;
    std::erase_if(routes_, [now](const auto& one) { return one.second.known_until + kRemembered < now; });
}

}  // namespace delivery
