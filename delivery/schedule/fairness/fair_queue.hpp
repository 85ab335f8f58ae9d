// Round robin on three levels: accounts take turns, within an account its hosts, and within a host its
// webhooks. However many webhooks an account or a host has, each of the others is next after one of them.
//
// Pure. Every operation takes constant time, plus the keys that pop passes over.
#pragma once

#include <iterator>
#include <list>
#include <optional>
#include <unordered_map>
#include <utility>

#include "common/model/id.hpp"

namespace delivery {

// A queue from which any item can be removed.
class Fifo {
  public:
    Fifo() = default;
    Fifo(const Fifo&) = delete;
    Fifo& operator=(const Fifo&) = delete;
    Fifo(Fifo&&) = default;
    Fifo& operator=(Fifo&&) = default;
    ~Fifo() = default;

    [[nodiscard]] bool empty() const { return items_.empty(); }
    // REQUIRES: it isn't in the queue.
    void push(model::Id item) { positions_.emplace(item, items_.insert(items_.end(), item)); }
    // Returns whether it was in the queue.
    bool erase(model::Id item) {
        const auto found = positions_.find(item);
        if (found == positions_.end()) return false;
        items_.erase(found->second);
        positions_.erase(found);
        return true;
    }
    std::optional<model::Id> pop() {
        if (items_.empty()) return std::nullopt;
        const model::Id first = items_.front();
        erase(first);
        return first;
    }

  private:
    std::list<model::Id> items_;
    std::unordered_map<model::Id, std::list<model::Id>::iterator> positions_;
};

// Keys take turns. Inner is the queue of one key; the rest of a path leads to an item in it.
template <class Key, class Inner>
class RoundRobin {
  public:
    RoundRobin() = default;
    RoundRobin(const RoundRobin&) = delete;
    RoundRobin& operator=(const RoundRobin&) = delete;
    RoundRobin(RoundRobin&&) noexcept = default;
    RoundRobin& operator=(RoundRobin&&) noexcept = default;
    ~RoundRobin() = default;

    [[nodiscard]] bool empty() const { return turns_.empty(); }

    // REQUIRES: it isn't in the queue.
    template <class... Path>
    void push(Key key, const Path&... path) {
        const auto [found, is_new] = positions_.try_emplace(key);
        if (is_new) found->second = turns_.emplace(turns_.end(), key, Inner{});
        found->second->second.push(path...);
    }

    // Returns whether it was in the queue.
    template <class... Path>
    bool erase(Key key, const Path&... path) {
        const auto found = positions_.find(key);
        if (found == positions_.end()) return false;
        const auto turn = found->second;
        const bool erased = turn->second.erase(path...);
        if (turn->second.empty()) remove(turn);
        return erased;
    }

    // The next item of the first key that `may` accepts, or nullopt if it accepts none.
    template <class May>
    std::optional<model::Id> pop(const May& may) {
        for (auto turn = turns_.begin(); turn != turns_.end(); ++turn) {
            if (!may(turn->first)) continue;
            const std::optional<model::Id> next = turn->second.pop();
            if (turn->second.empty()) {
                remove(turn);
            } else {
                turns_.splice(turns_.end(), turns_, turn);
            }
            return next;
        }
        return std::nullopt;
    }
    std::optional<model::Id> pop() {
        return pop([](const Key&) { return true; });
    }

  private:
    using Turns = std::list<std::pair<Key, Inner>>;

    void remove(typename Turns::iterator turn) {
        positions_.erase(turn->first);
        turns_.erase(turn);
    }

    Turns turns_;
    std::unordered_map<Key, typename Turns::iterator> positions_;
};

// The webhooks of one host: account, webhook.
using HostQueue = RoundRobin<model::Id, Fifo>;
// Account, host, webhook.
template <class Host>
using FairQueue = RoundRobin<model::Id, RoundRobin<const Host*, Fifo>>;

}  // namespace delivery
