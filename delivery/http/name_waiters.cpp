#include "delivery/http/name_waiters.hpp"

#include <algorithm>
#include <iterator>

namespace delivery {

void NameWaiters::add(std::unique_ptr<Transfer> transfer) {
    const std::string& host = transfer->host();
    resolver_.look_up(host, transfer->account());
    deadlines_.emplace_back(transfer->lookup_deadline(), host);
    waiting_[host].push_back(std::move(transfer));
    ++count_;
}

std::vector<NameWaiters::Answered> NameWaiters::take() {
    std::vector<Answered> answered;
    for (Resolver::Answer& answer : resolver_.take()) {
        auto waiting = waiting_.extract(answer.name);
        Transfers transfers;
        if (!waiting.empty()) transfers = std::move(waiting.mapped());
        count_ -= transfers.size();
        answered.push_back({std::move(answer), std::move(transfers)});
    }
    return answered;
}

std::optional<Clock::time_point> NameWaiters::next_deadline() const {
    if (deadlines_.empty()) return std::nullopt;
    return deadlines_.front().first;
}

// The transfers of a name are nearly in the order of their deadlines, and so are the deadlines of all names.
std::vector<Outcome> NameWaiters::end_overdue() {
    std::vector<Outcome> outcomes;
    const auto now = Clock::now();
    while (!deadlines_.empty() && deadlines_.front().first <= now) {
        const std::string host = std::move(deadlines_.front().second);
        deadlines_.pop_front();
        const auto found = waiting_.find(host);
        if (found == waiting_.end()) continue;
        Transfers& transfers = found->second;
        const auto first_in_time = std::ranges::find_if(
            transfers, [now](const auto& transfer) { return transfer->lookup_deadline() > now; });
        const bool is_under_way = resolver_.is_under_way(host);
        for (auto transfer = transfers.begin(); transfer != first_in_time; ++transfer) {
            outcomes.push_back(
                (*transfer)->outcome(Failure::kDns, is_under_way ? "Resolving timed out: " + host
                                                                 : "too many other lookups are under way"));
        }
        count_ -= static_cast<std::size_t>(first_in_time - transfers.begin());
        transfers.erase(transfers.begin(), first_in_time);
        if (!transfers.empty()) continue;
        waiting_.erase(found);
        resolver_.forget(host);
    }
    return outcomes;
}

NameWaiters::Transfers NameWaiters::take_all() {
    Transfers all;
    for (auto& [host, transfers] : std::exchange(waiting_, {})) {
        resolver_.forget(host);
        std::ranges::move(transfers, std::back_inserter(all));
    }
    count_ = 0;
    return all;
}

}  // namespace delivery
