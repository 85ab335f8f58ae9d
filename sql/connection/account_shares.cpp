#include "sql/connection/account_shares.hpp"

#include <algorithm>

namespace db {

AccountShares::Share::~Share() {
    if (shares_ != nullptr) shares_->give_back(account_, work_);
}

AccountShares::Share& AccountShares::Share::operator=(Share&& other) noexcept {
    std::swap(shares_, other.shares_);
    std::swap(account_, other.account_);
    std::swap(work_, other.work_);
    return *this;
}

bool AccountShares::may_take(const Account& known, Work work) const {
    return known.taken < limits_.all && (work != Work::kList || known.lists < limits_.lists);
}

// REQUIRES: the mutex is locked. This overtakes no waiting request with the same kind of work: while one
// waits, may_take() is false for that kind.
std::optional<AccountShares::Share> AccountShares::take_at_once(model::Id account, Account& known,
                                                                Work work) {
    if (!may_take(known, work)) return std::nullopt;
    known.take(work);
    return Share(*this, account, work);
}

std::optional<AccountShares::Share> AccountShares::try_take(model::Id account, Work work) {
    const std::lock_guard lock(mutex_);
    return take_at_once(account, accounts_[account], work);
}

std::optional<AccountShares::Share> AccountShares::take(model::Id account, Work work,
                                                        Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    Account& known = accounts_[account];
    if (auto share = take_at_once(account, known, work)) return share;
    if (known.line.size() >= limits_.line) return std::nullopt;
    Waiting waiting{.work = work};
    const auto position = known.line.insert(known.line.end(), &waiting);
    if (waiting.granted.wait_until(lock, deadline, [&] { return waiting.has_share; }))
        return Share(*this, account, work);
    known.line.erase(position);
    return std::nullopt;
}

// Hands the share to the request that has waited longest among those that may take it.
void AccountShares::give_back(model::Id account, Work work) {
    const std::lock_guard lock(mutex_);
    const auto found = accounts_.find(account);
    Account& known = found->second;
    known.release(work);
    const auto next = std::ranges::find_if(
        known.line, [&](const Waiting* waiting) { return may_take(known, waiting->work); });
    if (next == known.line.end()) {
        if (known.taken == 0) accounts_.erase(found);
        return;
    }
    Waiting& waiting = **next;
    known.line.erase(next);
    known.take(waiting.work);
    waiting.has_share = true;
    waiting.granted.notify_one();
}

}  // namespace db
