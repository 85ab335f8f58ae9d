#include "sql/events/event_store.hpp"

#include "sql/connection/database_time.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/fan_out.hpp"

namespace db {
namespace {

constexpr std::string_view kInsertEvent = R"(
    INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)
    VALUES (?, ?, ?, ?, ?, COALESCE(?, UTC_TIMESTAMP(6))))";

}  // namespace

model::Id record_event(Connection& connection, const NewEvent& event, const IdSource& generate) {
    const auto& time = event.occurred_at ? event.occurred_at : event.recorded_at;
    const Parameter occurred_at = time ? Parameter(to_database_time(*time)) : Parameter(nullptr);
    const model::Id event_id = insert_with_new_id(generate, [&](model::Id id) {
        connection.execute(kInsertEvent, {id, event.owner.account_id, nullable(event.owner.target_id),
                                          event.event_type, event.content, occurred_at});
    });
    const std::uint64_t webhooks = count_receivers(connection, event.owner);
    if (webhooks > kLargeFanOut) {
        fan_out_in_pieces(connection, event, event_id, webhooks);
    } else {
        fan_out(connection, event, event_id);
    }
    change_counters(connection, {{event.owner, event.event_type}});
    return event_id;
}

}  // namespace db
