#include "sql/deliveries/attempt_list.hpp"

#include "sql/connection/database_time.hpp"

namespace db {

std::vector<Attempt> list_attempts(Connection& connection, model::Id event, model::Id webhook,
                                   const model::Slice& slice) {
    // A delivery has few attempts, so sorting them is cheap. The order of ids would depend on the clocks of
    // the daemons' hosts, which may disagree.
    const std::string select = "SELECT " + client_time("made_at") + R"(,
               duration_us, status, failure, detail, answer
        FROM attempts
        WHERE event_id = ? AND webhook_id = ?
        ORDER BY made_at DESC, id DESC
        LIMIT ? OFFSET ?)";
    enum Column : std::size_t { kMadeAt, kDuration, kStatus, kFailure, kDetail, kAnswer };
    const Rows rows = connection.query(select, {event, webhook, slice.length, slice.offset});
    std::vector<Attempt> attempts;
    attempts.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        attempts.push_back({.made_at = rows.text(row, kMadeAt),
                            .duration_us = rows.number(row, kDuration),
                            .status = rows.optional_number(row, kStatus),
                            .failure = rows.cell(row, kFailure),
                            .detail = rows.cell(row, kDetail),
                            .answer = rows.cell(row, kAnswer)});
    }
    return attempts;
}

}  // namespace db
