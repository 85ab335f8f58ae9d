// The claim batches (sql/deliveries/delivery_queue.hpp) that are still to be run: normally one, or the parts
// of one that the database refused because of something in it. Parts are halved until the delivery that can't
// be recorded or claimed is alone, so that it never blocks the others.
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
    // REQUIRES (this and all below): it isn't empty.
    [[nodiscard]] const db::ClaimBatch& first() const { return parts_.back(); }
    void remove_first();

    // Whether something in the first batch caused this error, so that it must be divided. An error that ends
    // the connection, like that of a statement that is too large, counts only if it is repeated: each
    // reconnect writes to the database, so the database itself works.
    [[nodiscard]] bool is_to_blame(const db::Error& error);
    // Replaces the first batch, which was refused, by its halves. A single outcome is reduced instead: first
    // the texts of its receiver and of libcurl are left out, then the attempt. A batch that can be neither
    // divided nor reduced is removed and returned.
    [[nodiscard]] std::optional<db::ClaimBatch> divide_first();

  private:
    std::vector<db::ClaimBatch> parts_;  // in reverse order
    unsigned losses_ = 0;                // of the connection in a row, with the same first batch
};

}  // namespace delivery
