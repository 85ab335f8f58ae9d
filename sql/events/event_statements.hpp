// Statements that store several events together with their deliveries. Their number of rows varies, so they
// are text, with all values in SqlText's encodings.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/model/records.hpp"
#include "sql/connection/sql_text.hpp"

namespace db {

struct EventRow {
    model::Id id = 0;
    model::Owner owner{};
    std::string_view event_type{};  // REQUIRES: outlives the row; so does content
    std::string_view content{};     // a JSON object
    model::Time occurred_at{};
    bool time_is_stated = false;  // by the publisher
};

// REQUIRES (both): there is a row.
[[nodiscard]] SqlText insert_events(std::span<const EventRow> rows);
// The beginning of a statement that inserts deliveries of events `e` to those webhooks `w` of their accounts that
// receive events of the type, up to the join; due: SQL that says when they are due. The rest must say which of them get
// the event, and lock them.
[[nodiscard]] SqlText insert_deliveries_from(SqlLiteral due);
// Inserts a delivery for each webhook that must get one of the events; event_store.hpp has the rules. The
// webhooks are locked against changes until the transaction ends. REQUIRES: the events are inserted.
[[nodiscard]] SqlText insert_deliveries(std::span<const EventRow> rows);

}  // namespace db
