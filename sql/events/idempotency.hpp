// What was answered to a request that carried an Idempotency-Key, so that a repeat within 24 hours is
// answered the same and does nothing.
//
// The key is claimed first in the transaction that does the work. Whoever comes with the same key meanwhile
// waits there, and finds the answer once that is committed, or the key free again if it was not: what failed
// is not remembered. Keys of different places are different keys.
#pragma once

#include <string>
#include <variant>

#include "common/base/sha256.hpp"
#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

struct IdempotencyKey {
    model::Id account_id = 0;
    model::Id target_id = 0;
    base::Digest key{};      // of the key as it was sent
    base::Digest request{};  // of what was asked for: the same key is for the same request only
};

struct FirstUse {};      // the key is the caller's, until the transaction ends
struct OtherRequest {};  // it was used for another one
struct AnsweredBefore {
    model::Id event_id = 0;
    std::string response;
};

using IdempotencyOutcome = std::variant<FirstUse, AnsweredBefore, OtherRequest>;

// REQUIRES (both): a transaction is open. Throw Error.
[[nodiscard]] IdempotencyOutcome claim_idempotency_key(Connection& connection, const IdempotencyKey& key);

// REQUIRES: the key is the caller's, by this transaction; the response is not empty.
void remember_answer(Connection& connection, const IdempotencyKey& key, const AnsweredBefore& answer);

}  // namespace db
