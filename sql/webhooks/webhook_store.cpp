#include "sql/webhooks/webhook_store.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <string_view>
#include <utility>

#include "sql/connection/database_time.hpp"
#include "sql/connection/retry.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/connection/statement.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/deliveries/webhook_health.hpp"
#include "sql/events/counters.hpp"
#include "sql/webhooks/owned_webhook.hpp"
#include "sql/webhooks/webhook_columns.hpp"

namespace db {
namespace {

constexpr std::uint64_t kDropBatch = 1000;
constexpr std::chrono::seconds kDropTime{1};

ListSource source_of(const model::Owner& owner, const WebhookFilter& filter, std::string_view joins = "") {
    ListSource source{.id = "w.id",
                      .time = "",
                      .from = {" FROM webhooks w FORCE INDEX (webhooks_owner)"},
                      .start = {.time = "", .id = std::numeric_limits<model::Id>::max()}};
    source.from.add(joins).add(owned_by(owner));
    if (filter.enabled) source.filter.add("w.enabled = ?", {*filter.enabled});
    if (filter.enabled && filter.url) source.filter.add(" AND ");
    // The column is ASCII, which can't be compared with other text.
    if (filter.url) source.filter.add("CONVERT(w.url USING utf8mb4) COLLATE utf8mb4_bin = ?", {*filter.url});
    return source;
}

std::string columns_of_webhook() {
    return R"(
               w.id, w.account_id, w.target_id, w.enabled, w.disabled_reason,
               )" +
           client_time("f.since") + ",\n               " + client_time("w.created_at") +
           R"(, c.id, c.email, c.name,
               )" +
           client_time("COALESCE(w.changed_at, w.created_at)") + R"(, h.id, h.email, h.name,
               )" +
           webhook_columns("w.");
}

// STRAIGHT_JOIN makes the server begin with the webhooks, so that it does not examine all users.
constexpr std::string_view kJoinOthers = R"(
        JOIN users c ON c.id = w.created_by
        JOIN users h ON h.id = COALESCE(w.changed_by, w.created_by)
        LEFT JOIN failing_webhooks f ON f.webhook_id = w.id)";
std::string select_webhooks() {
    return ("SELECT STRAIGHT_JOIN" + columns_of_webhook() + " FROM webhooks w").append(kJoinOthers);
}

// Of an access request.
constexpr std::string_view kJoinInScope = R"(
        LEFT JOIN webhooks w
          ON w.id = ? AND w.account_id = k.account_id AND w.target_id <=> t.id AND w.deleted_at IS NULL)";

constexpr std::size_t kPersonColumns = 3;  // id, e-mail address, name
enum WebhookColumn : std::size_t {
    kId,
    kAccount,
    kTarget,
    kEnabled,
    kDisabledReason,
    kFailingSince,
    kCreatedAt,
    kCreatedBy,
    kChangedAt = kCreatedBy + kPersonColumns,
    kChangedBy,
    kFields = kChangedBy + kPersonColumns
};

model::Person person_of(const Rows& rows, std::size_t row, std::size_t first_column) {
    return {.id = rows.number(row, first_column),
            .email = rows.text(row, first_column + 1),
            .name = rows.text(row, first_column + 2)};
}

model::Webhook webhook_of(const Rows& rows, std::size_t row, std::size_t first_column = 0) {
    const auto at = [first_column](WebhookColumn column) { return first_column + column; };
    return {.id = rows.number(row, at(kId)),
            .owner = {rows.number(row, at(kAccount)), rows.optional_number(row, at(kTarget))},
            .fields = read_webhook_columns(rows, row, at(kFields)),
            .enabled = rows.flag(row, at(kEnabled)),
            .disabled_reason = rows.cell(row, at(kDisabledReason)),
            .failing_since = rows.cell(row, at(kFailingSince)),
            .created_at = rows.text(row, at(kCreatedAt)),
            .created_by = person_of(rows, row, at(kCreatedBy)),
            .changed_at = rows.text(row, at(kChangedAt)),
            .changed_by = person_of(rows, row, at(kChangedBy))};
}

std::optional<model::Webhook> find_where(Connection& connection, const Statement& condition) {
    const Rows rows = connection.query(select_webhooks() + condition.text, condition.parameters);
    if (rows.empty()) return std::nullopt;
    return webhook_of(rows, 0);
}

// Whether the receiver has changed, so that earlier outcomes do not predict later ones.
bool leads_elsewhere(const model::WebhookFields& before, const model::WebhookFields& after) {
    return after.url != before.url || after.check_cert != before.check_cert;
}

