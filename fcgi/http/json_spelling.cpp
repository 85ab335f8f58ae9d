#include "fcgi/http/json_spelling.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "fcgi/http/json_writer.hpp"

namespace http {

namespace {

std::string quote(std::string_view text) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    write(writer, text);
    return {buffer.GetString(), buffer.GetSize()};
}

// One spelling a name makes names equal where their spellings are.
template <class Members>
void keep_last_of_each_name(Members& members) {
    std::set<std::string_view> seen;
    std::vector<bool> is_last(members.size());
    for (std::size_t i = members.size(); i-- > 0;) is_last[i] = seen.insert(members[i].name).second;
    Members kept;
    for (std::size_t i = 0; i < members.size(); ++i) {
        if (is_last[i]) kept.push_back(std::move(members[i]));
    }
    members = std::move(kept);
}

}  // namespace

std::string spell(const Value& value) {
    if (value.kind == Value::Kind::kString) return quote(value.text);
    return value.kind == Value::Kind::kNull ? "null" : value.text;
}

void JsonSpelling::name(std::string_view name) {
    containers_.back().next_name = quote(name);
}

void JsonSpelling::value(std::string spelled) {
    Container& container = containers_.back();
    container.members.push_back({std::exchange(container.next_name, {}), std::move(spelled)});
}

std::string JsonSpelling::close() {
    auto [is_object, next_name, members] = std::move(containers_.back());
    containers_.pop_back();
    if (is_object) keep_last_of_each_name(members);
    if (is_object && order_ == MemberOrder::kByName) std::ranges::sort(members, {}, &Member::name);
    std::string text(1, is_object ? '{' : '[');
    for (const Member& member : members) {
        if (text.size() > 1) text += ',';
        text += member.name;
        if (is_object) text += ':';
        text += member.value;
    }
    return text += is_object ? '}' : ']';
}

}  // namespace http
