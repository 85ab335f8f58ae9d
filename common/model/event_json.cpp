#include "common/model/event_json.hpp"

#include <string_view>

#include "common/base/json_writer.hpp"
#include "common/model/id.hpp"

namespace model {
namespace {

using base::JsonWriter;
using base::write;
using base::write_member;

void write_delivery(JsonWriter& writer, const Delivery& delivery) {
    writer.StartObject();
    write_member(writer, "id", to_base58(delivery.webhook_id));
    write_member(writer, "api_version", delivery.api_version);
    write_member(writer, "status", name_of(delivery.status));
    base::write_nullable(writer, "next_try", delivery.next_try);
    write(writer, "retries");
    writer.Int(delivery.retries);
    writer.EndObject();
}

}  // namespace

std::string event_to_json(const Event& event) {
    const std::string_view event_type = event.event_type;
    return base::json_object([&](JsonWriter& writer) {
        write_member(writer, "id", to_base58(event.id));
        write_member(writer, "event_type", event_type);
        write_member(writer, "occurred_at", event.occurred_at);
        write_member(writer, "object_type", event_type.substr(0, event_type.find('_')));
        write(writer, "content");
        base::write_json(writer, event.content);
        write(writer, "webhooks");
        writer.StartArray();
        for (const Delivery& delivery : event.deliveries) write_delivery(writer, delivery);
        writer.EndArray();
        if (event.webhooks_count) {
            write(writer, "webhooks_count");
            writer.Uint64(*event.webhooks_count);
        }
    });
}

}  // namespace model
