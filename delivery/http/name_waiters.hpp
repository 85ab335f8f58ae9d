// Transfers that wait for the address of their host.
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
        Transfers transfers;  // perhaps none: all have given up
    };

    // most_threads: of the resolver, which throws what it has to.
    explicit NameWaiters(std::size_t most_threads) : resolver_(most_threads) {}

    void add(std::unique_ptr<Transfer> transfer);
    [[nodiscard]] std::size_t count() const { return count_; }

    // What was looked up since the last call.
    [[nodiscard]] std::vector<Answered> take();
    // Readable while take() has something.
    [[nodiscard]] int descriptor() const { return resolver_.descriptor(); }

    [[nodiscard]] std::optional<Clock::time_point> next_deadline() const;
    // Of those that have waited for too long.
    [[nodiscard]] std::vector<Outcome> end_overdue();
    [[nodiscard]] Transfers take_all();

  private:
    Resolver resolver_;
    std::unordered_map<std::string, Transfers> waiting_;  // by host
    std::size_t count_ = 0;
    std::deque<std::pair<Clock::time_point, std::string>> deadlines_;
};

}  // namespace delivery
