#include "sql/deliveries/delivery_list.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/events/delivery_status.hpp"

namespace db {
namespace {

// The primary keys are named because the servers would scan small tables and sort what they find.
constexpr std::string_view kJoins = R"(
        STRAIGHT_JOIN events e FORCE INDEX (PRIMARY) ON e.id = d.event_id
        STRAIGHT_JOIN webhooks w FORCE INDEX (PRIMARY) ON w.id = d.webhook_id)";

// from: the table deliveries as d. rest: conditions and order. Both are our own text, never input.
std::string select_deliveries(std::string_view from, std::string_view rest) {
    std::string select = R"(
        SELECT d.event_id, d.webhook_id, d.account_id, w.api_version, e.event_type, d.status, d.retries, d.reason,
               )" + client_time("d.occurred_at") +
                         ", " + client_time("d.next_try") + R"(
        FROM )";
    return select.append(from).append(kJoins).append(rest);
}

enum Column : std::size_t {
    kEvent,
    kWebhook,
    kAccount,
    kApiVersion,
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
                              .api_version = rows.text(row, kApiVersion),
                              .event_type = rows.text(row, kEventType),
                              .occurred_at = rows.text(row, kOccurredAt),
                              .status = read_status(rows, row, kStatus),
                              .next_try = rows.cell(row, kNextTry),
                              .retries = static_cast<std::int32_t>(rows.number(row, kRetries)),
                              .reason = rows.cell(row, kReason)});
    }
    return deliveries;
}

// Of each status a range of the index deliveries_history, which is in the order of the list. Most deliveries
// succeed.
ListSource of_webhook(model::Id webhook, const DeliveryFilter& filter) {
    constexpr std::string_view kRange = R"(
        FROM deliveries d FORCE INDEX (deliveries_history)
        WHERE d.webhook_id = ? AND d.status = ? AND d.occurred_at >= ?)";
    constexpr std::array kAll{model::DeliveryStatus::kSucceeded, model::DeliveryStatus::kFailed,
                              model::DeliveryStatus::kRescheduled, model::DeliveryStatus::kScheduled};
    ListSource source{.id = "d.event_id", .time = "d.occurred_at", .from = {}, .start = before(filter.until)};
    for (const model::DeliveryStatus status : kAll) {
        if (filter.status.value_or(status) != status) continue;
        Statement range{std::string(kRange), {webhook, stored(status), not_before(filter.since)}};
        if (source.from.text.empty()) {
            source.from = std::move(range);
        } else {
            source.others.push_back(std::move(range));
        }
    }
    return source;
}

ListSource of_event(model::Id event) {
    constexpr std::string_view kRange = " FROM deliveries d FORCE INDEX (PRIMARY) WHERE d.event_id = ?";
    return {.id = "d.webhook_id",
            .time = "",
            .from = {std::string(kRange), {event}},
            .start = {.time = "", .id = std::numeric_limits<model::Id>::max()}};
}

// By the primary key (event_id, webhook_id).
std::vector<ListedDelivery> read_listed(Connection& connection, const Statement& condition) {
    return deliveries_of(connection.query(
        select_deliveries("deliveries d FORCE INDEX (PRIMARY)", condition.text), condition.parameters));
}

}  // namespace

ListPart find_deliveries_of_webhook(Connection& connection, model::Id webhook, const DeliveryFilter& filter,
                                    const ListSlice& slice) {
    return scan_list(connection, of_webhook(webhook, filter), slice);
}

ListCount count_deliveries_of_webhook(Connection& connection, model::Id webhook,
                                      const DeliveryFilter& filter) {
    return count_list(connection, of_webhook(webhook, filter));
}

std::vector<ListedDelivery> read_deliveries_of_webhook(Connection& connection, model::Id webhook,
                                                       std::span<const model::Id> events) {
    Statement condition{" WHERE d.event_id IN "};
    condition.add_numbers(events).add(" AND d.webhook_id = ?", {webhook});
    auto deliveries = read_listed(connection, condition);
    std::ranges::sort(deliveries, [](const ListedDelivery& a, const ListedDelivery& b) {
        return std::tie(a.occurred_at, a.event_id) > std::tie(b.occurred_at, b.event_id);
    });
    return deliveries;
}

ListPart find_deliveries_of_event(Connection& connection, model::Id event, const ListSlice& slice) {
    return scan_list(connection, of_event(event), slice);
}

ListCount count_deliveries_of_event(Connection& connection, model::Id event) {
    return count_list(connection, of_event(event));
}

std::vector<ListedDelivery> read_deliveries_of_event(Connection& connection, model::Id event,
                                                     std::span<const model::Id> webhooks) {
    Statement condition{" WHERE d.event_id = ? AND d.webhook_id IN ", {event}};
    auto deliveries = read_listed(connection, condition.add_numbers(webhooks));
    std::ranges::sort(deliveries, std::greater(), &ListedDelivery::webhook_id);
    return deliveries;
}

JoinedRead read_delivery(model::Id event, model::Id webhook) {
    constexpr std::string_view kJoinDelivery = R"(
        LEFT JOIN events e
          ON e.id = ? AND e.account_id = k.account_id AND (t.id IS NULL OR e.target_id = t.id)
        LEFT JOIN deliveries d ON d.event_id = e.id AND d.webhook_id = ?
        LEFT JOIN webhooks w ON w.id = d.webhook_id)";
    return {.columns = {", d.webhook_id, w.target_id"},
            .joins = {std::string(kJoinDelivery), {event, webhook}}};
}

DeliveryRead delivery_read(const Rows& rows, std::size_t first_column) {
    return {.is_found = !rows.is_null(0, first_column), .is_of_target = !rows.is_null(0, first_column + 1)};
}

std::optional<ListedDelivery> find_listed_delivery(Connection& connection, model::Id event,
                                                   model::Id webhook) {
    const std::string select = select_deliveries("deliveries d", R"(
        WHERE d.event_id = ? AND d.webhook_id = ?)");
    const auto found = deliveries_of(connection.query(select, {event, webhook}));
    return found.empty() ? std::nullopt : std::optional(found.front());
}

}  // namespace db
