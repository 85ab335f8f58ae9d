// Counts the queues in memory by account and host, and chooses those to evict when there are too many: queues
// of the account that has most, and among these of the host that has most.
//
// Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "common/model/id.hpp"

namespace delivery {

template <class Host>
class Occupancy {
  public:
    void add(model::Id account, const Host* host, model::Id webhook) {
        Account& its_account = accounts_[account];
        its_account.hosts[host].insert(webhook);
        ++its_account.size;
    }
    // REQUIRES: it was added.
    void remove(model::Id account, const Host* host, model::Id webhook) {
        const auto found = accounts_.find(account);
        const auto of_host = found->second.hosts.find(host);
        of_host->second.erase(webhook);
        if (of_host->second.empty()) found->second.hosts.erase(of_host);
        if (--found->second.size == 0) accounts_.erase(found);
    }

    // The webhooks to evict for a new webhook of that account and host: at most `most`, all accepted by
    // `may`. Empty if the account, or the host, would then have more than the one that gives. host: nullptr
    // if it is new as well.
    template <class May>
    [[nodiscard]] std::vector<model::Id> to_replace(model::Id account, const Host* host, std::size_t most,
                                                    const May& may) const {
        std::vector<model::Id> found;
        const auto largest = largest_of(accounts_, [](const Account& one) { return one.size; });
        if (largest == accounts_.end()) return found;
        const auto& hosts = largest->second.hosts;
        const auto from = largest_of(hosts, [](const Webhooks& one) { return one.size(); });
        const std::size_t more = largest->first == account
                                     ? surplus(from->second.size(), size_of(hosts, host))
                                     : surplus(largest->second.size, size_of(account));
        for (const model::Id webhook : from->second) {
            if (found.size() >= std::min(most, more)) break;
            if (may(webhook)) found.push_back(webhook);
        }
        return found;
    }

    [[nodiscard]] std::vector<model::Id> webhooks_at(const Host* host) const {
        std::vector<model::Id> all;
        for (const auto& [id, account] : accounts_) {
            const auto found = account.hosts.find(host);
            if (found != account.hosts.end())
                all.insert(all.end(), found->second.begin(), found->second.end());
        }
        return all;
    }

  private:
    using Webhooks = std::unordered_set<model::Id>;
    using Hosts = std::unordered_map<const Host*, Webhooks>;
    struct Account {
        Hosts hosts;
        std::size_t size = 0;
    };

    template <class Map, class Size>
    static typename Map::const_iterator largest_of(const Map& map, const Size& size) {
        return std::max_element(map.begin(), map.end(), [&](const auto& one, const auto& other) {
            return size(one.second) < size(other.second);
        });
    }
    // How many `one` can give to `other` without getting smaller than it.
    static std::size_t surplus(std::size_t one, std::size_t other) {
        return one > other ? (one - other) / 2 : 0;
    }
    [[nodiscard]] std::size_t size_of(model::Id account) const {
        const auto found = accounts_.find(account);
        return found == accounts_.end() ? 0 : found->second.size;
    }
    static std::size_t size_of(const Hosts& hosts, const Host* host) {
        const auto found = hosts.find(host);
        return found == hosts.end() ? 0 : found->second.size();
    }

    std::unordered_map<model::Id, Account> accounts_;
};

}  // namespace delivery
