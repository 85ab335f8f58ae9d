// Stores the answers to requests with an Idempotency-Key. A repeated request within 24 hours gets the same
// answer and does nothing.
//
// The transaction that does the work claims the key first. A request with the same key then waits for that
// transaction. It finds the answer if the transaction was committed, or an unused key if not: failures are
// not remembered. An account's keys are its own: the same key of another account is another key.
#pragma once

#include <span>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "common/base/sha256.hpp"
#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/sql_text.hpp"

namespace db {

// request: digest of the operation, its target and its values. A key may be reused only for the same request.
struct IdempotencyKey {
    model::Id account_id = 0;
    base::Digest key{};  // of the key as sent
    base::Digest request{};

    // Whether both are the same key, in the order of the table.
    [[nodiscard]] auto order() const { return std::tie(account_id, key); }
};

struct FirstUse {};      // the caller holds the key until the transaction ends
struct OtherRequest {};  // the key was used for another request
struct AnsweredBefore {
    model::Id object_id = 0;  // of the event or the webhook that the request made
    std::string response;     // the body
};

using IdempotencyOutcome = std::variant<FirstUse, AnsweredBefore, OtherRequest>;

// REQUIRES (both): a transaction is open. Throw Error.
[[nodiscard]] IdempotencyOutcome claim_idempotency_key(Connection& connection, const IdempotencyKey& key);

// REQUIRES: this transaction has claimed the key, and the response is not empty.
void remember_answer(Connection& connection, const IdempotencyKey& key, const AnsweredBefore& answer);

// For batches, which may not wait for another transaction's claim. A batch looks its keys up before its
// transaction, and claims those that are unused.
//
// BusyKey: another transaction holds the key, or the stored answer is too old. await_idempotency_key, which
// waits, makes an end of both.
struct BusyKey {};
using KeyState = std::variant<FirstUse, AnsweredBefore, OtherRequest, BusyKey>;

struct KeyLookUp {
    model::KeyDigest caller{};  // the API key, which tells the account
    base::Digest key{};
    base::Digest request{};
};

// Returns the state of each key, in the same order, in one round trip. REQUIRES: no transaction is open, and
// the connection takes several statements at once. Throws Error.
[[nodiscard]] std::vector<KeyState> look_up_idempotency_keys(Connection& connection,
                                                             std::span<const KeyLookUp> keys);

// The statement that finds those of the keys that were used before.
[[nodiscard]] SqlText select_stored_answers(std::span<const KeyLookUp> keys);

// Waits until no other transaction holds the key, and removes an answer that is too old. REQUIRES: no
// transaction is open. Throws Error.
void await_idempotency_key(Connection& connection, const IdempotencyKey& key);

struct KeyedAnswer {
    IdempotencyKey key;
    AnsweredBefore answer;
};

// Claims the keys, together with the answers that are known already; the response of another is empty. Fails by a
// duplicate key if another transaction was faster. REQUIRES: the keys differ and are sorted, so that transactions
// wait for each other in one order.
[[nodiscard]] SqlText claim_idempotency_keys(std::span<const KeyedAnswer> answers);

// Stores answers that were not known when their keys were claimed. REQUIRES: as remember_answer.
[[nodiscard]] SqlText remember_answers(std::span<const KeyedAnswer> answers);

}  // namespace db
