#include "sql/operator/account_deletion.hpp"

#include <algorithm>
#include <array>
#include "common/model/id.hpp"
#include "sql/connection/retry.hpp"
#include "sql/connection/sql_text.hpp"
#include "sql/deliveries/delivery_records.hpp"
#include "sql/deliveries/delivery_statements.hpp"
#include "sql/events/counters.hpp"

namespace db {
namespace {

constexpr std::uint64_t kMost = AccountDeletion::kBatch;

// How long a request may go on that was allowed before its key was revoked: a publication with a large fan-out
// is begun within a minute (sql/group_commit/lone_publication.cpp).
constexpr std::uint64_t kRequestSeconds = 90;

constexpr std::string_view kSelectActiveKeys = R"(
    SELECT id FROM api_keys FORCE INDEX (api_keys_account)
    WHERE account_id = ? AND revoked_at IS NULL
    LIMIT ?)";

constexpr std::string_view kSelectKeys = R"(
    SELECT id FROM api_keys FORCE INDEX (api_keys_account)
    WHERE account_id = ?
    LIMIT ?)";

constexpr std::string_view kSelectOpenTargets = R"(
    SELECT id FROM targets FORCE INDEX (targets_account)
    WHERE account_id = ? AND deleted_at IS NULL
    LIMIT ?)";

constexpr std::string_view kSelectTargets = R"(
    SELECT id FROM targets FORCE INDEX (targets_account)
    WHERE account_id = ?
    LIMIT ?)";

constexpr std::string_view kSelectUsers = R"(
    SELECT id FROM users FORCE INDEX (users_email)
    WHERE account_id = ?
    LIMIT ?)";

// Both lock the entries of the index first and the rows after them, as fan-outs do. In the index, the webhooks of a
// target that are not deleted come first.
constexpr std::string_view kLockWebhooksOfAccount = R"(
    SELECT id, target_id FROM webhooks FORCE INDEX (webhooks_owner)
    WHERE account_id = ? AND target_id IS NULL AND deleted_at IS NULL
    LIMIT ?
    FOR UPDATE)";
constexpr std::string_view kLockWebhooksOfTargets = R"(
    SELECT id, target_id FROM webhooks FORCE INDEX (webhooks_owner)
    WHERE account_id = ? AND target_id >= ? AND deleted_at IS NULL
    ORDER BY target_id
    LIMIT ?
    FOR UPDATE)";

constexpr std::string_view kSelectWebhooks = R"(
    SELECT id FROM webhooks FORCE INDEX (webhooks_owner)
    WHERE account_id = ?
    LIMIT ?)";

constexpr std::string_view kCloseWebhooks = R"(webhooks x FORCE INDEX (PRIMARY) ON x.id = q.id
    SET x.deleted_at = UTC_TIMESTAMP(6), x.url = '', x.name = '', x.secret = '', x.headers = NULL,
        x.disabled_reason = NULL)";

// The table has no index for this. It holds few rows, because the daemon takes them.
constexpr std::string_view kSelectOutbox = R"(
    SELECT id, target FROM outbox
    WHERE id > ?
    ORDER BY id
    LIMIT ?)";

// The text of a time, for the next call.
constexpr std::string_view kOccurredAt = "DATE_FORMAT(occurred_at, '%Y-%m-%d %H:%i:%s.%f')";
constexpr std::string_view kBeginning = "1000-01-01";

// Begins where the last batch ended, because rows that were removed stay in the index until they are purged.
constexpr std::string_view kDeliveriesOf = R"(
    FROM deliveries FORCE INDEX (deliveries_status)
    WHERE account_id = ? AND status = ? AND occurred_at >= ?
      AND (lease = 0 OR lease_until <= UTC_TIMESTAMP(6))
    ORDER BY occurred_at, event_id
    LIMIT ?)";
constexpr std::string_view kIsNotHeld = " WHERE d.lease = 0 OR d.lease_until <= UTC_TIMESTAMP(6)";

constexpr std::string_view kHasDeliveries = R"(
    SELECT event_id FROM deliveries FORCE INDEX (deliveries_status)
    WHERE account_id = ?
    LIMIT 1)";

constexpr std::string_view kEventsOf = R"(
    FROM events FORCE INDEX (events_account)
    WHERE account_id = ? AND occurred_at >= ?
    ORDER BY occurred_at, id
    LIMIT ?)";

