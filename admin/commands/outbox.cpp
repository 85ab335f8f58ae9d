// Commands on the rows of the outbox: list, drain, retry, delete.
#include <chrono>
#include <thread>

#include "admin/commands.hpp"
#include "admin/listing.hpp"
#include "admin/validation.hpp"
#include "sql/connection/retry.hpp"
#include "sql/events/outbox.hpp"
#include "sql/events/outbox_list.hpp"
#include "sql/operator/refused.hpp"

namespace admin {
namespace {

// How many rows one call drains.
constexpr std::size_t kRowsAtOnce = 1000;

Record record_of(const db::OutboxRow& row) {
    return {{"id", static_cast<std::int64_t>(row.id)},
            {"target", row.target},
            {"event_type", row.event_type},
            {"occurred", value_of(row.occurred_at)},
            {"recorded", row.recorded_at},
            {"failed", value_of(row.failed_at)},
            {"error", value_of(row.error)}};
}

std::uint64_t row_of(const Arguments& arguments) {
    return valid_number("the row", arguments.required("id"), 1, std::numeric_limits<std::int64_t>::max());
}

Report list(Database& database, const Arguments& arguments) {
    const model::Slice slice = slice_of(arguments);
    const auto rows = db::list_outbox(database.connection(), slice);
    return {table_of(rows, record_of, {"occurred"}), note_on_page(slice, rows.size())};
}

Report drain(Database& database, const Arguments&) {
    constexpr std::chrono::milliseconds kPause{100};
    db::OutboxDrain drain;
    std::int64_t taken = 0;
    for (std::size_t rows = kRowsAtOnce; rows == kRowsAtOnce || drain.has_trouble();) {
        try {
            rows = drain.drain(database.connection(), kRowsAtOnce);
            taken += static_cast<std::int64_t>(rows);
        } catch (const db::OutboxRowFailed&) {
            database.reconnect();
        }
        if (drain.has_trouble()) std::this_thread::sleep_for(kPause);
    }
    if (taken != 0) database.record({.action = "outbox drain"});
    return {Record{{"taken", taken}}, "\"outbox list\" shows the rows that couldn't become events."};
}

// work changes one row and returns false if there is no such row.
Report change(Database& database, std::string_view action, std::uint64_t row, const char* state,
              bool (*work)(db::Connection&, std::uint64_t)) {
    const bool changed = db::in_transaction(database.connection(), [&] {
        if (!work(database.connection(), row)) return false;
        database.record({.action = action, .object = "outbox " + std::to_string(row)});
        return true;
    });
    if (!changed) throw db::Refused("no failed row with this number: " + std::to_string(row));
    return {Record{{"id", static_cast<std::int64_t>(row)}, {"state", state}}, ""};
}

Report retry(Database& database, const Arguments& arguments) {
    return change(database, "outbox retry", row_of(arguments), "waiting", db::release_outbox_row);
}

Report remove(Database& database, const Arguments& arguments) {
    return change(database, "outbox delete", row_of(arguments), "deleted", db::discard_outbox_row);
}

}  // namespace

std::vector<Command> outbox_commands() {
    const Option row{"id", "ROW", "the row's number, as \"outbox list\" shows it", true};
    return {{.words = "outbox list",
             .summary = "show the rows that have not become events",
             .help = "Lists the rows that can't become events, with the error, then the rows that wait, the\n"
                     "oldest first.",
             .example = "targethooks outbox list",
             .options = slice_options(),
             .run = list},
            {.words = "outbox drain",
             .summary = "turn all waiting rows into events",
             .help = "The delivery daemon does the same all the time. Both can run at once.",
             .example = "targethooks outbox drain",
             .run = drain},
            {.words = "outbox retry",
             .summary = "let a failed row wait again, after its cause is removed",
             .example = "targethooks outbox retry 4711",
             .argument = row,
             .run = retry},
            {.words = "outbox delete",
             .summary = "delete a failed row; its event is lost",
             .example = "targethooks outbox delete 4711",
             .argument = row,
             .run = remove}};
}

}  // namespace admin
