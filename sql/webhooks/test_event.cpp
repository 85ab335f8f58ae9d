#include "sql/webhooks/test_event.hpp"

#include <string_view>

#include "common/model/object_json.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/delivery_status.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/webhooks/owned_webhook.hpp"

namespace db {
namespace {

std::string user_of(Connection& connection, const model::Caller& caller) {
    const Rows rows = connection.query("SELECT id, email, name FROM users WHERE id = ?", {caller.user_id});
    return model::user_json(rows.number(0, 0), rows.text(0, 1), rows.text(0, 2));
}

std::string target_of(Connection& connection, const model::Owner& owner) {
    if (!owner.target_id) return model::target_json(model::generate_id(), "Test", "https://example.com/");
    const Rows rows = connection.query("SELECT id, name, url FROM targets WHERE id = ?", {*owner.target_id});
    return model::target_json(rows.number(0, 0), rows.text(0, 1), rows.text(0, 2));
}

std::string content_of(Connection& connection, const model::Caller& caller, std::string_view event_type) {
    std::string object = event_type.starts_with("user_")     ? user_of(connection, caller)
                         : event_type.starts_with("target_") ? target_of(connection, caller.owner)
                                                             : model::test_object_json(model::generate_id());
    object.pop_back();
    return object += ",\"test\":true}";
}

void insert_event(Connection& connection, model::Id id, const model::Owner& owner,
                  const std::string& event_type, const std::string& content) {
    constexpr std::string_view kInsert = R"(
        INSERT INTO events (id, account_id, target_id, event_type, content, occurred_at)
        VALUES (?, ?, ?, ?, ?, UTC_TIMESTAMP(6)))";
    connection.execute(kInsert, {id, owner.account_id, nullable(owner.target_id), event_type, content});
}

void insert_delivery(Connection& connection, model::Id event, model::Id webhook) {
    constexpr std::string_view kInsert = R"(
        INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, reason)
        SELECT e.id, w.id, e.account_id, e.occurred_at, IF(w.enabled, ?, ?), IF(w.enabled, UTC_TIMESTAMP(6), NULL),
               IF(w.enabled, NULL, 'disabled')
        FROM events e STRAIGHT_JOIN webhooks w
        WHERE e.id = ? AND w.id = ?)";
    connection.execute_one(kInsert, {stored(model::DeliveryStatus::kScheduled),
                                     stored(model::DeliveryStatus::kFailed), event, webhook});
}

}  // namespace

std::optional<model::Event> test_webhook(Connection& connection, const model::Caller& caller,
                                         model::Id webhook, const std::string& event_type,
                                         const IdSource& generate) {
    if (!lock_webhook(connection, caller.owner, webhook)) return std::nullopt;
    const std::string content = content_of(connection, caller, event_type);
    const model::Id id = insert_with_new_id(generate, [&](model::Id new_id) {
        insert_event(connection, new_id, caller.owner, event_type, content);
    });
    insert_delivery(connection, id, webhook);
    auto event = find_delivery(connection, id, webhook);
    const bool is_sent = event.value().deliveries.at(0).status == model::DeliveryStatus::kScheduled;
    if (is_sent) start_afresh(connection, webhook);
    change_counters(connection, {{caller.owner, event_type}});
    return event;
}

}  // namespace db
