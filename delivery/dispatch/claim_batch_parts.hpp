// Turns of the database (sql/deliveries/delivery_queue.hpp) that are still to be taken: one as a rule, or the
// parts of one that the database refused because of something in it. Parts are halved until what can't be
// recorded or claimed stands alone, so that it never keeps the rest from being done.
//
// Pure.
#pragma once

#include <optional>
#include <vector>

#include "sql/connection/error.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace delivery {

class ClaimBatchParts {
  public:
    [[nodiscard]] bool empty() const { return parts_.empty(); }
    void add(db::ClaimBatch batch) { parts_.push_back(std::move(batch)); }
    // REQUIRES (all that follow): it isn't empty.
    [[nodiscard]] const db::ClaimBatch& first() const { return parts_.back(); }
    void remove_first();

    // Whether something in the first one is the cause of this error, so that it is to be divided. Where it
    // takes the connection with it, as statements that are too large do, only repetition tells, because
    // whoever connects has written to the database since.
    [[nodiscard]] bool is_to_blame(const db::Error& error);
    // The first was refused; its parts come in its place. An outcome that is alone is reduced: first it goes
    // without the texts that its receiver or libcurl has written, then without the attempt. What can be
    // neither divided nor reduced is taken out and returned.
    [[nodiscard]] std::optional<db::ClaimBatch> divide_first();

  private:
    std::vector<db::ClaimBatch> parts_;  // the first one last
    unsigned losses_ = 0;                // of the connection in a row, each with the same first one
};

}  // namespace delivery
