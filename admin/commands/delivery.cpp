// Commands on deliveries: list, attempts, retry; and the list of all that is undelivered.
#include "admin/commands.hpp"
#include "admin/delivery_report.hpp"
#include "admin/listing.hpp"
#include "admin/validation.hpp"
#include "sql/connection/retry.hpp"
#include "sql/deliveries/attempt_list.hpp"
#include "sql/deliveries/delivery_list.hpp"
#include "sql/deliveries/delivery_store.hpp"
#include "sql/operator/owners.hpp"
#include "sql/operator/undelivered.hpp"

namespace admin {
namespace {

db::Refused no_such_delivery(model::Id event, model::Id webhook) {
    return db::Refused("no such delivery, or its webhook was deleted: event " + model::to_base58(event) +
                       ", webhook " + model::to_base58(webhook));
}

Report list(Database& database, const Arguments& arguments) {
    const std::string* event = arguments.optional("event");
    const std::string* webhook = arguments.optional("webhook");
    if ((event == nullptr) == (webhook == nullptr)) throw UsageError("give either --event or --webhook");
    if (webhook != nullptr) {
        return deliveries_of_webhook(database, arguments, valid_id("--webhook", *webhook));
    }
    for (const Option& option : delivery_filter_options()) {
        if (arguments.has(option.name))
            throw UsageError("--" + std::string(option.name) + " needs --webhook");
    }
    return deliveries_of_event(database, arguments, valid_id("--event", *event));
}

Record record_of(const db::Attempt& attempt) {
    Record record{{"made", attempt.made_at},
                  {"microseconds", static_cast<std::int64_t>(attempt.duration_us)},
                  {"status", nullptr},
                  {"failure", value_of(attempt.failure)},
                  {"detail", value_of(attempt.detail)},
                  {"answer", nullptr}};
    if (attempt.status) record[2].second = static_cast<std::int64_t>(*attempt.status);
    if (attempt.answer) record.back().second = printable(*attempt.answer);
    return record;
}

Report list_attempts(Database& database, const Arguments& arguments) {
    const model::Id event = valid_id("--event", arguments.required("event"));
    const model::Id webhook = valid_id("--webhook", arguments.required("webhook"));
    const model::Slice slice = slice_of(arguments);
    db::Connection& connection = database.connection();
    if (!db::find_listed_delivery(connection, event, webhook)) throw no_such_delivery(event, webhook);
    const auto attempts = db::list_attempts(connection, event, webhook, slice);
    return {table_of(attempts, record_of), note_on_page(slice, attempts.size())};
}

Report retry(Database& database, const Arguments& arguments) {
    const model::Id event = valid_id("--event", arguments.required("event"));
    const model::Id webhook = valid_id("--webhook", arguments.required("webhook"));
    db::Connection& connection = database.connection();
    return db::in_transaction(connection, [&]() -> Report {
        if (!db::schedule_anew(connection, event, webhook)) {
            throw no_such_delivery(event, webhook);
        }
        const auto delivery = db::find_listed_delivery(connection, event, webhook).value();
        database.record({.action = "delivery retry",
                         .object = "event " + model::to_base58(event) + " to " + model::to_base58(webhook),
                         .account_id = delivery.account_id});
        return {delivery_record(delivery), ""};
    });
}

// One row of the list. Members that only a delivery or only a row of the outbox has are null for the other.
Record undelivered_record_of(const db::Undelivered& undelivered) {
    Record record{{"since", undelivered.since}};
    if (undelivered.outbox) {
        const db::OutboxRow& row = *undelivered.outbox;
        record.insert(record.end(), {{"event_type", row.event_type},
                                     {"account", nullptr},
                                     {"event", nullptr},
                                     {"webhook", nullptr},
                                     {"outbox", static_cast<std::int64_t>(row.id)},
                                     {"status", std::string(row.failed_at ? "failed" : "waiting")},
                                     {"next_try", nullptr},
                                     {"retries", nullptr},
                                     {"reason", row.error.value_or("waiting")}});
        return record;
    }
    const db::ListedDelivery delivery = undelivered.delivery.value_or(db::ListedDelivery{});
    record.insert(record.end(), {{"event_type", delivery.event_type},
                                 {"account", model::to_base58(delivery.account_id)},
                                 {"event", model::to_base58(delivery.event_id)},
                                 {"webhook", model::to_base58(delivery.webhook_id)},
                                 {"outbox", nullptr},
                                 {"status", std::string(model::name_of(delivery.status))},
                                 {"next_try", value_of(delivery.next_try)},
                                 {"retries", std::int64_t{delivery.retries}},
                                 {"reason", delivery.reason.value_or("waiting")}});
    return record;
}

Report list_undelivered(Database& database, const Arguments& arguments) {
    const std::string* account = arguments.optional("account");
    const std::optional<model::Id> id =
        account == nullptr ? std::nullopt : std::optional(valid_id("--account", *account));
    const std::uint64_t limit = limit_of(arguments);
    if (id) db::owner_of_account(database.connection(), *id);
    const auto undelivered = db::list_undelivered(database.connection(), id, limit);
    return {table_of(undelivered, undelivered_record_of, {"event_type", "next_try", "retries"}),
            undelivered.size() < limit ? "" : "There may be more: see --limit."};
}

}  // namespace

std::vector<Command> delivery_commands() {
    return {
        {.words = "delivery list",
         .summary = "show the deliveries of an event or to a webhook, with reasons",
         .help = "Lists the newest event first; of one event, the newest webhook first.",
         .example = "targethooks delivery list --webhook 2NqBaYqTm7P",
         .options = joined(joined({{"event", "ID", "all deliveries of this event"},
                                   {"webhook", "ID", "all deliveries to this webhook, deleted or not"}},
                                  delivery_filter_options()),
                           slice_options()),
         .run = list},
        {.words = "delivery attempts",
         .summary = "show the requests made for a delivery, and the receiver's answers",
         .help = "Lists the latest request first. The first 1,024 bytes of an answer are kept. Bytes that\n"
                 "are not printable are shown as \\xNN.",
         .example = "targethooks delivery attempts --event 2Nq8Zr4VxKe --webhook 2NqBaYqTm7P",
         .options = joined({{"event", "ID", "the delivery's event", true},
                            {"webhook", "ID", "the delivery's webhook", true}},
                           slice_options()),
         .run = list_attempts},
        {.words = "delivery retry",
         .summary = "schedule a delivery again, whatever its state",
         .example = "targethooks delivery retry --event 2Nq8Zr4VxKe --webhook 2NqBaYqTm7P",
         .options = {{"event", "ID", "the delivery's event", true},
                     {"webhook", "ID", "the delivery's webhook", true}},
         .run = retry},
        {.words = "undelivered",
         .summary = "show everything that is not delivered, and why",
         .help = "Lists, oldest first, the deliveries that failed, are retried, or have waited for more\n"
                 "than a minute, and the rows of the outbox that wait or can't become events.\n"
                 "docs/operations.md explains the reasons.",
         .example = "targethooks undelivered --account 2NqBaYqTm7P",
         .options = {{"account", "ID", "only deliveries and rows of this account"}, limit_option()},
         .run = list_undelivered}};
}

}  // namespace admin
