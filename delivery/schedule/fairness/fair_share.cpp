#include "delivery/schedule/fairness/fair_share.hpp"

namespace delivery {

bool FairShare::allows(model::Id account, std::size_t amount) const {
    if (used_ + amount > capacity_) return false;
    const std::size_t own = used_by(account);
    return own == 0 || own + amount <= kTimesFree * (capacity_ - used_ - amount);
}

void FairShare::take(model::Id account, std::size_t amount) {
    accounts_[account] += amount;
    used_ += amount;
}

void FairShare::release(model::Id account, std::size_t amount) {
    const auto found = accounts_.find(account);
    found->second -= amount;
    used_ -= amount;
    if (found->second == 0) accounts_.erase(found);
}

std::size_t FairShare::used_by(model::Id account) const {
    const auto found = accounts_.find(account);
    return found == accounts_.end() ? 0 : found->second;
}

}  // namespace delivery
