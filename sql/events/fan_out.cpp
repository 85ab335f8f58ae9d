#include "sql/events/fan_out.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "sql/connection/statement.hpp"
#include "sql/events/event_statements.hpp"

namespace db {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

// until_due: the time until a delivery is due.
Statement insert_deliveries(const NewEvent& event, model::Id event_id, microseconds until_due) {
    Statement statement{insert_deliveries_from("UTC_TIMESTAMP(6) + INTERVAL ? MICROSECOND").str(),
                        {static_cast<std::uint64_t>(until_due.count())}};
    statement.add(" WHERE e.id = ? AND w.deleted_at IS NULL", {event_id});
    // Only for stated times: after a clock was set back, webhooks must still get the other events.
    if (event.occurred_at) statement.add(" AND w.created_at <= e.occurred_at");
    return statement;
}

bool is_for_target(const NewEvent& event) {
    return event.owner.target_id && event.event_type != "target_created";
}

void run(Connection& connection, const Statement& statement) {
    connection.execute(statement.text, statement.parameters);
}

// The webhooks of an account or of a target.
struct Recipients {
    model::Id account = 0;
    std::optional<model::Id> target;

    void restrict(Statement& statement) const {
        if (target) {
            statement.add(" AND w.target_id = ?", {*target});
        } else {
            statement.add(" AND w.target_id IS NULL");
        }
    }

    // The id of the last webhook of the piece that begins behind `last`. The largest id if it is the last piece.
    [[nodiscard]] model::Id end_of_piece(Connection& connection, model::Id last, std::uint64_t piece) const {
        Statement statement{R"(
            SELECT w.id FROM webhooks w FORCE INDEX (webhooks_owner)
            WHERE w.account_id = ? AND w.deleted_at IS NULL AND w.id > ?)",
                            {account, last}};
        restrict(statement);
        statement.add(" ORDER BY w.id LIMIT 1 OFFSET " + std::to_string(piece - 1));
        const Rows rows = connection.query(statement.text, statement.parameters);
        return rows.empty() ? std::numeric_limits<model::Id>::max() : rows.number(0, 0);
    }
};

// Estimates when the transaction will be committed. The deliveries are due then, not before: a daemon that has looked
// for what is due now would find them late, when it looks again behind its position.
class Progress {
  public:
    explicit Progress(std::uint64_t all) : all_(all) {}

    void add(std::uint64_t done) { done_ += done; }
    [[nodiscard]] microseconds time_left() const {
        constexpr std::chrono::duration<double> kFirstGuess{1e-4};  // for a delivery
        const auto elapsed = std::chrono::duration<double>(Clock::now() - begun_);
        const auto each = done_ == 0 ? kFirstGuess : elapsed / static_cast<double>(done_);
        const auto left = static_cast<double>(all_ - std::min(done_, all_));
        return std::chrono::duration_cast<microseconds>(each * left);
    }

  private:
    const std::uint64_t all_;
    std::uint64_t done_ = 0;
    const Clock::time_point begun_ = Clock::now();
};

void write_pieces(Connection& connection, const NewEvent& event, model::Id event_id,
                  const Recipients& recipients, Progress& progress, std::uint64_t piece) {
    constexpr model::Id kEnd = std::numeric_limits<model::Id>::max();
    for (model::Id last = 0; last != kEnd;) {
        const model::Id end = recipients.end_of_piece(connection, last, piece);
        Statement statement = insert_deliveries(event, event_id, progress.time_left());
        recipients.restrict(statement);
        run(connection, statement.add(" AND w.id > ? AND w.id <= ? LOCK IN SHARE MODE", {last, end}));
        progress.add(piece);
        last = end;
    }
}

}  // namespace

void fan_out(Connection& connection, const NewEvent& event, model::Id event_id) {
    const EventRow row{.id = event_id, .time_is_stated = event.occurred_at.has_value()};
    connection.execute_text(insert_deliveries(std::span(&row, 1)).str());
}

void fan_out_in_pieces(Connection& connection, const NewEvent& event, model::Id event_id,
                       std::uint64_t webhooks, std::uint64_t piece) {
    const model::Id account = event.owner.account_id;
    Progress progress(webhooks);
    write_pieces(connection, event, event_id, {account, std::nullopt}, progress, piece);
    if (!is_for_target(event)) return;
    write_pieces(connection, event, event_id, {account, event.owner.target_id}, progress, piece);
}

}  // namespace db
