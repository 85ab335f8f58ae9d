#include "delivery/schedule/fairness/byte_budget.hpp"

#include <algorithm>

namespace delivery {

std::size_t ByteBudget::usual_size(model::Id account) const {
    const auto found = usual_sizes_.find(account);
    return found == usual_sizes_.end() ? kLargestEvent : found->second;
}

std::size_t ByteBudget::reserve(model::Id account) {
    const std::size_t bytes = usual_size(account);
    share_.take(account, bytes);
    return bytes;
}

bool ByteBudget::settle(model::Id account, std::size_t reserved, std::size_t bytes) {
    constexpr std::size_t kWeight = 31;
    bytes = std::max<std::size_t>(bytes, 1);
    const std::size_t mean = (kWeight * usual_size(account) + bytes) / (kWeight + 1) + 1;
    usual_sizes_[account] = std::max(mean, bytes);
    share_.release(account, reserved);
    const bool kept = fits(account, bytes);
    share_.take(account, kept ? bytes : reserved);
    return kept;
}

void ByteBudget::release(model::Id account, std::size_t bytes) {
    share_.release(account, bytes);
    if (share_.used_by(account) == 0) usual_sizes_.erase(account);
}

}  // namespace delivery
