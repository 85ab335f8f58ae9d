#include "sql/deliveries/delivery_list.hpp"

#include <iterator>

#include "sql/connection/database_time.hpp"

namespace db {
namespace {

// deliveries: the table, or a choice of its rows, with their order; each rest is our own text.
std::string select_deliveries(std::string_view from, std::string_view rest) {
    return "SELECT d.event_id, d.webhook_id, d.account_id, e.event_type, " + client_time("d.occurred_at") +
           ", d.status, " + client_time("d.next_try") + ", d.retries, d.reason FROM " + std::string(from) +
           " STRAIGHT_JOIN events e ON e.id = d.event_id " + std::string(rest);
}

std::vector<ListedDelivery> deliveries_of(const Rows& rows) {
    std::vector<ListedDelivery> deliveries;
    deliveries.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        deliveries.push_back({.event_id = rows.number(row, 0),
                              .webhook_id = rows.number(row, 1),
                              .account_id = rows.number(row, 2),
                              .event_type = rows.text(row, 3),
                              .occurred_at = rows.text(row, 4),
                              .status = static_cast<model::DeliveryStatus>(rows.number(row, 5)),
                              .next_try = rows.cell(row, 6),
                              .retries = static_cast<std::int32_t>(rows.number(row, 7)),
                              .reason = rows.cell(row, 8)});
    }
    return deliveries;
}

// Both have the order of the index deliveries_webhook (webhook_id, next_try), which ends in the primary key.
std::vector<ListedDelivery> list_waiting(Connection& connection, model::Id webhook,
                                         const model::Slice& slice) {
    return deliveries_of(
        connection.query(select_deliveries("deliveries d FORCE INDEX (deliveries_webhook)",
                                           "WHERE d.webhook_id = ? AND d.next_try IS NOT NULL"
                                           " ORDER BY d.next_try, d.event_id LIMIT ? OFFSET ?"),
                         {webhook, slice.length, slice.offset}));
}

std::vector<ListedDelivery> list_done(Connection& connection, model::Id webhook, const model::Slice& slice) {
    return deliveries_of(connection.query(select_deliveries("deliveries d FORCE INDEX (deliveries_webhook)",
                                                            "WHERE d.webhook_id = ? AND d.next_try IS NULL"
                                                            " ORDER BY d.event_id DESC LIMIT ? OFFSET ?"),
                                          {webhook, slice.length, slice.offset}));
}

std::uint64_t count_waiting(Connection& connection, model::Id webhook) {
    return connection
        .query("SELECT COUNT(*) FROM deliveries WHERE webhook_id = ? AND next_try IS NOT NULL", {webhook})
        .number(0, 0);
}

}  // namespace

std::vector<ListedDelivery> list_deliveries_of_event(Connection& connection, model::Id event,
                                                     const model::Slice& slice) {
    return deliveries_of(connection.query(
        select_deliveries("deliveries d", "WHERE d.event_id = ? ORDER BY d.webhook_id LIMIT ? OFFSET ?"),
        {event, slice.length, slice.offset}));
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
    const auto found = deliveries_of(connection.query(
        select_deliveries("deliveries d", "WHERE d.event_id = ? AND d.webhook_id = ?"), {event, webhook}));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<ListedDelivery> list_undelivered_of_account(Connection& connection, model::Id account,
                                                        std::uint64_t most) {
    // In the order of the index, so that it is read no further than asked for.
    const std::string statement = select_deliveries(
        "deliveries d FORCE INDEX (deliveries_status)",
        "WHERE d.account_id = ? AND d.status = ? AND (d.status <> 0 OR d.next_try < UTC_TIMESTAMP(6) -"
        " INTERVAL " +
            std::to_string(kOverdueSeconds) + " SECOND) ORDER BY d.occurred_at, d.event_id LIMIT ?");
    std::vector<ListedDelivery> undelivered;
    for (const auto status : {model::DeliveryStatus::kFailed, model::DeliveryStatus::kRescheduled,
                              model::DeliveryStatus::kScheduled}) {
        auto some =
            deliveries_of(connection.query(statement, {account, static_cast<std::uint64_t>(status), most}));
        std::move(some.begin(), some.end(), std::back_inserter(undelivered));
    }
    return undelivered;
}

}  // namespace db
