// Recording an event together with its deliveries: the one place where that happens, for the API, the
// operator's command line and the outbox.
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
    std::optional<model::Time> occurred_at{};  // as whoever tells of it states
    std::optional<model::Time>
        recorded_at{};  // where nothing is stated: when it was told; now if that is left open
};

// Stores the event and a delivery of it to each webhook it is meant for, however many, by one statement;
// returns its id:
//
// - the account's webhooks get every event of the account and of its targets;
// - a target's webhooks get the events of that target, except target_created: theirs is the greeting;
// - a webhook gets nothing that is stated to have occurred before it was registered;
// - a deleted webhook gets nothing; to a disabled one the delivery is recorded as failed.
//
// The webhooks are locked against changes meanwhile, so one that is deleted at the same time either gets no
// delivery, or its deletion finds the delivery and drops it.
//
// REQUIRES: a transaction is open; what becomes of it becomes of the event. What follows in it writes to no
// rows that other transactions write to. Throws Error.
model::Id record_event(Connection& connection, const NewEvent& event, const IdSource& draw = model::draw_id);

}  // namespace db
