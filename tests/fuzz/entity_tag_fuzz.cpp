// The value of an If-None-Match header, against the tag "abc" (RFC 9110, 13.1.2).
#include "fcgi/http/json_body.hpp"
#include "handlers/single_object.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::string_view kTag = "\"abc\"";
    const std::string value(fuzzing::as_text(data, size));
    const bool matches = handlers::matches_entity_tag(value, kTag);
    const bool may_match = value.find(kTag) != std::string::npos || value.find('*') != std::string::npos;
    require(!matches || may_match, "what matches holds the tag, or a star");
    require(handlers::matches_entity_tag("W/\"x\" ,\t\"abc\", " + value, kTag),
            "the tag before it still matches");
    require(!handlers::matches_entity_tag("nonsense " + value, kTag),
            "nothing matches behind what is no tag");
    require(handlers::matches_entity_tag(value + " ", kTag) == matches,
            "a space at the end makes no difference");

    http::Request request;
    request.headers = {{"IF_NONE_MATCH", value}};
    const http::Response response = handlers::single_object(request, R"({"a":1})");
    require(response.status == 200 || response.status == 304, "the object, or that it is the same");
    require(response.body.empty() == (response.status == 304), "only a 304 has no body");
    require(response.headers.size() == 1, "both have their tag");
    return 0;
}
