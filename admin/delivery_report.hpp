// Shared by the commands that show deliveries.
#pragma once

#include <vector>

#include "admin/commands.hpp"
#include "sql/deliveries/delivery_list.hpp"

namespace admin {

[[nodiscard]] Record delivery_record(const db::ListedDelivery& delivery);

// The options --status, --since and --until.
[[nodiscard]] std::vector<Option> delivery_filter_options();

// The deliveries to a webhook, the newest event first, by these options, --limit and --page. Throws
// UsageError, db::Refused if there is no such webhook, deleted or not, and what Database throws.
[[nodiscard]] Report deliveries_of_webhook(Database& database, const Arguments& arguments, model::Id webhook);

// The deliveries of an event, the newest webhook first, by --limit and --page. Throws the same.
[[nodiscard]] Report deliveries_of_event(Database& database, const Arguments& arguments, model::Id event);

}  // namespace admin
