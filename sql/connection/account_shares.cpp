#include "sql/connection/account_shares.hpp"

#include <algorithm>
#include <utility>

namespace db {

bool AccountShares::may_take(const Account& known, Work work) const {
    return known.taken < limits_.all && (work != Work::kList || known.lists < limits_.lists);
}

void AccountShares::take(Account& known, Work work) {
    ++known.taken;
    if (work == Work::kList) ++known.lists;
}

// This overtakes no parked job with the same kind of work: while one waits, may_take() is false for that kind.
bool AccountShares::try_take(const Share& share) {
    Account& known = accounts_[share.account];
    const bool may = may_take(known, share.work);
    if (may) take(known, share.work);
    return may;
}

bool AccountShares::park(std::unique_ptr<Job>& job, const Share& wanted) {
    std::list<Parked>& line = accounts_[wanted.account].line;
    if (line.size() >= limits_.line) return false;
    line.push_back({std::move(job), wanted});
    return true;
}

bool AccountShares::is_wanted(const Share& share) const {
    return std::ranges::any_of(accounts_.at(share.account).line,
                               [&](const Parked& parked) { return parked.share.work == share.work; });
}

std::optional<AccountShares::Parked> AccountShares::give_back(const Share& share) {
    const auto found = accounts_.find(share.account);
    Account& known = found->second;
    --known.taken;
    if (share.work == Work::kList) --known.lists;
    const auto next = std::ranges::find_if(
        known.line, [&](const Parked& parked) { return may_take(known, parked.share.work); });
    if (next == known.line.end()) {
        if (known.taken == 0) accounts_.erase(found);
        return std::nullopt;
    }
    take(known, next->share.work);
    std::optional<Parked> resumed(std::move(*next));
    known.line.erase(next);
    return resumed;
}

}  // namespace db