constexpr std::string_view kSelectAudit = R"(
    SELECT id FROM audit FORCE INDEX (audit_account)
    WHERE account_id = ? AND id > ?
    ORDER BY id
    LIMIT ?)";

std::string select_with_time(std::string_view columns, std::string_view rest) {
    return std::string("SELECT ").append(columns).append(", ").append(kOccurredAt).append(rest);
}

// The table of constants q with these ids. Joined to it, both databases look up each row, whatever their statistics say
// about the other table.
SqlText begin_with(SqlLiteral beginning, const std::vector<std::uint64_t>& ids) {
    SqlText statement(beginning);
    statement.sql(" JSON_TABLE('[").list(",", ids, [&](std::uint64_t id) { statement.number(id); });
    return statement.sql("]', '$[*]' COLUMNS (id BIGINT UNSIGNED PATH '$')) q STRAIGHT_JOIN ");
}

// rest: the table as x, and how it is joined to q. Both return the number of rows that were changed.
std::uint64_t remove(Connection& connection, SqlLiteral rest, const std::vector<std::uint64_t>& ids) {
    return connection.update_text(begin_with("DELETE x FROM", ids).sql(rest).str());
}
std::uint64_t update(Connection& connection, SqlLiteral rest, const std::vector<std::uint64_t>& ids) {
    return connection.update_text(begin_with("UPDATE", ids).sql(rest).str());
}

std::uint64_t count(Connection& connection, std::string_view rest, model::Id account) {
    return connection.query("SELECT COUNT(*) FROM " + std::string(rest) + " WHERE account_id = ?", {account})
        .number(0, 0);
}

}  // namespace

AccountRows count_account(Connection& connection, model::Id account) {
    if (connection.query("SELECT id FROM accounts WHERE id = ?", {account}).empty()) {
        throw no_such("account", account);
    }
    return {.users = count(connection, "users FORCE INDEX (users_email)", account),
            .keys = count(connection, "api_keys FORCE INDEX (api_keys_account)", account),
            .targets = count(connection, "targets FORCE INDEX (targets_account)", account),
            .webhooks = count(connection, "webhooks FORCE INDEX (webhooks_owner)", account),
            .events = count_events(connection, {account, std::nullopt}, std::nullopt),
            .deliveries = count(connection, "deliveries FORCE INDEX (deliveries_status)", account)};
}

AccountDeletion::Progress AccountDeletion::step() {
    using Part = bool (AccountDeletion::*)();
    constexpr std::size_t kFirstRepeated = 3;  // until all that was under way has ended
    constexpr std::size_t kSettle = 6;
    constexpr std::array<Part, 14> kParts{&AccountDeletion::mark,
                                          &AccountDeletion::revoke_keys,
                                          &AccountDeletion::close_targets,
                                          &AccountDeletion::close_webhooks,
                                          &AccountDeletion::remove_outbox,
                                          &AccountDeletion::remove_deliveries,
                                          nullptr,
                                          &AccountDeletion::remove_events,
                                          &AccountDeletion::remove_webhooks,
                                          &AccountDeletion::remove_answers,
                                          &AccountDeletion::clear_audit,
                                          &AccountDeletion::remove_keys,
                                          &AccountDeletion::remove_targets,
                                          &AccountDeletion::remove_users};
    if (part_ == kParts.size()) {
        remove_account();
        return Progress::kDone;
    }
    if (part_ != kSettle) {
        if (!(this->*kParts.at(part_))()) ++part_;
        return Progress::kMore;
    }
    const bool was_settled = settled_;
    settled_ = was_settled || is_settled();
    if (was_settled && connection_.query(kHasDeliveries, {account_}).empty()) {
        ++part_;
        return Progress::kMore;
    }
    part_ = kFirstRepeated;
    return settled_ && !was_settled ? Progress::kMore : Progress::kWaiting;
}

// Whether all requests have ended that were allowed by one of the account's keys.
bool AccountDeletion::is_settled() {
    constexpr std::string_view kSelect = R"(
        SELECT COALESCE(MAX(revoked_at) < UTC_TIMESTAMP(6) - INTERVAL ? SECOND, TRUE)
        FROM api_keys FORCE INDEX (api_keys_account)
        WHERE account_id = ?)";
    return connection_.query(kSelect, {kRequestSeconds, account_}).flag(0, 0);
}

