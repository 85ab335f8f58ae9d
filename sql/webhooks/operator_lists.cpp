#include "sql/webhooks/operator_lists.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>

#include "sql/connection/statement.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace db {

ListPart find_all_webhooks(Connection& connection, const ListSlice& slice) {
    const ListSource source{.id = "w.id",
                            .time = "",
                            .from = {" FROM webhooks w FORCE INDEX (PRIMARY) WHERE TRUE"},
                            .filter = {"w.deleted_at IS NULL"},
                            .start = {.time = "", .id = std::numeric_limits<model::Id>::max()}};
    return scan_list(connection, source, slice);
}

std::vector<model::Webhook> list_failing_webhooks(Connection& connection,
                                                  const std::optional<model::Owner>& owner,
                                                  const model::Slice& slice) {
    constexpr std::string_view kSelect = R"(
        SELECT f.webhook_id
        FROM failing_webhooks f FORCE INDEX (failing_webhooks_since)
        STRAIGHT_JOIN webhooks w FORCE INDEX (PRIMARY) ON w.id = f.webhook_id
        WHERE w.deleted_at IS NULL)";
    Statement statement{std::string(kSelect)};
    if (owner) statement.add(" AND w.account_id = ?", {owner->account_id});
    if (owner && owner->target_id) statement.add(" AND w.target_id = ?", {*owner->target_id});
    statement.add(" ORDER BY f.since, f.webhook_id LIMIT ? OFFSET ?", {slice.length, slice.offset});
    const Rows rows = connection.query(statement.text, statement.parameters);
    auto webhooks = read_webhooks(connection, rows.numbers(0));
    std::ranges::sort(webhooks, {}, [](const model::Webhook& webhook) {
        return std::tie(webhook.failing_since, webhook.id);
    });
    return webhooks;
}

}  // namespace db
