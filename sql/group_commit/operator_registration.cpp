#include "sql/group_commit/operator_registration.hpp"

#include <array>
#include <string>
#include <string_view>

#include "sql/connection/database_time.hpp"
#include "sql/connection/new_id.hpp"
#include "sql/connection/retry.hpp"
#include "sql/events/counters.hpp"
#include "sql/group_commit/webhook_statements.hpp"
#include "sql/operator/owners.hpp"
#include "sql/webhooks/owned_webhook.hpp"

namespace db {
namespace {

// Locks owner and user against deletion.
void hold(Connection& connection, const model::Caller& caller) {
    const model::Id account = hold_user(connection, caller.user_id);
    if (account != caller.owner.account_id) {
        throw Refused("the user belongs to another account: " + model::to_base58(caller.user_id));
    }
    if (caller.owner.target_id) {
        hold_target(connection, *caller.owner.target_id);
    } else {
        hold_account(connection, account);
    }
}

// The event that greets a webhook of the owner.
Rows select_greeting(Connection& connection, const model::Caller& caller) {
    const bool is_of_target = caller.owner.target_id.has_value();
    const std::string select = "SELECT e.id, " + client_time("e.occurred_at") +
                               ", DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%d %H:%i:%s.%f') FROM " +
                               (is_of_target ? "targets" : "users") +
                               " o STRAIGHT_JOIN events e ON e.id = o.created_event_id WHERE o.id = ?";
    return connection.query(select, {caller.owner.target_id.value_or(caller.user_id)});
}

}  // namespace

model::Id register_webhook(Connection& connection, const security::SecretCipher& cipher,
                           const model::Caller& caller, const model::WebhookFields& fields, const Actor& by) {
    enum Column : std::size_t { kEvent, kOccurredAt, kNow };
    return in_transaction(connection, [&] {
        hold(connection, caller);
        const Rows greeting = select_greeting(connection, caller);
        if (greeting.empty()) throw Error(0, "there is no event to greet the webhook with");
        std::array<WebhookRow, 1> row{WebhookRow{.caller = caller,
                                                 .greeting_id = greeting.number(0, kEvent),
                                                 .greeted_at = greeting.text(0, kOccurredAt),
                                                 .now = greeting.text(0, kNow),
                                                 .webhook = &fields}};
        const model::Id webhook = insert_with_new_id(model::generate_id, [&](model::Id id) {
            row[0].id = id;
            row[0].secret = cipher.seal(id, security::generate_secret());
            connection.execute_text(insert_webhooks(row).str());
        });
        connection.execute_text(insert_greetings(row).str());
        record_deed(connection, by, deed_about_webhook("webhook create", caller.owner, webhook));
        change_counters(connection, {{caller.owner, kWebhookCounter}});
        return webhook;
    });
}

}  // namespace db