bool AccountDeletion::mark() {
    return in_transaction(connection_, [this] {
        constexpr std::string_view kMark = R"(
            UPDATE accounts
            SET deleted_at = COALESCE(deleted_at, UTC_TIMESTAMP(6))
            WHERE id = ?)";
        if (connection_.execute(kMark, {account_}) == 0) throw no_such("account", account_);
        record_deed(connection_, by_,
                    {.action = "account delete",
                     .object = "account " + model::to_base58(account_),
                     .account_id = account_});
        return false;
    });
}

bool AccountDeletion::revoke_keys() {
    return for_batch(kSelectActiveKeys, [this](const auto& keys) {
        update(connection_,
               "api_keys x FORCE INDEX (PRIMARY) ON x.id = q.id SET x.revoked_at = UTC_TIMESTAMP(6)", keys);
    });
}

bool AccountDeletion::close_targets() {
    return for_batch(kSelectOpenTargets, [this](const auto& targets) {
        update(connection_,
               "targets x FORCE INDEX (PRIMARY) ON x.id = q.id SET x.deleted_at = UTC_TIMESTAMP(6)", targets);
    });
}

// First the webhooks of the account itself, then those of its targets.
bool AccountDeletion::close_webhooks() {
    enum Column : std::size_t { kId, kTarget };
    return in_transaction(connection_, [this] {
        const Rows rows = target_ ? connection_.query(kLockWebhooksOfTargets, {account_, *target_, kMost})
                                  : connection_.query(kLockWebhooksOfAccount, {account_, kMost});
        if (!rows.empty()) {
            const auto webhooks = rows.numbers(kId);
            remove(connection_, "retired_secrets x FORCE INDEX (PRIMARY) ON x.webhook_id = q.id", webhooks);
            update(connection_, kCloseWebhooks, webhooks);
        }
        const bool is_full = rows.size() == kMost;
        const bool was_of_account = !target_;
        if (is_full && !was_of_account) target_ = rows.number(rows.size() - 1, kTarget);
        if (!is_full) target_ = was_of_account ? std::optional<model::Id>(0) : std::nullopt;
        return is_full || was_of_account;
    });
}

bool AccountDeletion::remove_outbox() {
    enum Column : std::size_t { kId, kTarget };
    const Rows rows = connection_.query(kSelectOutbox, {outbox_row_, kMost});
    std::vector<model::Id> targets;
    for (std::size_t row = 0; row < rows.size(); ++row) {
        if (const auto target = model::parse_id(rows.text(row, kTarget))) targets.push_back(*target);
    }
    if (!targets.empty()) {
        SqlText select = begin_with("SELECT x.id FROM", targets);
        select.sql("targets x FORCE INDEX (PRIMARY) ON x.id = q.id AND x.account_id = ").number(account_);
        const Rows found = connection_.query_text(select.str());
        const auto ours = found.numbers(0);
        std::vector<std::uint64_t> removable;
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const auto target = model::parse_id(rows.text(row, kTarget));
            if (target && std::ranges::count(ours, *target) != 0) removable.push_back(rows.number(row, kId));
        }
        if (!removable.empty()) {
            removed_.outbox +=
                remove(connection_, "outbox x FORCE INDEX (PRIMARY) ON x.id = q.id", removable);
        }
    }
    const bool is_full = rows.size() == kMost;
    outbox_row_ = is_full ? rows.number(rows.size() - 1, kId) : 0;
    return is_full;
}

// One status after the other.
bool AccountDeletion::remove_deliveries() {
    enum Column : std::size_t { kEvent, kWebhook, kTime };
    static const std::string select = select_with_time("event_id, webhook_id", kDeliveriesOf);
    const Rows rows = connection_.query(select, {account_, status_, position_, kMost});
    std::vector<DeliveryKey> keys;
    keys.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) {
        keys.push_back({rows.number(row, kEvent), rows.number(row, kWebhook)});
    }
    if (!keys.empty()) {
        const std::string statement = SqlText::composed(db::remove_deliveries(keys)).sql(kIsNotHeld).str();
        removed_.deliveries += retry_transient([&] { return connection_.update_text(statement); });
        position_ = rows.text(rows.size() - 1, kTime);
    }
    if (rows.size() == kMost) return true;
    position_ = kBeginning;
    status_ = (status_ + 1) % model::kStatusNames.size();
    return status_ != 0;
}

