#include "delivery/dispatch/claim_batch_parts.hpp"

#include <cstddef>
#include <iterator>
#include <utility>

namespace delivery {
namespace {

// Removes and returns the second half.
template <class Item>
std::vector<Item> cut_in_half(std::vector<Item>& items) {
    const auto middle = items.begin() + static_cast<std::ptrdiff_t>(items.size() / 2);
    std::vector<Item> second(std::make_move_iterator(middle), std::make_move_iterator(items.end()));
    items.erase(middle, items.end());
    return second;
}

// Leaves out a part of the record. Returns false if nothing can be left out any more.
bool reduce(db::FinishedDelivery& one) {
    if (one.attempt_id == 0) return false;
    if (one.answer.empty() && one.detail.empty() && !one.unanswered) one.attempt_id = 0;
    one.answer.clear();
    one.detail.clear();
    one.unanswered.reset();
    if (!one.failure.empty()) one.reason = one.failure;
    return true;
}

}  // namespace

void ClaimBatchParts::remove_first() {
    parts_.pop_back();
    losses_ = 0;
}

bool ClaimBatchParts::is_to_blame(const db::Error& error) {
    constexpr unsigned kLossesThatTell = 2;
    switch (error.category()) {
        case db::ErrorCategory::kOther:
            return true;
        case db::ErrorCategory::kLost:
        case db::ErrorCategory::kUncertain:
            return ++losses_ >= kLossesThatTell;
        default:
            return false;
    }
}

std::optional<db::ClaimBatch> ClaimBatchParts::divide_first() {
    losses_ = 0;
    db::ClaimBatch first = std::move(parts_.back());
    parts_.pop_back();
    db::ClaimBatch second{.finished = {}, .given_back = {}, .wanted = {}, .lease_time = first.lease_time};
    const bool records = !first.finished.empty();
    const bool returns = !first.given_back.empty();
    if (!first.wanted.empty() && (records || returns)) {
        second.wanted = std::exchange(first.wanted, {});
    } else if (records && returns) {
        second.given_back = std::exchange(first.given_back, {});
    } else if (first.finished.size() > 1) {
        second.finished = cut_in_half(first.finished);
    } else if (first.given_back.size() > 1) {
        second.given_back = cut_in_half(first.given_back);
    } else if (first.wanted.size() > 1) {
        second.wanted = cut_in_half(first.wanted);
    } else if (records && reduce(first.finished.front())) {
        parts_.push_back(std::move(first));
        return std::nullopt;
    } else {
        return first;
    }
    parts_.push_back(std::move(second));
    parts_.push_back(std::move(first));
    return std::nullopt;
}

}  // namespace delivery
