#include "tests/support/webhook_database.hpp"

#include <algorithm>
#include <array>

#include "sql/connection/database_time.hpp"
#include "sql/connection/schema.hpp"
#include "sql/events/counters.hpp"
#include "sql/events/event_store.hpp"
#include "sql/group_commit/webhook_statements.hpp"

namespace testing {

WebhookDatabase::WebhookDatabase() {
    db::migrate(connection);
    db::AdminStore store(connection);
    const model::Id account = store.create_account("Acme").id;
    user = store.create_user(account, "ana@example.com", "Ana");
    other_user = store.create_user(account, "bob@example.com", "Bob");
    target = store.create_target(account, "Shop", "https://shop.example.com");
    other_target = store.create_target(account, "Blog", "https://blog.example.com");
    const model::Id other_account = store.create_account("Other").id;
    others_target = store.create_target(other_account, "Else", "https://else.example.com");
}

model::Id WebhookDatabase::add_webhook(const model::Owner& owner, const model::WebhookFields& webhook) {
    last_id_ = std::max(last_id_ + 1, model::generate_id());
    const model::Id greeting = owner.target_id ? target_greeting() : user_greeting();
    const db::Rows times = connection.query("SELECT " + db::client_time("UTC_TIMESTAMP(6)") + ", " +
                                                db::client_time("occurred_at") + " FROM events WHERE id = ?",
                                            {greeting});
    const std::string now = db::to_database_time(times.text(0, 0));
    const std::array row{db::WebhookRow{.id = last_id_,
                                        .caller = {user.id, owner},
                                        .greeting_id = greeting,
                                        .greeted_at = times.text(0, 1),
                                        .secret = cipher.seal(last_id_, security::generate_secret()),
                                        .now = now,
                                        .webhook = &webhook}};
    db::Transaction transaction(connection);
    connection.execute_text(db::insert_webhooks(row).str());
    connection.execute_text(db::insert_greetings(row).str());
    db::change_counters(connection, {{owner, db::kWebhookCounter}});
    transaction.commit();
    return last_id_;
}

model::Id WebhookDatabase::record(const std::string& event_type) {
    db::Transaction transaction(connection);
    const model::Id event = db::record_event(
        connection, {.owner = of_target(), .event_type = event_type, .content = "{}", .occurred_at = {}});
    transaction.commit();
    return event;
}

model::Id WebhookDatabase::target_greeting() {
    return number(connection, "SELECT created_event_id FROM targets WHERE id = ?", {target.id});
}

model::Id WebhookDatabase::user_greeting() {
    return number(connection, "SELECT created_event_id FROM users WHERE id = ?", {user.id});
}

std::vector<std::string> WebhookDatabase::retired_secrets(model::Id webhook) {
    const db::Rows rows = connection.query(
        "SELECT secret FROM retired_secrets WHERE webhook_id = ? ORDER BY expires_at", {webhook});
    std::vector<std::string> secrets;
    for (std::size_t row = 0; row < rows.size(); ++row)
        secrets.push_back(cipher.open(webhook, rows.text(row, 0)));
    return secrets;
}

std::uint64_t number(db::Connection& connection, std::string_view statement,
                     std::initializer_list<db::Parameter> parameters) {
    return connection.query(statement, parameters).number(0, 0);
}

}  // namespace testing
