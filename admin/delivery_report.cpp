#include "admin/delivery_report.hpp"

namespace admin {

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

}  // namespace admin
