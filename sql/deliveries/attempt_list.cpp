#include "sql/deliveries/attempt_list.hpp"

#include "sql/connection/database_time.hpp"

namespace db {

std::vector<Attempt> list_attempts(Connection& connection, model::Id event, model::Id webhook,
                                   const model::Slice& slice) {
    // Few enough to be sorted. Ids come from the clocks of the daemons' hosts, which may disagree.
    const Rows rows = connection.query(
        "SELECT " + client_time("made_at") +
            ", duration_us, status, failure, detail, answer FROM attempts"
            " WHERE event_id = ? AND webhook_id = ? ORDER BY made_at DESC, id DESC LIMIT ? OFFSET ?",
        {event, webhook, slice.length, slice.offset});
    std::vector<Attempt> attempts;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        const bool answered = !rows.is_null(row, 2);
        attempts.push_back({.made_at = rows.text(row, 0),
                            .duration_us = rows.number(row, 1),
                            .status = answered ? std::optional(rows.number(row, 2)) : std::nullopt,
                            .failure = rows.cell(row, 3),
                            .detail = rows.cell(row, 4),
                            .answer = rows.cell(row, 5)});
    }
    return attempts;
}

}  // namespace db
