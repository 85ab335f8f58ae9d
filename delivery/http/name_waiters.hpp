// The transfers that wait for the lookup of their host's addresses.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "delivery/http/resolver.hpp"
#include "delivery/http/transfer.hpp"

namespace delivery {

class NameWaiters {
  public:
    using Transfers = std::vector<std::unique_ptr<Transfer>>;

    struct Answered {
        Resolver::Answer answer;
        Transfers transfers;  // empty if all have given up
    };

    // most_threads: of the resolver. Throws what Resolver throws.
    explicit NameWaiters(std::size_t most_threads) : resolver_(most_threads) {}

    void add(std::unique_ptr<Transfer> transfer);
    [[nodiscard]] std::size_t count() const { return count_; }

    // The lookups that have ended since the last call, with their transfers.
    [[nodiscard]] std::vector<Answered> take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const { return resolver_.descriptor(); }

    [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;
    // Ends the transfers that have waited for too long, and returns their outcomes.
    [[nodiscard]] std::vector<Outcome> end_overdue();
    [[nodiscard]] Transfers take_all();

  private:
    Resolver resolver_;
    std::unordered_map<std::string, Transfers> waiting_;  // by host
    std::size_t count_ = 0;
    std::deque<std::pair<Clock::time_point, std::string>> deadlines_;
};

}  // namespace delivery
