// The memory that events in our hands take, divided among accounts (fair_share.hpp).
//
// How large an event is, is known only once it has been claimed. Until then room is reserved for as much as
// the account's events have: the largest lately, or the largest that there may be while nothing is known.
//
// Pure.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "delivery/schedule/fairness/fair_share.hpp"

namespace delivery {

class ByteBudget {
  public:
    static constexpr std::size_t kLargestEvent = 64 * 1024;  // as a rule: the API takes no larger ones

    explicit ByteBudget(std::size_t capacity) : share_(capacity) {}

    // Whether another event of the account may be claimed. One always may, so no account waits for others.
    [[nodiscard]] bool allows(model::Id account) const { return fits(account, usual_size(account)); }
    // For an event that is to be claimed. How much was reserved.
    [[nodiscard]] std::size_t reserve(model::Id account);
    // The event for which that was reserved has so many bytes. If that is more than the account may have, it
    // must not be kept: the reservation stays what it was, until it is released.
    [[nodiscard]] bool settle(model::Id account, std::size_t reserved, std::size_t bytes);
    void release(model::Id account, std::size_t bytes);

    [[nodiscard]] std::size_t used() const { return share_.used(); }

  private:
    [[nodiscard]] bool fits(model::Id account, std::size_t bytes) const {
        return share_.used_by(account) == 0 || share_.allows(account, bytes);
    }
    [[nodiscard]] std::size_t usual_size(model::Id account) const;

    FairShare share_;
    std::unordered_map<model::Id, std::size_t> usual_sizes_;  // of accounts that have something
};

}  // namespace delivery