void write_fields(Connection& connection, model::Id webhook, const model::WebhookFields& fields,
                  model::Id user) {
    Statement statement{"UPDATE webhooks SET " + set_webhook_columns(), webhook_parameters(fields)};
    statement.add(", revision = revision + 1");
    if (user != kNoUser) statement.add(", changed_at = UTC_TIMESTAMP(6), changed_by = ?", {user});
    statement.add(" WHERE id = ?", {webhook});
    connection.execute_one(statement.text, statement.parameters);
}

// Disables the webhook for this reason, or enables it if there is none.
void write_disabled_reason(Connection& connection, model::Id webhook,
                           const std::optional<std::string>& reason) {
    connection.execute_one(
        "UPDATE webhooks SET enabled = ?, disabled_reason = ?, revision = revision + 1 WHERE id = ?",
        {!reason, nullable(reason), webhook});
}

// Drops at most kDropBatch unfinished deliveries and returns how many. They are looked up first and removed
// by their primary key, because the daemon locks the primary key first as well.
std::uint64_t drop_scheduled(Connection& connection, model::Id webhook) {
    const Rows rows = connection.query(R"(
        SELECT event_id FROM deliveries
        WHERE webhook_id = ? AND next_try IS NOT NULL
        LIMIT ?)",
                                       {webhook, kDropBatch});
    if (rows.empty()) return 0;
    SqlText statement("DELETE d FROM deliveries d FORCE INDEX (PRIMARY) WHERE d.webhook_id = ");
    statement.number(webhook).sql(" AND d.next_try IS NOT NULL AND d.event_id IN ");
    connection.execute_text(statement.numbers(rows.numbers(0)).str());
    return rows.size();
}

// The deletion is already committed, so errors here do not undo it.
void drop_the_rest(Connection& connection, model::Id webhook) {
    const auto deadline = std::chrono::steady_clock::now() + kDropTime;
    try {
        while (std::chrono::steady_clock::now() < deadline) {
            if (retry_transient([&] { return drop_scheduled(connection, webhook); }) < kDropBatch) return;
        }
    } catch (const Error&) {
        // The daemon drops the rest. A lost connection is noticed when it is used next.
    }
}

Statement any_webhook(model::Id webhook) {
    return {" WHERE w.id = ? AND w.deleted_at IS NULL", {webhook}};
}

}  // namespace

ListPart find_webhooks(Connection& connection, const model::Owner& owner, const WebhookFilter& filter,
                       const ListSlice& slice) {
    return scan_list(connection, source_of(owner, filter), slice);
}

WebhookPart read_webhook_part(Connection& connection, const model::Owner& owner, const ListSlice& slice) {
    const Statement statement =
        select_slice("STRAIGHT_JOIN" + columns_of_webhook(), source_of(owner, {}, kJoinOthers), slice);
    const Rows rows = connection.query(statement.text, statement.parameters);
    std::vector<Position> entries;
    WebhookPart read;
    entries.reserve(rows.size());
    read.webhooks.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        read.webhooks.push_back(webhook_of(rows, row));
        entries.push_back({.time = "", .id = read.webhooks.back().id});
    }
    read.part = part_of(std::move(entries), slice);
    read.webhooks.resize(read.part.found.size());
    return read;
}

ListCount count_webhooks(Connection& connection, const model::Owner& owner, const WebhookFilter& filter) {
    if (!filter.enabled && !filter.url) return {.count = count_webhooks(connection, owner)};
    return count_list(connection, source_of(owner, filter));
}

std::vector<model::Webhook> read_webhooks(Connection& connection, std::span<const model::Id> ids) {
    std::vector<model::Webhook> webhooks;
    if (ids.empty()) return webhooks;
    Statement statement{select_webhooks() + " WHERE w.id IN "};
    statement.add_numbers(ids).add(" AND w.deleted_at IS NULL");
    const Rows rows = connection.query(statement.text, statement.parameters);
    for (std::size_t row = 0; row < rows.size(); ++row) webhooks.push_back(webhook_of(rows, row));
    std::ranges::sort(webhooks, std::greater(), &model::Webhook::id);
    return webhooks;
}

std::optional<model::Webhook> find_webhook(Connection& connection, const model::Owner& owner,
                                           model::Id webhook) {
    return find_where(connection, owned_by(owner).add(" AND w.id = ?", {webhook}));
}

JoinedRead read_webhook(model::Id webhook) {
    constexpr std::string_view kJoins = R"(
        LEFT JOIN users c ON c.id = w.created_by
        LEFT JOIN users h ON h.id = COALESCE(w.changed_by, w.created_by)
        LEFT JOIN failing_webhooks f ON f.webhook_id = w.id)";
    return {.columns = {"," + columns_of_webhook()},
            .joins = {std::string(kJoinInScope).append(kJoins), {webhook}}};
}

JoinedRead read_webhook_id(model::Id webhook) {
    return {.columns = {", w.id"}, .joins = {std::string(kJoinInScope), {webhook}}};
}

