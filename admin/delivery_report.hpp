// Shared by the commands that show deliveries.
#pragma once

#include "admin/commands.hpp"
#include "sql/deliveries/delivery_list.hpp"

namespace admin {

[[nodiscard]] Record delivery_record(const db::ListedDelivery& delivery);

}  // namespace admin
