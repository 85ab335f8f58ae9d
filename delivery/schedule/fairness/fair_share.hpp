// How much of a limited resource each account may have, so that whoever uses little of it is served as if
// alone.
//
// Accounts are neighbours to each other: an account may take more while it has no more than kTimesFree times
// of what stays free (dynamic thresholds, Choudhury and Hahne 1998). So one account alone may have eight
// ninths, two that are busy have eight seventeenths each, and so on; there is always room for an account that
// comes in; and what others don't want is not kept from those who do. The last of a resource goes only to an
// account that has none of it.
//
// Pure. Memory: one entry for each account that has something.
#pragma once

#include <cstddef>
#include <unordered_map>

#include "common/model/id.hpp"

namespace delivery {

class FairShare {
  public:
    static constexpr std::size_t kTimesFree = 8;

    explicit FairShare(std::size_t capacity) : capacity_(capacity) {}

    // Whether the account may take so much more.
    [[nodiscard]] bool allows(model::Id account, std::size_t amount = 1) const;
    void take(model::Id account, std::size_t amount = 1);
    // REQUIRES: the account has taken as much.
    void release(model::Id account, std::size_t amount = 1);
    // From now on. Nobody loses what he has.
    void resize(std::size_t capacity) { capacity_ = capacity; }

    [[nodiscard]] std::size_t used() const { return used_; }
    [[nodiscard]] std::size_t used_by(model::Id account) const;

  private:
    std::size_t capacity_;
    std::size_t used_ = 0;
    std::unordered_map<model::Id, std::size_t> accounts_;
};

}  // namespace delivery
