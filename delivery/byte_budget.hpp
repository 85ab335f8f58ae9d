// The memory that events in our hands take, divided among accounts (fair_share.hpp).
//
// How large an event is, is known only once it has been claimed. Until then room is reserved for as much as
// the account's events have: the largest lately, or the largest that there may be while nothing is known.
//
// Pure.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "delivery/fair_share.hpp"

namespace delivery {

class ByteBudget {
  public:
    static constexpr std::size_t kLargestEvent = 64 * 1024;  // as a rule: the API takes no larger ones

    explicit ByteBudget(std::size_t capacity) : share_(capacity) {}

    // Whether another event of the account may be claimed. One always may, so no account waits for others.
    [[nodiscard]] bool allows(db::Id account) const { return fits(account, usual_size(account)); }
    // For an event that is to be claimed. How much was reserved.
    [[nodiscard]] std::size_t reserve(db::Id account);
    // The event for which that was reserved has so many bytes. If that is more than the account may have, it
    // must not be kept: the reservation stays what it was, until it is released.
    [[nodiscard]] bool settle(db::Id account, std::size_t reserved, std::size_t bytes);
    void release(db::Id account, std::size_t bytes);

    [[nodiscard]] std::size_t used() const { return share_.used(); }

  private:
    [[nodiscard]] bool fits(db::Id account, std::size_t bytes) const {
        return share_.used_by(account) == 0 || share_.allows(account, bytes);
    }
    [[nodiscard]] std::size_t usual_size(db::Id account) const;

    FairShare share_;
    std::unordered_map<db::Id, std::size_t> usual_sizes_;  // of accounts that have something
};

}  // namespace delivery
