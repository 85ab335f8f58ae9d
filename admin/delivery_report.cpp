#include "admin/delivery_report.hpp"

#include "admin/listing.hpp"
#include "admin/validation.hpp"
#include "sql/operator/owners.hpp"

namespace admin {
namespace {

Report listed(const std::vector<db::ListedDelivery>& deliveries, const db::ListSlice& slice,
              const db::ListCount& count) {
    return {table_of(deliveries, delivery_record, {"event_type", "retries"}),
            note_on_page(slice, deliveries.size(), count)};
}

}  // namespace

Record delivery_record(const db::ListedDelivery& delivery) {
    return {{"event", model::to_base58(delivery.event_id)},
            {"webhook", model::to_base58(delivery.webhook_id)},
            {"event_type", delivery.event_type},
            {"occurred", delivery.occurred_at},
            {"status", std::string(model::name_of(delivery.status))},
            {"next_try", value_of(delivery.next_try)},
            {"retries", std::int64_t{delivery.retries}},
            {"reason", value_of(delivery.reason)}};
}

std::vector<Option> delivery_filter_options() {
    return {{"status", "STATUS", "only those in this status: scheduled, succeeded, rescheduled or failed"},
            {"since", "TIME", "only of events of this time or later, in UTC"},
            {"until", "TIME", "only of events before this time"}};
}

Report deliveries_of_event(Database& database, const Arguments& arguments, model::Id event) {
    const db::ListSlice slice = list_slice_of(arguments);
    db::Connection& connection = database.connection();
    db::owner_of_event(connection, event);
    const db::ListCount count = db::count_deliveries_of_event(connection, event);
    const auto found = ids_of(db::find_deliveries_of_event(connection, event, slice));
    std::vector<db::ListedDelivery> deliveries;
    if (!found.empty()) deliveries = db::read_deliveries_of_event(connection, event, found);
    return listed(deliveries, slice, count);
}

Report deliveries_of_webhook(Database& database, const Arguments& arguments, model::Id webhook) {
    db::DeliveryFilter filter;
    if (const auto* status = arguments.optional("status")) filter.status = valid_status("--status", *status);
    if (const auto* since = arguments.optional("since")) filter.since = valid_bound("--since", *since);
    if (const auto* until = arguments.optional("until")) filter.until = valid_bound("--until", *until);
    const db::ListSlice slice = list_slice_of(arguments);
    db::Connection& connection = database.connection();
    db::require_webhook(connection, webhook);
    const db::ListCount count = db::count_deliveries_of_webhook(connection, webhook, filter);
    const auto found = ids_of(db::find_deliveries_of_webhook(connection, webhook, filter, slice));
    std::vector<db::ListedDelivery> deliveries;
    if (!found.empty()) deliveries = db::read_deliveries_of_webhook(connection, webhook, found);
    return listed(deliveries, slice, count);
}

}  // namespace admin
