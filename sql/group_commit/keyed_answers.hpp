// The answers of a batch that are remembered for repeats: those to writes with an idempotency key.
//
// The answer to a registration is known when its key is claimed. That to a publication is known later, once its
// event's deliveries were read back.
#pragma once

#include <vector>

#include "sql/group_commit/write.hpp"
#include "sql/webhooks/idempotency.hpp"

namespace db {

// What is claimed: all keys of the batch, sorted, with the answers that are known. REQUIRES: all writes are planned.
[[nodiscard]] std::vector<KeyedAnswer> answers_at_claim(const Batch& batch);

[[nodiscard]] bool has_later_answers(const Batch& batch);
// The others. REQUIRES: the deliveries were read.
[[nodiscard]] std::vector<KeyedAnswer> later_answers(const Batch& batch);

}  // namespace db
