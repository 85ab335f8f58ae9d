// Records an event together with its deliveries. The API, the operator's command line and the outbox all do
// it here.
#pragma once

#include <optional>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/new_id.hpp"

namespace db {

struct NewEvent {
    model::Owner owner;
    std::string event_type;                    // "target_created"
    std::string content;                       // a JSON object
    std::optional<model::Time> occurred_at{};  // as stated by the publisher
    std::optional<model::Time> recorded_at{};  // if nothing is stated: when it was recorded; now if absent
};

// Stores the event and, by one statement, a delivery to each webhook that it is meant for. Returns its id.
//
// - the account's webhooks get every event of the account and of its targets;
// - a target's webhooks get the events of that target, except target_created: theirs is the greeting;
// - a webhook gets nothing that is stated to have occurred before it was registered;
// - a deleted webhook gets nothing; for a disabled webhook the delivery is recorded as failed.
//
// The webhooks are locked against changes until the transaction ends. So a webhook that is deleted at the
// same time either gets no delivery, or its deletion finds the delivery and drops it.
//
// REQUIRES: a transaction is open, and what follows in it writes to no rows that other transactions write to.
// Throws Error.
model::Id record_event(Connection& connection, const NewEvent& event,
                       const IdSource& draw = model::generate_id);

}  // namespace db
