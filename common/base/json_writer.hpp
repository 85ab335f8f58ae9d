// Writes JSON with RapidJSON's writer, from texts that are views.
#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <optional>
#include <string>
#include <string_view>

namespace base {

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

// REQUIRES (all): valid UTF-8.
inline void write(JsonWriter& writer, std::string_view text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

inline void write_member(JsonWriter& writer, std::string_view name, std::string_view text) {
    write(writer, name);
    write(writer, text);
}

inline void write_nullable(JsonWriter& writer, std::string_view name,
                           const std::optional<std::string>& text) {
    if (text) return write_member(writer, name, *text);
    write(writer, name);
    writer.Null();
}

// Writes text that is JSON already.
inline void write_json(JsonWriter& writer, std::string_view json) {
    writer.RawValue(json.data(), json.size(), rapidjson::kObjectType);
}

// Returns the value that write_value(writer) writes.
template <class Function>
std::string json_text(const Function& write_value) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    write_value(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

// Returns an object with the members that write_members(writer) writes.
template <class Function>
std::string json_object(const Function& write_members) {
    return json_text([&write_members](JsonWriter& writer) {
        writer.StartObject();
        write_members(writer);
        writer.EndObject();
    });
}

}  // namespace base
