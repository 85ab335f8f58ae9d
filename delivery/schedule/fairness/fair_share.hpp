// Divides a limited resource among accounts, so that an account which uses little is served as if it were
// alone.
//
// An account may take more as long as it has at most kTimesFree times what stays free (dynamic thresholds,
// Choudhury and Hahne 1998). So one busy account gets eight ninths, and two get eight seventeenths each.
// There is always room for another account, and accounts may use what the others don't want. The last unit of
// a resource goes only to an account that has none.
//
// Pure. Memory: one entry for each account that has some of the resource.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "common/model/id.hpp"

namespace delivery {

class FairShare {
  public:
    static constexpr std::size_t kTimesFree = 8;

    explicit FairShare(std::size_t capacity) : capacity_(capacity) {}

    // Whether the account may take that amount.
    [[nodiscard]] bool allows(model::Id account, std::size_t amount = 1) const;
    void take(model::Id account, std::size_t amount = 1);
    // REQUIRES: the account has taken at least that amount.
    void release(model::Id account, std::size_t amount = 1);
    // Accounts keep what they have, even beyond the new capacity.
    void resize(std::size_t capacity) { capacity_ = capacity; }

    [[nodiscard]] std::size_t used() const { return used_; }
    [[nodiscard]] std::size_t used_by(model::Id account) const;

  private:
    std::size_t capacity_;
    std::size_t used_ = 0;
    std::unordered_map<model::Id, std::size_t> accounts_;
};

}  // namespace delivery
