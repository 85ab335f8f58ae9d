// Stores the answers to requests with an Idempotency-Key. A repeated request within 24 hours gets the same
// answer and does nothing.
//
// The transaction that does the work claims the key first. A request with the same key then waits for that
// transaction. It finds the answer if the transaction was committed, or an unused key if not: failures are
// not remembered. The same key in different scopes counts as different keys.
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
    base::Digest key{};      // of the key as sent
    base::Digest request{};  // of the request: a key may be reused only for the same request
};

struct FirstUse {};      // the caller holds the key until the transaction ends
struct OtherRequest {};  // the key was used for another request
struct AnsweredBefore {
    model::Id event_id = 0;
    std::string response;
};

using IdempotencyOutcome = std::variant<FirstUse, AnsweredBefore, OtherRequest>;

// REQUIRES (both): a transaction is open. Throw Error.
[[nodiscard]] IdempotencyOutcome claim_idempotency_key(Connection& connection, const IdempotencyKey& key);

// REQUIRES: this transaction has claimed the key, and the response is not empty.
void remember_answer(Connection& connection, const IdempotencyKey& key, const AnsweredBefore& answer);

}  // namespace db
