#include "handlers/entity_tag.hpp"

#include <algorithm>
#include <cstddef>

#include "common/base/ascii.hpp"
#include "common/base/sha256.hpp"

namespace handlers {
namespace {

constexpr std::string_view kIfMatch = "IF_MATCH";
constexpr std::string_view kIfNoneMatch = "IF_NONE_MATCH";

std::string_view skip(std::string_view text, std::string_view characters) {
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    return text;
}

bool names(const http::Request& request, std::string_view header_name, std::string_view entity_tag,
           Comparison comparison) {
    return std::ranges::any_of(request.headers, [&](const http::Header& header) {
        return header.name == header_name && matches_entity_tag(header.value, entity_tag, comparison);
    });
}

}  // namespace

std::string entity_tag_of(std::string_view json) {
    constexpr std::size_t kBytes = 16;  // 128 bits, enough that different objects never have the same tag
    const base::Digest digest = base::sha256(json);
    return '"' + base::to_hexadecimal(base::as_text(digest).substr(0, kBytes)) + '"';
}

bool matches_entity_tag(std::string_view list, std::string_view entity_tag, Comparison comparison) {
    std::string_view rest = skip(list, " \t");
    if (rest.starts_with('*')) return skip(rest.substr(1), " \t").empty();
    for (rest = skip(rest, " \t,"); !rest.empty(); rest = skip(rest, " \t,")) {
        const bool weak = rest.starts_with("W/");
        if (weak) rest.remove_prefix(2);
        const std::size_t end = rest.starts_with('"') ? rest.find('"', 1) : rest.npos;
        if (end == rest.npos) return false;
        const bool comparable = !weak || comparison == Comparison::kWeak;
        if (comparable && rest.substr(0, end + 1) == entity_tag) return true;
        rest.remove_prefix(end + 1);
    }
    return false;
}

bool if_none_match_names(const http::Request& request, std::string_view entity_tag) {
    return names(request, kIfNoneMatch, entity_tag, Comparison::kWeak);
}

bool may_change(const http::Request& request, std::string_view json) {
    const std::string entity_tag = entity_tag_of(json);
    const bool is_wanted =
        request.header_count(kIfMatch) == 0 || names(request, kIfMatch, entity_tag, Comparison::kStrong);
    return is_wanted && !if_none_match_names(request, entity_tag);
}

}  // namespace handlers
