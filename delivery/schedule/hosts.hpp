// The receivers' hosts (security::origin_of): the concurrency window of each, its division among accounts,
// and the webhooks that wait for it.
//
// Pure.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <utility>

#include "delivery/schedule/concurrency_window.hpp"
#include "delivery/schedule/fairness/fair_queue.hpp"
#include "delivery/schedule/fairness/fair_share.hpp"

namespace delivery {

struct Host {
    // One more than a webhook's, because one request of a host's window is left to other accounts.
    static constexpr unsigned kFirstWindow = ConcurrencyWindow::kFirstWindow + 1;

    Host(std::string its_name, unsigned most)
        : name(std::move(its_name)), window(most, kFirstWindow), share(window.size()) {}

    [[nodiscard]] bool has_room_for(model::Id account) const { return share.allows(account); }
    void start(model::Id account) {
        window.start();
        share.take(account);
    }
    void finish(model::Id account, Feedback feedback, Clock::time_point started, Clock::time_point now) {
        window.finish(feedback, started, now);
        if (feedback == Feedback::kSuccess) window.open();
        share.release(account);
        share.resize(window.size());
    }
    [[nodiscard]] bool is_unused() const { return webhooks == 0 && window.in_flight() == 0; }

    std::string name;
    ConcurrencyWindow window;
    FairShare share;  // of the window
    std::size_t webhooks = 0;
    HostQueue waiting;  // webhooks that wait for room in the window
};

class Hosts {
  public:
    // most: hosts that are kept in memory, unless more are in use. per_host: the limit of a host's window.
    Hosts(std::size_t most, unsigned per_host) : most_(most), per_host_(per_host) {}

    // Adds the host if it is new. The reference is valid until the host is forgotten.
    [[nodiscard]] Host& named(const std::string& name);
    [[nodiscard]] const Host* find(const std::string& name) const;
    // Healthy hosts are kept as long as there is room, so that their next deliveries don't compete with those
    // of the unhealthy.
    void forget_if_unused(Host& host);

    [[nodiscard]] auto begin() { return hosts_.begin(); }
    [[nodiscard]] auto end() { return hosts_.end(); }

  private:
    const std::size_t most_;
    const unsigned per_host_;
    std::unordered_map<std::string, Host> hosts_;
};

}  // namespace delivery
