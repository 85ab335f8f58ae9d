#include "sql/group_commit/publications.hpp"

#include <map>
#include <string>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/webhooks/access.hpp"

namespace db {
namespace {

// Whether the stored row is that event, and not another one with the same id.
bool is_same(const model::Event& stored, const EventRow& row) {
    return stored.event_type == row.event_type && stored.occurred_at == row.occurred_at &&
           stored.content == row.content;
}

}  // namespace

void plan_event(Write& write, model::Id id, const model::Owner& owner, const Rows& access, std::size_t row) {
    const PublishedEvent& published = *write.publication()->event;
    const model::Time occurred_at =
        published.occurred_at ? *published.occurred_at : to_client_time(access.text(row, AccessColumn::kNow));
    write.event = PlannedEvent{.row = {.id = id,
                                       .owner = owner,
                                       .event_type = published.event_type,
                                       .content = published.content,
                                       .occurred_at = occurred_at,
                                       .time_is_stated = published.occurred_at.has_value()},
                               .event = {.id = id,
                                         .event_type = published.event_type,
                                         .occurred_at = occurred_at,
                                         .content = published.content,
                                         .deliveries = {}}};
}

std::vector<EventRow> event_rows(const Batch& batch) {
    std::vector<EventRow> rows;
    rows.reserve(batch.size());
    for (const auto& write : batch) {
        if (write->event) rows.push_back(write->event->row);
    }
    return rows;
}

void read_deliveries(const Batch& batch, const Rows& rows) {
    auto deliveries = deliveries_by_event(rows);
    for (const auto& write : batch) {
        if (write->event) add_deliveries(write->event->event, std::move(deliveries[write->event->row.id]));
    }
}

// An event of a batch has few deliveries, so all are read.
void settle_stored_events(Connection& connection, const Batch& batch) {
    for (const auto& write : batch) {
        if (!write->event || !is_event_stored(connection, write->event->row.id)) continue;
        const EventRow& row = write->event->row;
        std::optional<model::Event> stored = find_event(connection, row.owner, row.id);
        if (!stored || !is_same(*stored, row)) {
            write->event.reset();
        } else {
            // If the answer is remembered for repeats, this one is the same.
            if (write->claim) stored = std::move(write->event->event);
            write->settle(*std::move(stored));
        }
    }
}

}  // namespace db
