#include "handlers/webhook_json.hpp"

#include "fcgi/http/json_writer.hpp"
#include "sql/id.hpp"
#include "sql/secret_box.hpp"

namespace handlers {
namespace {

using http::JsonWriter;
using http::write;
using http::write_member;

void write_flag(JsonWriter& writer, std::string_view name, bool flag) {
    write(writer, name);
    writer.Bool(flag);
}

void write_person(JsonWriter& writer, std::string_view name, const db::Person& person) {
    write(writer, name);
    writer.StartObject();
    write_member(writer, "id", db::to_base58(person.id));
    write_member(writer, "email", person.email);
    write_member(writer, "name", person.name);
    writer.EndObject();
}

}  // namespace

std::string webhook_to_json(const db::Webhook& webhook) {
    return http::json_object([&webhook](JsonWriter& writer) {
        write_member(writer, "id", db::to_base58(webhook.id));
        write_member(writer, "name", webhook.name);
        write_member(writer, "url", webhook.url);
        write_flag(writer, "check_cert", webhook.check_cert);
        write_member(writer, "api_version", webhook.api_version);
        write_flag(writer, "enabled", webhook.enabled);
        http::write_nullable(writer, "disabled_reason", webhook.disabled_reason);
        write_member(writer, "created", webhook.created_at);
        write_person(writer, "created_by", webhook.created_by);
        write_member(writer, "changed", webhook.changed_at);
        write_person(writer, "changed_by", webhook.changed_by);
    });
}

std::string secret_to_json(std::string_view secret) {
    // Base64 and a prefix: nothing in it is to be escaped.
    return "{\"secret\":\"" + db::spell_secret(secret) + "\"}";
}

}  // namespace handlers
