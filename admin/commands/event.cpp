// Commands on events: list, show, publish.
#include <array>

#include "admin/commands.hpp"
#include "admin/input.hpp"
#include "admin/listing.hpp"
#include "admin/validation.hpp"
#include "common/model/event_types.hpp"
#include "sql/connection/retry.hpp"
#include "sql/deliveries/delivery_list.hpp"
#include "sql/events/event_list.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_store.hpp"
#include "sql/operator/owners.hpp"

namespace admin {
namespace {

// "scan_started, ... or finding_fixed".
std::string_view published_event_types() {
    static const std::string text = [] {
        std::string list;
        for (const std::string_view type : model::kPublishedEventTypes) {
            if (!list.empty()) list += type == model::kPublishedEventTypes.back() ? " or " : ", ";
            list += type;
        }
        return list;
    }();
    return text;
}

// Adds the number of deliveries in each status.
void add_deliveries(Record& record, const db::StatusCounts& counts) {
    for (std::size_t status = 0; status < counts.size(); ++status) {
        record.emplace_back(model::name_of(static_cast<model::DeliveryStatus>(status)),
                            static_cast<std::int64_t>(counts.at(status)));
    }
}

struct ListedEvent {
    model::Event event;
    db::StatusCounts deliveries;
};

std::vector<ListedEvent> read_listed(db::Connection& connection, const std::vector<model::Id>& ids) {
    const auto counts = db::count_by_status(connection, ids);
    std::vector<ListedEvent> listed;
    for (model::Event& event : db::read_events(connection, ids, 0)) {
        const db::StatusCounts& deliveries = counts.at(event.id);
        listed.push_back({std::move(event), deliveries});
    }
    return listed;
}

Record line_of(const ListedEvent& listed) {
    const model::Event& event = listed.event;
    Record record{{"id", model::to_base58(event.id)},
                  {"event_type", event.event_type},
                  {"occurred", event.occurred_at}};
    add_deliveries(record, listed.deliveries);
    return record;
}

Record record_of(db::Connection& connection, const model::Event& event, const model::Owner& owner) {
    Record record{{"id", model::to_base58(event.id)},    {"account", model::to_base58(owner.account_id)},
                  {"target", value_of(owner.target_id)}, {"event_type", event.event_type},
                  {"occurred", event.occurred_at},       {"content", Json{event.content}}};
    add_deliveries(record, db::count_by_status(connection, std::array{event.id}).at(event.id));
    return record;
}

db::EventFilter filter_of(const Arguments& arguments) {
    db::EventFilter filter;
    if (const auto* type = arguments.optional("type")) filter.event_type = valid_event_type("--type", *type);
    if (const auto* status = arguments.optional("status")) filter.status = valid_status("--status", *status);
    if (const auto* since = arguments.optional("since")) filter.since = valid_bound("--since", *since);
    if (const auto* until = arguments.optional("until")) filter.until = valid_bound("--until", *until);
    return filter;
}

Report list(Database& database, const Arguments& arguments) {
    const OwnerArgument owner(arguments);
    const db::EventFilter filter = filter_of(arguments);
    const db::ListSlice slice = list_slice_of(arguments);
    db::Connection& connection = database.connection();
    const model::Owner found_owner = owner.find(database);
    const db::ListCount count = db::count_events(connection, found_owner, filter);
    const auto events =
        read_listed(connection, ids_of(db::find_events(connection, found_owner, filter, slice)));
    return {table_of(events, line_of), note_on_page(slice, events.size(), count)};
}

Report show(Database& database, const Arguments& arguments) {
    const model::Id event = valid_id("the event", arguments.required("id"));
    const model::Owner owner = db::owner_of_event(database.connection(), event);
    const auto found = db::find_event(database.connection(), owner, event);
    if (!found) throw db::no_such("event", event);
    return {record_of(database.connection(), *found, owner), ""};
}

Report publish(Database& database, const Arguments& arguments) {
    const model::Id target = valid_id("--target", arguments.required("target"));
    const std::string type = valid_published_type("--type", arguments.required("type"));
    const auto* occurred_at = arguments.optional("occurred-at");
    const std::optional<model::Time> time =
        occurred_at == nullptr ? std::nullopt
                               : std::optional(valid_occurred_at("--occurred-at", *occurred_at));
    const std::string& given = arguments.required("content");
    const std::string content = valid_content(
        "--content", given == "-" ? read_input("--content", model::kMaxGivenContentBytes) : given);

    db::Connection& connection = database.connection();
    return db::in_transaction(connection, [&]() -> Report {
        const model::Owner owner = db::hold_target(connection, target);
        const model::Id event = db::record_event(
            connection, {.owner = owner, .event_type = type, .content = content, .occurred_at = time});
        database.record({.action = "event publish",
                         .object = "event " + model::to_base58(event),
                         .account_id = owner.account_id});
        return {record_of(connection, db::find_event(connection, owner, event).value(), owner), ""};
    });
}

}  // namespace

std::vector<Command> event_commands() {
    return {
        {.words = "event list",
         .summary = "show the events of a target or of an account with all its targets",
         .help = "Lists the newest event first, with the number of its deliveries in each status.",
         .example =
             "targethooks event list --target 5Kd3NBUAdUn --status failed --since 2027-01-31T00:00:00Z",
         .options =
             joined(joined(owner_options(), {{"type", "TYPE", "only events of this type"},
                                             {"status", "STATUS",
                                              "only events that have a delivery in this status:\n"
                                              "scheduled, succeeded, rescheduled or failed"},
                                             {"since", "TIME", "only events of this time or later, in UTC"},
                                             {"until", "TIME", "only events before this time"}}),
                    slice_options()),
         .run = list},
        {.words = "event show",
         .summary = "show an event with its content",
         .example = "targethooks event show 2Nq8Zr4VxKe",
         .argument = Option{"id", "EVENT", "the event's id, as \"event list\" shows it", true},
         .run = show},
        {.words = "event publish",
         .summary = "record an event of a target and schedule its deliveries",
         .help = "Takes events of scans and findings only. Events of users and targets are recorded by the\n"
                 "commands that change them.",
         .example = "targethooks event publish --target 5Kd3NBUAdUn --type scan_completed --content "
                    "'{\"id\": \"7\"}'",
         .options = {{"target", "ID", "the event's target", true},
                     {"type", "TYPE", published_event_types(), true},
                     {"content", "JSON",
                      "the scan or the finding, a JSON object; - reads it from standard input", true},
                     {"occurred-at", "TIME",
                      "when it occurred, in UTC, at most a day ahead; default: now.\n"
                      "Webhooks registered after this time don't receive the event"}},
         .run = publish}};
}

}  // namespace admin
