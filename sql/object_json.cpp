#include "sql/object_json.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <initializer_list>
#include <utility>

namespace db {
namespace {

using Member = std::pair<std::string_view, std::string_view>;

std::string object_of(std::initializer_list<Member> members) {
    rapidjson::StringBuffer text;
    rapidjson::Writer writer(text);
    const auto write = [&writer](std::string_view string) {
        writer.String(string.data(), static_cast<rapidjson::SizeType>(string.size()));
    };
    writer.StartObject();
    for (const auto& [name, value] : members) {
        write(name);
        write(value);
    }
    writer.EndObject();
    return {text.GetString(), text.GetSize()};
}

}  // namespace

std::string user_json(Id id, std::string_view email, std::string_view name) {
    return object_of({{"id", to_base58(id)}, {"email", email}, {"name", name}});
}

std::string target_json(Id id, std::string_view name, std::string_view url) {
    return object_of({{"id", to_base58(id)}, {"name", name}, {"url", url}});
}

}  // namespace db
