#include "sql/deliveries/delivery_list.hpp"

#include <iterator>

#include "sql/connection/database_time.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

// from: the table deliveries as d. rest: conditions and order. Both are our own text, never input.
std::string select_deliveries(std::string_view from, std::string_view rest) {
    std::string select = R"(
        SELECT d.event_id, d.webhook_id, d.account_id, e.event_type, d.status, d.retries, d.reason,
               )" + client_time("d.occurred_at") +
                         ", " + client_time("d.next_try") + R"(
        FROM )";
    return select.append(from).append(" STRAIGHT_JOIN events e ON e.id = d.event_id").append(rest);
}

enum Column : std::size_t {
    kEvent,
    kWebhook,
    kAccount,
    kEventType,
    kStatus,
    kRetries,
    kReason,
    kOccurredAt,
    kNextTry
};

std::vector<ListedDelivery> deliveries_of(const Rows& rows) {
    std::vector<ListedDelivery> deliveries;
    deliveries.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        deliveries.push_back({.event_id = rows.number(row, kEvent),
                              .webhook_id = rows.number(row, kWebhook),
                              .account_id = rows.number(row, kAccount),
                              .event_type = rows.text(row, kEventType),
                              .occurred_at = rows.text(row, kOccurredAt),
                              .status = read_status(rows, row, kStatus),
                              .next_try = rows.cell(row, kNextTry),
                              .retries = static_cast<std::int32_t>(rows.number(row, kRetries)),
                              .reason = rows.cell(row, kReason)});
    }
    return deliveries;
}

// Both lists below have the order of the index deliveries_webhook (webhook_id, next_try), which ends in the
// primary key.
constexpr std::string_view kByWebhook = "deliveries d FORCE INDEX (deliveries_webhook)";

std::vector<ListedDelivery> list_waiting(Connection& connection, model::Id webhook,
                                         const model::Slice& slice) {
    const std::string select = select_deliveries(kByWebhook, R"(
        WHERE d.webhook_id = ? AND d.next_try IS NOT NULL
        ORDER BY d.next_try, d.event_id
        LIMIT ? OFFSET ?)");
    return deliveries_of(connection.query(select, {webhook, slice.length, slice.offset}));
}

std::vector<ListedDelivery> list_done(Connection& connection, model::Id webhook, const model::Slice& slice) {
    const std::string select = select_deliveries(kByWebhook, R"(
        WHERE d.webhook_id = ? AND d.next_try IS NULL
        ORDER BY d.event_id DESC
        LIMIT ? OFFSET ?)");
    return deliveries_of(connection.query(select, {webhook, slice.length, slice.offset}));
}

std::uint64_t count_waiting(Connection& connection, model::Id webhook) {
    return connection
        .query("SELECT COUNT(*) FROM deliveries WHERE webhook_id = ? AND next_try IS NOT NULL", {webhook})
        .number(0, 0);
}

}  // namespace

std::vector<ListedDelivery> list_deliveries_of_event(Connection& connection, model::Id event,
                                                     const model::Slice& slice) {
    const std::string select = select_deliveries("deliveries d", R"(
        WHERE d.event_id = ?
        ORDER BY d.webhook_id
        LIMIT ? OFFSET ?)");
    return deliveries_of(connection.query(select, {event, slice.length, slice.offset}));
}

std::vector<ListedDelivery> list_deliveries_of_webhook(Connection& connection, model::Id webhook,
                                                       const model::Slice& slice) {
    auto deliveries = list_waiting(connection, webhook, slice);
    const std::uint64_t missing = slice.length - deliveries.size();
    if (missing == 0) return deliveries;
    const std::uint64_t waiting =
        deliveries.empty() ? count_waiting(connection, webhook) : slice.offset + deliveries.size();
    const model::Slice rest{.offset = slice.offset > waiting ? slice.offset - waiting : 0, .length = missing};
    auto done = list_done(connection, webhook, rest);
    std::move(done.begin(), done.end(), std::back_inserter(deliveries));
    return deliveries;
}

std::optional<ListedDelivery> find_listed_delivery(Connection& connection, model::Id event,
                                                   model::Id webhook) {
    const std::string select = select_deliveries("deliveries d", R"(
        WHERE d.event_id = ? AND d.webhook_id = ?)");
    const auto found = deliveries_of(connection.query(select, {event, webhook}));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<ListedDelivery> list_undelivered_of_account(Connection& connection, model::Id account,
                                                        std::uint64_t most) {
    // In the order of the index, so the server reads at most `most` of its entries.
    const std::string select = select_deliveries("deliveries d FORCE INDEX (deliveries_status)", R"(
        WHERE d.account_id = ? AND d.status = ?
          AND (d.status <> ? OR d.next_try < UTC_TIMESTAMP(6) - INTERVAL ? SECOND)
        ORDER BY d.occurred_at, d.event_id
        LIMIT ?)");
    const std::uint64_t scheduled = stored(model::DeliveryStatus::kScheduled);
    std::vector<ListedDelivery> undelivered;
    for (const auto status : {model::DeliveryStatus::kFailed, model::DeliveryStatus::kRescheduled,
                              model::DeliveryStatus::kScheduled}) {
        auto some = deliveries_of(
            connection.query(select, {account, stored(status), scheduled, kOverdueSeconds, most}));
        std::move(some.begin(), some.end(), std::back_inserter(undelivered));
    }
    return undelivered;
}

}  // namespace db
