// Recording an event together with its deliveries.
#pragma once

#include <optional>
#include <string>

#include "sql/connection.hpp"
#include "sql/new_id.hpp"
#include "sql/records.hpp"

namespace db {

struct NewEvent {
    Id account_id = 0;
    std::optional<Id> target_id;
    std::string event_type;  // "target_created"
    std::string content;     // a JSON object
};

// Stores the event, which occurs now, and a delivery of it to each webhook it is meant for, and returns its
// id:
//
// - the account's webhooks get every event of the account and of its targets;
// - a target's webhooks get the events of that target, except target_created: theirs is the greeting;
// - a deleted webhook gets nothing; to a disabled one the delivery is recorded as failed.
//
// REQUIRES: a transaction is open; what becomes of it becomes of the event. Throws Error.
Id record_event(Connection& connection, const NewEvent& event, const IdSource& draw = draw_id);

}  // namespace db
