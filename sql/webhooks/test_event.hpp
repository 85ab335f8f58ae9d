// Tests a webhook: records a new event for it alone, whatever it filters.
#pragma once

#include <optional>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/new_id.hpp"

namespace db {

// The type of the event that greets the owner's webhooks.
[[nodiscard]] inline std::string greeting_type(const model::Owner& owner) {
    return owner.target_id ? "target_created" : "user_created";
}

// Records an event of this type, which occurs now, with one delivery. Its content is the target, or the user of the
// caller, if the event is about such an object, else a small object with an id of its own; it has "test": true. The
// delivery of a disabled webhook is recorded as failed; any other webhook starts afresh (delivery_store.hpp), so that
// the test goes out at once. Returns the event, or nullopt if the owner has no such webhook.
//
// REQUIRES: a transaction is open; event_type is one of the contract's. Throws Error.
[[nodiscard]] std::optional<model::Event> test_webhook(Connection& connection, const model::Caller& caller,
                                                       model::Id webhook, const std::string& event_type,
                                                       const IdSource& generate = model::generate_id);

}  // namespace db
