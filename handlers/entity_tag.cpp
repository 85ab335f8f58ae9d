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

struct SentTag {
    std::string_view tag;  // with its quotes
    bool is_weak;
};

// The first part, with the quote before it.
std::string_view state_of(std::string_view tag) {
    return tag.substr(0, tag.find_first_of("-\"", 1));
}

bool is_match(const SentTag& sent, std::string_view entity_tag, Comparison comparison) {
    if (comparison == Comparison::kWeak) return sent.tag == entity_tag;
    return !sent.is_weak && state_of(sent.tag) == state_of(entity_tag);
}

bool names(const http::Request& request, std::string_view header_name, std::string_view entity_tag,
           Comparison comparison) {
    return std::ranges::any_of(request.headers, [&](const http::Header& header) {
        return header.name == header_name && matches_entity_tag(header.value, entity_tag, comparison);
    });
}

}  // namespace

std::string entity_tag_of(std::string_view json, std::string_view notes) {
    constexpr std::size_t kBytesOfState =
        16;  // 128 bits, enough that different objects never have the same tag
    constexpr std::size_t kBytesOfNotes = 8;
    const auto digits = [](std::string_view text, std::size_t bytes) {
        return base::to_hexadecimal(base::as_text(base::sha256(text)).substr(0, bytes));
    };
    std::string tag = '"' + digits(json, kBytesOfState);
    if (!notes.empty()) tag += '-' + digits(notes, kBytesOfNotes);
    return tag + '"';
}

bool matches_entity_tag(std::string_view list, std::string_view entity_tag, Comparison comparison) {
    std::string_view rest = skip(list, " \t");
    if (rest.starts_with('*')) return skip(rest.substr(1), " \t").empty();
    for (rest = skip(rest, " \t,"); !rest.empty(); rest = skip(rest, " \t,")) {
        const bool weak = rest.starts_with("W/");
        if (weak) rest.remove_prefix(2);
        const std::size_t end = rest.starts_with('"') ? rest.find('"', 1) : rest.npos;
        if (end == rest.npos) return false;
        if (is_match({rest.substr(0, end + 1), weak}, entity_tag, comparison)) return true;
        rest.remove_prefix(end + 1);
    }
    return false;
}

bool if_none_match_names(const http::Request& request, std::string_view entity_tag) {
    return names(request, kIfNoneMatch, entity_tag, Comparison::kWeak);
}

bool may_change(const http::Request& request, std::string_view entity_tag) {
    const bool is_wanted =
        request.header_count(kIfMatch) == 0 || names(request, kIfMatch, entity_tag, Comparison::kStrong);
    return is_wanted && !if_none_match_names(request, entity_tag);
}

}  // namespace handlers
