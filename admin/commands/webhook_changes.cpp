// Commands that register, change and delete a webhook: create, update, delete.
#include "admin/commands.hpp"
#include "admin/listing.hpp"
#include "admin/validation.hpp"
#include "admin/webhook_report.hpp"
#include "sql/connection/retry.hpp"
#include "sql/group_commit/operator_registration.hpp"
#include "sql/operator/refused.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace admin {
namespace {

// The fields that were given. The configuration is read only for a URL.
model::WebhookChange fields_of(Database& database, const Arguments& arguments) {
    model::WebhookChange fields;
    if (const auto* name = arguments.optional("name")) fields.name = valid_webhook_name("--name", *name);
    if (const auto* flag = arguments.optional("check-cert"))
        fields.check_cert = valid_flag("--check-cert", *flag);
    if (const auto* types = arguments.optional("event-types"))
        fields.event_types = valid_event_types("--event-types", *types);
    if (const auto* flag = arguments.optional("ordered")) fields.ordered = valid_flag("--ordered", *flag);
    if (const auto* url = arguments.optional("url")) {
        fields.url = valid_webhook_url("--url", *url, database.destinations());
    }
    return fields;
}

Report create(Database& database, const Arguments& arguments) {
    const OwnerArgument owner(arguments);
    const model::Id user = valid_id("--user", arguments.required("user"));
    const model::WebhookFields fields = model::changed({}, fields_of(database, arguments));
    db::Connection& connection = database.connection();
    const model::Caller caller{.user_id = user, .owner = owner.find(database)};
    const model::Id webhook =
        db::register_webhook(connection, database.secrets(), caller, fields, database.by());
    return shown(db::find_any_webhook(connection, webhook), webhook);
}

Report update(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    const model::WebhookChange change = fields_of(database, arguments);
    if (change == model::WebhookChange{}) throw UsageError("give at least one field to change");
    db::Connection& connection = database.connection();
    const model::Owner owner = owner_of_webhook(connection, webhook);
    const auto record = [&](const model::Webhook& found) {
        database.record(deed_about("webhook update", webhook, found.owner.account_id));
        return true;
    };
    const auto changed = db::retry_transient([&] {
        return db::change_webhook(connection, {.user_id = db::kNoUser, .owner = owner}, webhook, change,
                                  record);
    });
    return shown(changed, webhook);
}

Report remove(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    db::Connection& connection = database.connection();
    const model::Owner owner = owner_of_webhook(connection, webhook);
    Report report;
    const auto record = [&](const model::Webhook& found) {
        report = shown(found, webhook);
        database.record(deed_about("webhook delete", webhook, found.owner.account_id));
        return true;
    };
    const bool removed =
        db::retry_transient([&] { return db::remove_webhook(connection, owner, webhook, record); });
    if (!removed) throw db::no_such("webhook", webhook);
    return report;
}

std::vector<Option> field_options(bool url_is_required) {
    return {{"url", "URL", "an https URL, at most 2048 characters", url_is_required},
            {"name", "NAME", "at most 255 characters"},
            {"check-cert", "FLAG", "yes or no: whether the URL's certificate is verified"},
            {"event-types", "TYPES", "the types it receives, separated by commas, or all"},
            {"ordered", "FLAG", "yes or no: one delivery at a time, in the order of events"}};
}

}  // namespace

std::vector<Command> webhook_change_commands() {
    return {
        {.words = "webhook create",
         .summary = "register a webhook for a user",
         .help =
             "By the rules of the API, except for the limits of webhooks, and with the same greeting. It\n"
             "is shown as registered by that user. Needs secret_key in the configuration.",
         .example = "targethooks webhook create --target 5Kd3NBUAdUn --user 2NqBaYqTm7P --url "
                    "https://ci.example.com/hook",
         .options = joined(joined(owner_options(), {{"user", "ID", "a user of the account", true}}),
                           field_options(true)),
         .run = create},
        {.words = "webhook update",
         .summary = "change a webhook's URL, name or other fields",
         .help = "What is not given stays. The change does not count as made by a user.",
         .example = "targethooks webhook update 2NqBaYqTm7P --event-types scan_failed,scan_completed",
         .options = field_options(false),
         .argument = webhook_argument(),
         .run = update},
        {.words = "webhook delete",
         .summary = "delete a webhook with its secrets and headers",
         .help = "Its deliveries that are still to be sent are dropped. The others stay as history.",
         .example = "targethooks webhook delete 2NqBaYqTm7P",
         .argument = webhook_argument(),
         .run = remove}};
}

}  // namespace admin
