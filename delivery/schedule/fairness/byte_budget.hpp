// Divides the memory that claimed events take among accounts (fair_share.hpp).
//
// The size of an event is known only once it has been claimed. Before that the usual size of the account's
// events is reserved: that of recent large ones, or the API's limit while the account has no events.
//
// Pure.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "delivery/schedule/fairness/fair_share.hpp"

namespace delivery {

class ByteBudget {
  public:
    static constexpr std::size_t kLargestEvent = 64 * 1024;  // that the API takes

    explicit ByteBudget(std::size_t capacity) : share_(capacity) {}

    // Whether another event of the account may be claimed. The first one always may, so no account waits for
    // others.
    [[nodiscard]] bool allows(model::Id account) const { return fits(account, usual_size(account)); }
    // Reserves memory for an event that is about to be claimed. Returns how much.
    [[nodiscard]] std::size_t reserve(model::Id account);
    // Replaces the reservation by the event's real size. Returns false if that is more than the account may
    // have. The event must not be kept then, and the reservation must be released.
    [[nodiscard]] bool settle(model::Id account, std::size_t reserved, std::size_t bytes);
    void release(model::Id account, std::size_t bytes);

    [[nodiscard]] std::size_t used() const { return share_.used(); }

  private:
    [[nodiscard]] bool fits(model::Id account, std::size_t bytes) const {
        return share_.used_by(account) == 0 || share_.allows(account, bytes);
    }
    [[nodiscard]] std::size_t usual_size(model::Id account) const;

    FairShare share_;
    std::unordered_map<model::Id, std::size_t> usual_sizes_;  // of accounts that have claimed events
};

}  // namespace delivery
