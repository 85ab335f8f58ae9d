// Turns of the database (sql/deliveries/delivery_queue.hpp) that are still to be taken: one as a rule, or the parts of
// one that the database refused because of something in it. Parts are halved until what can't be recorded or
// claimed stands alone, so that it never keeps the rest from being done.
//
// Pure.
#pragma once

#include <optional>
#include <vector>

#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

class TurnParts {
  public:
    [[nodiscard]] bool empty() const { return parts_.empty(); }
    void add(db::Turn turn) { parts_.push_back(std::move(turn)); }
    // REQUIRES (all that follow): it isn't empty.
    [[nodiscard]] const db::Turn& first() const { return parts_.back(); }
    void remove_first() { parts_.pop_back(); }

    // The first was refused; its parts come in its place. An outcome that is alone is reduced: first it goes
    // without the texts that its receiver or libcurl has written, then without the attempt. What can be
    // neither divided nor reduced is taken out and returned.
    [[nodiscard]] std::optional<db::Turn> divide_first();

  private:
    std::vector<db::Turn> parts_;  // the first one last
};

}  // namespace delivery
