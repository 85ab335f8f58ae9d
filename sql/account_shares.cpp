#include "sql/account_shares.hpp"

namespace db {

AccountShares::Share::~Share() {
    if (shares_ != nullptr) shares_->give_back(account_);
}

AccountShares::Share& AccountShares::Share::operator=(Share&& other) noexcept {
    std::swap(shares_, other.shares_);
    std::swap(account_, other.account_);
    return *this;
}

// REQUIRES: the lock is held. Nobody overtakes those who wait.
std::optional<AccountShares::Share> AccountShares::take_at_once(Id account, Account& known) {
    if (known.taken == most_ || !known.line.empty()) return std::nullopt;
    ++known.taken;
    return Share(*this, account);
}

std::optional<AccountShares::Share> AccountShares::try_take(Id account) {
    const std::lock_guard lock(mutex_);
    return take_at_once(account, accounts_[account]);
}

std::optional<AccountShares::Share> AccountShares::take(Id account, Clock::time_point deadline) {
    std::unique_lock lock(mutex_);
    Account& known = accounts_[account];
    if (auto share = take_at_once(account, known)) return share;
    if (known.line.size() >= longest_line_) return std::nullopt;
    Waiting waiting;
    const auto place = known.line.insert(known.line.end(), &waiting);
    if (waiting.turn.wait_until(lock, deadline, [&] { return waiting.has_share; }))
        return Share(*this, account);
    known.line.erase(place);
    return std::nullopt;
}

// Hands the share to whoever waits longest, so that nobody who comes later gets it first.
void AccountShares::give_back(Id account) {
    const std::lock_guard lock(mutex_);
    const auto known = accounts_.find(account);
    auto& [taken, line] = known->second;
    if (!line.empty()) {
        line.front()->has_share = true;
        line.front()->turn.notify_one();
        line.pop_front();
    } else if (--taken == 0) {
        accounts_.erase(known);
    }
}

}  // namespace db
