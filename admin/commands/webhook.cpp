// Commands on webhooks: list, show, enable, disable.
#include "admin/commands.hpp"
#include "admin/listing.hpp"
#include "admin/validation.hpp"
#include "admin/webhook_report.hpp"
#include "sql/connection/retry.hpp"
#include "sql/webhooks/operator_lists.hpp"
#include "sql/webhooks/webhook_store.hpp"

namespace admin {
namespace {

// The members that a list shows.
Record line_of(const model::Webhook& webhook) {
    return {{"id", model::to_base58(webhook.id)},
            {"account", model::to_base58(webhook.owner.account_id)},
            {"target", value_of(webhook.owner.target_id)},
            {"name", webhook.fields.name},
            {"enabled", webhook.enabled},
            {"failing_since", value_of(webhook.failing_since)},
            {"created", webhook.created_at},
            {"url", webhook.fields.url}};
}

Table table_of_webhooks(const std::vector<model::Webhook>& webhooks) {
    return table_of(webhooks, line_of, {"created"});
}

Report list_of_owner(Database& database, const OwnerArgument& owner, const db::ListSlice& slice) {
    db::Connection& connection = database.connection();
    const model::Owner found_owner = owner.find(database);
    const db::ListCount count = db::count_webhooks(connection, found_owner, {});
    const auto webhooks =
        db::read_webhooks(connection, ids_of(db::find_webhooks(connection, found_owner, {}, slice)));
    return {table_of_webhooks(webhooks), note_on_page(slice, webhooks.size(), count)};
}

Report list(Database& database, const Arguments& arguments) {
    const bool has_owner = arguments.has("account") || arguments.has("target");
    const auto owner = has_owner ? std::optional<OwnerArgument>(arguments) : std::nullopt;
    const db::ListSlice slice = list_slice_of(arguments);
    const model::Slice page{.offset = slice.offset, .length = slice.length};
    if (arguments.has("failing")) {
        const auto found = owner ? std::optional(owner->find(database)) : std::nullopt;
        const auto webhooks = db::list_failing_webhooks(database.connection(), found, page);
        return {table_of_webhooks(webhooks), note_on_page(page, webhooks.size())};
    }
    if (owner) return list_of_owner(database, *owner, slice);
    db::Connection& connection = database.connection();
    const db::ListPart part = db::find_all_webhooks(connection, slice);
    const auto webhooks = db::read_webhooks(connection, ids_of(part));
    return {table_of_webhooks(webhooks), part.resume ? note_on_page(page, page.length) : ""};
}

Report show(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    return shown(db::find_any_webhook(database.connection(), webhook), webhook);
}

// work changes the webhook and returns it, or returns nullopt if there is no such webhook.
template <class Work>
Report change(Database& database, std::string_view action, model::Id id, const Work& work) {
    const auto changed = db::in_transaction(database.connection(), [&] {
        std::optional<model::Webhook> webhook = work();
        if (webhook) {
            database.record(deed_about(action, id, webhook->owner.account_id));
        }
        return webhook;
    });
    return shown(changed, id);
}

Report enable(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    return change(database, "webhook enable", webhook,
                  [&] { return db::enable_any_webhook(database.connection(), webhook); });
}

Report disable(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    const std::string reason = valid_name("--reason", arguments.required("reason"));
    return change(database, "webhook disable", webhook,
                  [&] { return db::disable_any_webhook(database.connection(), webhook, reason); });
}

}  // namespace

std::vector<Command> webhook_commands() {
    const Option webhook = webhook_argument();
    return {
        {.words = "webhook list",
         .summary = "show the webhooks of all accounts, of one, or of a target",
         .help = "Lists the newest webhook first. With --account, it lists the account's own webhooks,\n"
                 "which receive the events of all its targets. The webhooks of its targets are listed by\n"
                 "--target. With --failing, it lists those whose last delivery failed, of the account with\n"
                 "all its targets, the longest failing first.",
         .example = "targethooks webhook list --failing",
         .options =
             joined(joined(owner_options(), {{"failing", "", "only those that fail"}}), slice_options()),
         .run = list},
        {.words = "webhook show",
         .summary = "show a webhook without its secret",
         .example = "targethooks webhook show 2NqBaYqTm7P",
         .argument = webhook,
         .run = show},
        {.words = "webhook enable",
         .summary = "let a disabled webhook receive events again",
         .help = "The webhook receives events from now on. Deliveries that failed meanwhile can be sent by\n"
                 "\"delivery retry\".",
         .example = "targethooks webhook enable 2NqBaYqTm7P",
         .argument = webhook,
         .run = enable},
        {.words = "webhook disable",
         .summary = "let a webhook receive no events until it is enabled",
         .help = "Its deliveries are recorded as failed meanwhile. Its users see the reason, and can\n"
                 "enable it again.",
         .example = "targethooks webhook disable 2NqBaYqTm7P --reason 'The receiver is gone.'",
         .options = {{"reason", "TEXT", "the reason that its users see, at most 255 characters", true}},
         .argument = webhook,
         .run = disable}};
}

}  // namespace admin