std::optional<model::Webhook> webhook_read(const Rows& rows, std::size_t first_column) {
    if (rows.is_null(0, first_column + kId)) return std::nullopt;
    return webhook_of(rows, 0, first_column);
}

std::optional<model::Webhook> change_webhook(Connection& connection, const model::Caller& caller,
                                             model::Id webhook, const model::WebhookChange& change,
                                             const Condition& condition) {
    return change_locked(connection, caller.owner, webhook, [&]() -> std::optional<model::Webhook> {
        auto found = find_webhook(connection, caller.owner, webhook);
        if (!condition(found.value())) return std::nullopt;
        if (change == model::WebhookChange{}) return found;
        const model::WebhookFields fields = model::changed(found->fields, change);
        const bool enables = !found->enabled && change.enabled.value_or(false);
        const bool disables = found->enabled && !change.enabled.value_or(true);
        write_fields(connection, webhook, fields, caller.user_id);
        if (enables) write_disabled_reason(connection, webhook, std::nullopt);
        if (disables) write_disabled_reason(connection, webhook, model::kDisabledByUser);
        if (enables || leads_elsewhere(found->fields, fields)) {
            start_afresh(connection, webhook);
            forget_failures(connection, webhook);
        }
        return find_webhook(connection, caller.owner, webhook);
    });
}

bool remove_webhook(Connection& connection, const model::Owner& owner, model::Id webhook,
                    const Condition& condition) {
    bool more = false;
    const bool removed = change_locked(connection, owner, webhook, [&] {
        if (!condition(find_webhook(connection, owner, webhook).value())) return false;
        // Only what the webhook's history needs is kept.
        constexpr std::string_view kMarkDeleted = R"(
            UPDATE webhooks
            SET deleted_at = UTC_TIMESTAMP(6), url = '', name = '', secret = '', headers = NULL,
                disabled_reason = NULL
            WHERE id = ?)";
        connection.execute_one(kMarkDeleted, {webhook});
        connection.execute("DELETE FROM retired_secrets WHERE webhook_id = ?", {webhook});
        more = drop_scheduled(connection, webhook) == kDropBatch;
        forget_failures(connection, webhook);
        change_counters(connection, {{owner, kWebhookCounter, -1}});
        return true;
    });
    if (more) drop_the_rest(connection, webhook);
    return removed;
}

std::optional<model::Webhook> enable_webhook(Connection& connection, const model::Caller& caller,
                                             model::Id webhook) {
    return change_locked(connection, caller.owner, webhook, [&] {
        constexpr std::string_view kEnable = R"(
            UPDATE webhooks
            SET enabled = TRUE, disabled_reason = NULL, revision = revision + 1,
                changed_at = UTC_TIMESTAMP(6), changed_by = ?
            WHERE id = ? AND NOT enabled)";
        connection.execute(kEnable, {caller.user_id, webhook});
        start_afresh(connection, webhook);
        forget_failures(connection, webhook);
        return find_webhook(connection, caller.owner, webhook);
    });
}

std::optional<model::Webhook> disable_webhook(Connection& connection, const model::Caller& caller,
                                              model::Id webhook, const std::string& reason) {
    return change_locked(connection, caller.owner, webhook, [&] {
        constexpr std::string_view kDisable = R"(
            UPDATE webhooks
            SET enabled = FALSE, disabled_reason = ?, revision = revision + 1,
                changed_at = UTC_TIMESTAMP(6), changed_by = ?
            WHERE id = ?)";
        connection.execute_one(kDisable, {reason, caller.user_id, webhook});
        return find_webhook(connection, caller.owner, webhook);
    });
}

std::optional<model::Webhook> find_any_webhook(Connection& connection, model::Id webhook) {
    return find_where(connection, any_webhook(webhook));
}

std::optional<model::Webhook> enable_any_webhook(Connection& connection, model::Id webhook) {
    constexpr std::string_view kEnable = R"(
        UPDATE webhooks
        SET enabled = TRUE, disabled_reason = NULL, revision = revision + 1
        WHERE id = ? AND deleted_at IS NULL)";
    connection.execute(kEnable, {webhook});
    if (!find_any_webhook(connection, webhook)) return std::nullopt;
    start_afresh(connection, webhook);
    forget_failures(connection, webhook);
    return find_any_webhook(connection, webhook);
}

std::optional<model::Webhook> disable_any_webhook(Connection& connection, model::Id webhook,
                                                  const std::string& reason) {
    constexpr std::string_view kDisable = R"(
        UPDATE webhooks
        SET enabled = FALSE, disabled_reason = ?, revision = revision + 1
        WHERE id = ? AND deleted_at IS NULL)";
    connection.execute(kDisable, {reason, webhook});
    return find_any_webhook(connection, webhook);
}

}  // namespace db
