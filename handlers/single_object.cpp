#include "handlers/single_object.hpp"

#include <algorithm>
#include <utility>

#include "sql/sha256.hpp"

namespace handlers {
namespace {

// 128 bits of the digest: two bodies that differ never meet in them.
std::string entity_tag_of(std::string_view body) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    constexpr std::size_t kBytes = 16;
    const db::Digest digest = db::sha256(body);
    std::string tag = "\"";
    for (std::size_t i = 0; i < kBytes; ++i) {
        tag += kDigits[digest[i] >> 4];
        tag += kDigits[digest[i] & 15];
    }
    return tag += '"';
}

bool has_match(const http::Request& request, std::string_view entity_tag) {
    return std::ranges::any_of(request.headers, [entity_tag](const http::Header& header) {
        return header.name == "IF_NONE_MATCH" && matches_entity_tag(header.value, entity_tag);
    });
}

std::string_view skip(std::string_view text, std::string_view characters) {
    text.remove_prefix(std::min(text.find_first_not_of(characters), text.size()));
    return text;
}

}  // namespace

bool matches_entity_tag(std::string_view if_none_match, std::string_view entity_tag) {
    std::string_view rest = skip(if_none_match, " \t");
    if (rest.starts_with('*')) return skip(rest.substr(1), " \t").empty();
    for (rest = skip(rest, " \t,"); !rest.empty(); rest = skip(rest, " \t,")) {
        if (rest.starts_with("W/")) rest.remove_prefix(2);
        const std::size_t end = rest.starts_with('"') ? rest.find('"', 1) : rest.npos;
        if (end == rest.npos) return false;
        if (rest.substr(0, end + 1) == entity_tag) return true;
        rest.remove_prefix(end + 1);
    }
    return false;
}

http::Response single_object(const http::Request& request, std::string json) {
    http::Response response{.status = 200, .body = std::move(json)};
    const std::string entity_tag = entity_tag_of(response.body);
    response.headers.emplace_back("ETag", entity_tag);
    if (has_match(request, entity_tag)) {
        response.status = 304;
        response.body.clear();
    }
    return response;
}

}  // namespace handlers
