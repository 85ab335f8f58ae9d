#include "sql/event_json.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstddef>
#include <string_view>

#include "sql/id.hpp"

namespace db {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void write(Writer& writer, std::string_view text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void write_member(Writer& writer, std::string_view name, std::string_view text) {
    write(writer, name);
    write(writer, text);
}

void write_delivery(Writer& writer, const Delivery& delivery) {
    writer.StartObject();
    write_member(writer, "id", to_base58(delivery.webhook_id));
    write_member(writer, "api_version", delivery.api_version);
    write_member(writer, "status", name_of(delivery.status));
    if (delivery.next_try) {
        write_member(writer, "next_try", *delivery.next_try);
    } else {
        write(writer, "next_try");
        writer.Null();
    }
    write(writer, "retries");
    writer.Int(delivery.retries);
    writer.EndObject();
}

}  // namespace

std::string event_to_json(const Event& event) {
    const std::string_view event_type = event.event_type;
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    write_member(writer, "id", to_base58(event.id));
    write_member(writer, "event_type", event_type);
    write_member(writer, "occurred_at", event.occurred_at);
    write_member(writer, "object_type", event_type.substr(0, event_type.find('_')));
    write(writer, "content");
    writer.RawValue(event.content.data(), event.content.size(), rapidjson::kObjectType);
    write(writer, "webhooks");
    writer.StartArray();
    for (const Delivery& delivery : event.deliveries) write_delivery(writer, delivery);
    writer.EndArray();
    writer.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace db
