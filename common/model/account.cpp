#include "common/model/account.hpp"

#include <string_view>

#include "common/base/json_writer.hpp"
#include "common/model/id.hpp"
#include "common/model/object_json.hpp"

namespace model {
namespace {

using base::JsonWriter;
using base::write_member;
using base::write_nullable;

template <class Items, class Text>
void write_list(JsonWriter& writer, std::string_view name, const Items& items, const Text& text_of) {
    base::write(writer, name);
    writer.StartArray();
    for (const auto& item : items) base::write(writer, text_of(item));
    writer.EndArray();
}

void write_key(JsonWriter& writer, const KeyDetails& key) {
    writer.StartObject();
    write_member(writer, "id", to_base58(key.id));
    write_member(writer, "name", key.name);
    write_list(writer, "rights", key.rights, [](Right right) { return name_of(right); });
    write_nullable(writer, "expires", key.expires_at);
    if (key.targets) {
        write_list(writer, "targets", *key.targets, [](Id id) { return to_base58(id); });
    } else {
        write_nullable(writer, "targets", std::nullopt);
    }
    writer.EndObject();
}

}  // namespace

std::string target_to_json(const Target& target) {
    return base::json_object([&target](JsonWriter& writer) {
        write_member(writer, "id", to_base58(target.id));
        write_member(writer, "name", target.name);
        write_member(writer, "url", target.url);
        write_nullable(writer, "verified", target.verified_at);
        write_member(writer, "created", target.created_at);
    });
}

std::string key_to_json(const KeyDetails& key) {
    return base::json_object([&key](JsonWriter& writer) {
        base::write(writer, "account");
        writer.StartObject();
        write_member(writer, "id", to_base58(key.account_id));
        write_member(writer, "name", key.account_name);
        writer.EndObject();
        base::write(writer, "user");
        base::write_json(writer, user_json(key.user.id, key.user.email, key.user.name));
        base::write(writer, "key");
        write_key(writer, key);
    });
}

}  // namespace model
