// Records an event together with its deliveries, for the API, the operator's command line and the outbox.
#pragma once

#include <cstdint>
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
    std::optional<model::Time> recorded_at{};  // used if occurred_at is absent; now if both are
};

// A fan-out to more webhooks is large. Its event is recorded in pieces (fan_out.hpp), which may take many seconds, so it
// needs a transaction of its own.
inline constexpr std::uint64_t kLargeFanOut = 1000;

// Stores the event and a delivery for each webhook that must get it. Returns the event's id.
//
// - An account's webhooks get every event of the account and of its targets.
// - A target's webhooks get the events of that target; target_created is their greeting, not sent here.
// - A webhook gets no event with a stated time before its registration.
// - A webhook that receives only some event types gets no others.
// - A deleted webhook gets no event. For a disabled webhook the delivery is recorded as failed.
//
// The webhooks are locked against changes until the transaction ends. So if a webhook is deleted at the same
// time, either it gets no delivery, or its deletion finds the delivery and drops it.
//
// REQUIRES: a transaction is open, and its later statements write no rows that other transactions write as
// well. Throws Error.
model::Id record_event(Connection& connection, const NewEvent& event,
                       const IdSource& generate = model::generate_id);

}  // namespace db
