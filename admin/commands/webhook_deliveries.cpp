// Commands on what a webhook gets: test, recover, deliveries.
#include "admin/commands.hpp"
#include "admin/delivery_report.hpp"
#include "admin/listing.hpp"
#include "admin/validation.hpp"
#include "admin/webhook_report.hpp"
#include "sql/connection/retry.hpp"
#include "sql/operator/refused.hpp"
#include "sql/webhooks/recovery.hpp"
#include "sql/webhooks/test_event.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace admin {
namespace {

Report test(Database& database, const Arguments& arguments) {
    const model::Id id = webhook_of(arguments);
    const auto* type = arguments.optional("type");
    const auto given_type = type == nullptr ? std::nullopt : std::optional(valid_event_type("--type", *type));
    db::Connection& connection = database.connection();
    const auto webhook = db::find_any_webhook(connection, id);
    if (!webhook) throw db::no_such("webhook", id);
    // In the place of an API key's user.
    const model::Caller caller{.user_id = webhook->created_by.id, .owner = webhook->owner};
    const std::string event_type = given_type.value_or(db::greeting_type(webhook->owner));
    return db::in_transaction(connection, [&]() -> Report {
        database.record(deed_about("webhook test", id, webhook->owner.account_id));
        const auto event = db::test_webhook(connection, caller, id, event_type);
        if (!event) throw db::no_such("webhook", id);
        return {delivery_record(db::find_listed_delivery(connection, event->id, id).value()), ""};
    });
}

Report recover(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    const model::Time since = valid_bound("--since", arguments.required("since"));
    const auto* until = arguments.optional("until");
    const auto end = until == nullptr ? std::nullopt : std::optional(valid_bound("--until", *until));
    db::Connection& connection = database.connection();
    const model::Owner owner = owner_of_webhook(connection, webhook);
    db::Recovery recovery(since, end);
    const bool exists = db::retry_transient(
        [&] { return recovery.run(connection, owner, webhook, db::Recovery::Clock::time_point::max()); });
    if (!exists) throw db::no_such("webhook", webhook);
    db::in_transaction(connection, [&] {
        database.record(deed_about("webhook recover", webhook, owner.account_id));
        return true;
    });
    return {Record{{"id", model::to_base58(webhook)},
                   {"scheduled", static_cast<std::int64_t>(recovery.scheduled())},
                   {"more", recovery.has_more()}},
            recovery.has_more() ? "There may be more: run the command again." : ""};
}

Report deliveries(Database& database, const Arguments& arguments) {
    return deliveries_of_webhook(database, arguments, webhook_of(arguments));
}

}  // namespace

std::vector<Command> webhook_delivery_commands() {
    return {
        {.words = "webhook test",
         .summary = "send a webhook a new event that says that it is a test",
         .help = "Only this webhook gets it, whatever it filters. Its content has \"test\": true. The event\n"
                 "is recorded like others. Shows the delivery.",
         .example = "targethooks webhook test 2NqBaYqTm7P --type scan_completed",
         .options = {{"type", "TYPE", "the type of the event; default: that of the webhook's greeting"}},
         .argument = webhook_argument(),
         .run = test},
        {.words = "webhook recover",
         .summary = "schedule a webhook's failed deliveries of a period again",
         .help = "At most 10,000 at once, those of the oldest events first. They are sent as fast as the\n"
                 "receiver takes them.",
         .example = "targethooks webhook recover 2NqBaYqTm7P --since 2027-01-31T00:00:00Z",
         .options = {{"since", "TIME", "only of events that occurred then or later, in UTC", true},
                     {"until", "TIME", "only of events that occurred before; default: now"}},
         .argument = webhook_argument(),
         .run = recover},
        {.words = "webhook deliveries",
         .summary = "show the deliveries to a webhook, with reasons",
         .help = "Lists the newest event first, like \"delivery list --webhook\".",
         .example = "targethooks webhook deliveries 2NqBaYqTm7P --status failed",
         .options = joined(delivery_filter_options(), slice_options()),
         .argument = webhook_argument(),
         .run = deliveries}};
}

}  // namespace admin
