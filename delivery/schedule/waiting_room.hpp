// Where deliveries wait that were claimed ahead, so that a webhook's next one starts the moment that one of
// its own has succeeded, without a turn of the database in between.
//
// Of each webhook as many are under way at once as whoever hands them over says. The first that does not
// succeed sends those of its webhook that wait back unsent, and so does waiting for too long: leases run out,
// and webhooks change. One that tells to slow down also sends those back that were handed over before that
// was known: outcomes are news with growing numbers.
//
// Pure: no clock, no network. One thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>
#include <vector>

#include "delivery/schedule/gate.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

struct Passage {
    std::uint64_t tag = 0;  // of the request that is to be made
    db::ClaimedDelivery claim;
    unsigned at_once = 1;  // of this webhook, from now on
};

class WaitingRoom {
  public:
    using Time = Clock::time_point;

    explicit WaitingRoom(Clock::duration longest_wait) : longest_wait_(longest_wait) {}

    // The news so far are known to whoever hands over those that enter from now on.
    void learn(std::uint64_t news);
    // The one to start now, if there is one.
    [[nodiscard]] std::optional<Passage> enter(Passage passage, Time now);
    // One that was started has ended, which will be among these news. The one to start in its place, if there
    // is one.
    [[nodiscard]] std::optional<Passage> leave(std::uint64_t tag, Signal signal, std::uint64_t news,
                                               Time now);
    // Sends back what has waited for too long.
    void expire(Time now);
    // Sends back all that waits.
    void clear();

    // Tags of those that were sent back since the last call.
    [[nodiscard]] std::vector<std::uint64_t> take_unsent();
    [[nodiscard]] bool has_unsent() const { return !unsent_.empty(); }
    [[nodiscard]] bool is_empty() const { return waiting_ == 0; }

  private:
    struct Waiting {
        Passage passage;
        Time since;
    };
    struct Line {  // a webhook's
        unsigned under_way = 0;
        unsigned at_once = 1;
        std::list<Waiting> waiting;
    };

    [[nodiscard]] std::optional<Passage> start_next(model::Id webhook, Line& line);
    void send_back_front(Line& line);
    void expire(Line& line, Time now);

    const Clock::duration longest_wait_;
    std::unordered_map<model::Id, Line> lines_;
    std::unordered_map<std::uint64_t, model::Id> webhooks_;  // of the tags under way
    std::unordered_map<model::Id, std::uint64_t> closed_;    // until these news are known
    std::vector<std::uint64_t> unsent_;
    std::size_t waiting_ = 0;
    Time next_look_{};
};

}  // namespace delivery
