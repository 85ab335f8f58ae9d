#include "common/model/webhook_json.hpp"

#include <string_view>
#include <vector>

#include "common/base/json_writer.hpp"
#include "common/model/id.hpp"

namespace model {
namespace {

using base::JsonWriter;
using base::write;
using base::write_member;

void write_flag(JsonWriter& writer, std::string_view name, bool flag) {
    write(writer, name);
    writer.Bool(flag);
}

void write_names(JsonWriter& writer, std::string_view name, const std::vector<std::string_view>& names) {
    write(writer, name);
    writer.StartArray();
    for (const std::string_view one : names) write(writer, one);
    writer.EndArray();
}

void write_person(JsonWriter& writer, std::string_view name, const Person& person) {
    write(writer, name);
    writer.StartObject();
    write_member(writer, "id", to_base58(person.id));
    write_member(writer, "email", person.email);
    write_member(writer, "name", person.name);
    writer.EndObject();
}

}  // namespace

std::string webhook_to_json(const Webhook& webhook) {
    return base::json_object([&webhook](JsonWriter& writer) {
        write_member(writer, "id", to_base58(webhook.id));
        write_member(writer, "name", webhook.fields.name);
        write_member(writer, "url", webhook.fields.url);
        write_flag(writer, "check_cert", webhook.fields.check_cert);
        write_member(writer, "api_version", webhook.fields.api_version);
        write_names(writer, "event_types", webhook.fields.event_types.names());
        write_flag(writer, "ordered", webhook.fields.ordered);
        write_flag(writer, "enabled", webhook.enabled);
        base::write_nullable(writer, "disabled_reason", webhook.disabled_reason);
        base::write_nullable(writer, "failing_since", webhook.failing_since);
        write_member(writer, "created", webhook.created_at);
        write_person(writer, "created_by", webhook.created_by);
        write_member(writer, "changed", webhook.changed_at);
        write_person(writer, "changed_by", webhook.changed_by);
    });
}

}  // namespace model