// With their attempts, which have no other index.
bool AccountDeletion::remove_events() {
    enum Column : std::size_t { kId, kTime };
    if (events_.empty()) {
        static const std::string select = select_with_time("id", kEventsOf);
        const Rows rows = connection_.query(select, {account_, position_, kMost});
        if (rows.empty()) return false;
        events_ = rows.numbers(kId);
        position_ = rows.text(rows.size() - 1, kTime);
    }
    SqlText select = begin_with("SELECT x.id FROM", events_);
    select.sql("attempts x FORCE INDEX (attempts_delivery) ON x.event_id = q.id LIMIT ").number(kMost);
    const Rows attempts = connection_.query_text(select.str());
    if (!attempts.empty()) {
        SqlText statement = begin_with("DELETE x FROM", attempts.numbers(0));
        statement.sql("attempts x FORCE INDEX (PRIMARY) ON x.id = q.id AND x.event_id IN ").numbers(events_);
        removed_.attempts += retry_transient([&] { return connection_.update_text(statement.str()); });
        return true;
    }
    removed_.events += remove(connection_, "events x FORCE INDEX (PRIMARY) ON x.id = q.id", events_);
    events_.clear();
    return true;
}

bool AccountDeletion::remove_webhooks() {
    return for_batch(kSelectWebhooks, [this](const auto& webhooks) {
        remove(connection_, "retired_secrets x FORCE INDEX (PRIMARY) ON x.webhook_id = q.id", webhooks);
        remove(connection_, "failing_webhooks x FORCE INDEX (PRIMARY) ON x.webhook_id = q.id", webhooks);
        remove(connection_, "webhook_mails x FORCE INDEX (PRIMARY) ON x.webhook_id = q.id", webhooks);
        remove(connection_, "ordered_webhooks x FORCE INDEX (PRIMARY) ON x.webhook_id = q.id", webhooks);
        removed_.webhooks += remove(connection_, "webhooks x FORCE INDEX (PRIMARY) ON x.id = q.id", webhooks);
    });
}

bool AccountDeletion::remove_answers() {
    constexpr std::string_view kDelete = R"(
        DELETE FROM idempotency_keys
        WHERE account_id = ?
        ORDER BY account_id, key_digest
        LIMIT ?)";
    return connection_.execute(kDelete, {account_, kMost}) == kMost;
}

bool AccountDeletion::clear_audit() {
    const Rows rows = connection_.query(kSelectAudit, {account_, audit_row_, kMost});
    if (rows.empty()) return false;
    const auto entries = rows.numbers(0);
    update(
        connection_,
        "audit x FORCE INDEX (PRIMARY) ON x.id = q.id SET x.user_id = NULL, x.key_id = NULL, x.request_id = NULL",
        entries);
    audit_row_ = entries.back();
    return true;
}

bool AccountDeletion::remove_keys() {
    return for_batch(kSelectKeys, [this](const auto& keys) {
        remove(connection_, "api_key_targets x FORCE INDEX (PRIMARY) ON x.key_id = q.id", keys);
        remove(connection_, "key_rates x FORCE INDEX (PRIMARY) ON x.key_id = q.id", keys);
        removed_.keys += remove(connection_, "api_keys x FORCE INDEX (PRIMARY) ON x.id = q.id", keys);
    });
}

bool AccountDeletion::remove_targets() {
    return for_batch(kSelectTargets, [this](const auto& targets) {
        remove(connection_, "counters x FORCE INDEX (PRIMARY) ON x.owner_id = q.id AND x.owner = 'target'",
               targets);
        removed_.targets += remove(connection_, "targets x FORCE INDEX (PRIMARY) ON x.id = q.id", targets);
    });
}

bool AccountDeletion::remove_users() {
    return for_batch(kSelectUsers, [this](const auto& users) {
        removed_.users += remove(connection_, "users x FORCE INDEX (PRIMARY) ON x.id = q.id", users);
    });
}

void AccountDeletion::remove_account() {
    remove(connection_, "counters x FORCE INDEX (PRIMARY) ON x.owner_id = q.id AND x.owner = 'account'",
           {account_});
    remove(connection_, "accounts x FORCE INDEX (PRIMARY) ON x.id = q.id", {account_});
}

// Selects a batch of ids and works on it in one transaction, which is tried again if the database undoes it.
bool AccountDeletion::for_batch(std::string_view select,
                                const std::function<void(const std::vector<model::Id>&)>& work) {
    return in_transaction(connection_, [&] {
        const Rows rows = connection_.query(select, {account_, kMost});
        if (rows.empty()) return false;
        work(rows.numbers(0));
        return rows.size() == kMost;
    });
}

}  // namespace db
