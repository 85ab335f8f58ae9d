#include "sql/deliveries/attempt_list.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "sql/connection/database_time.hpp"
#include "sql/connection/statement.hpp"

namespace db {
namespace {

// In the order of the list. The order of ids would depend on the clocks of the daemons' hosts, which may disagree.
constexpr std::string_view kOfDelivery = R"(
        FROM attempts a FORCE INDEX (attempts_delivery)
        WHERE a.event_id = ? AND a.webhook_id = ?)";

std::string select_attempts() {
    return "SELECT a.id, " + client_time("a.made_at") +
           ", a.duration_us, a.status, a.failure, a.detail, a.answer, a.by_allow_list";
}

std::vector<Attempt> attempts_of(const Rows& rows) {
    enum Column : std::size_t { kId, kMadeAt, kDuration, kStatus, kFailure, kDetail, kAnswer, kByAllowList };
    std::vector<Attempt> attempts;
    attempts.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        attempts.push_back({.id = rows.number(row, kId),
                            .made_at = rows.text(row, kMadeAt),
                            .duration_us = rows.number(row, kDuration),
                            .status = rows.optional_number(row, kStatus),
                            .failure = rows.cell(row, kFailure),
                            .detail = rows.cell(row, kDetail),
                            .answer = rows.cell(row, kAnswer),
                            .by_allow_list = rows.flag(row, kByAllowList)});
    }
    return attempts;
}

ListSource source_of(const DeliveryKey& delivery) {
    return {.id = "a.id",
            .time = "a.made_at",
            .from = {std::string(kOfDelivery), {delivery.event_id, delivery.webhook_id}},
            .start = before(std::nullopt)};
}

}  // namespace

ListPart find_attempts(Connection& connection, const DeliveryKey& delivery, const ListSlice& slice) {
    return scan_list(connection, source_of(delivery), slice);
}

ListCount count_attempts(Connection& connection, const DeliveryKey& delivery) {
    return count_list(connection, source_of(delivery));
}

std::vector<Attempt> read_attempts(Connection& connection, const DeliveryKey& delivery,
                                   std::span<const model::Id> ids) {
    Statement statement{select_attempts() + " FROM attempts a FORCE INDEX (PRIMARY) WHERE a.id IN "};
    statement.add_numbers(ids).add(" AND a.event_id = ? AND a.webhook_id = ?",
                                   {delivery.event_id, delivery.webhook_id});
    auto attempts = attempts_of(connection.query(statement.text, statement.parameters));
    std::ranges::sort(attempts, [](const Attempt& a, const Attempt& b) {
        return std::tie(a.made_at, a.id) > std::tie(b.made_at, b.id);
    });
    return attempts;
}

std::vector<Attempt> list_attempts(Connection& connection, model::Id event, model::Id webhook,
                                   const model::Slice& slice) {
    const std::string select = select_attempts().append(kOfDelivery) + R"(
        ORDER BY a.made_at DESC, a.id DESC
        LIMIT ? OFFSET ?)";
    return attempts_of(connection.query(select, {event, webhook, slice.length, slice.offset}));
}

}  // namespace db
