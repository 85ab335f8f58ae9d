// The hosts of receivers (security::origin_of): how much each may be sent at once, how that is divided among
// accounts, and which webhooks wait for it.
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
    // One account alone has as much at a new host as one webhook.
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
    HostQueue waiting;  // webhooks, for its room
};

class Hosts {
  public:
    // most: hosts that are kept in mind, unless more are in use. per_host: requests at once, at most.
    Hosts(std::size_t most, unsigned per_host) : most_(most), per_host_(per_host) {}

    // Its address stays the same until it is forgotten.
    [[nodiscard]] Host& named(const std::string& name);
    [[nodiscard]] const Host* find(const std::string& name) const;
    // Those that are healthy are remembered, as long as there is room: what comes next for them need not wait
    // among those that are not.
    void forget_if_unused(Host& host);

    [[nodiscard]] auto begin() { return hosts_.begin(); }
    [[nodiscard]] auto end() { return hosts_.end(); }

  private:
    const std::size_t most_;
    const unsigned per_host_;
    std::unordered_map<std::string, Host> hosts_;
};

}  // namespace delivery
