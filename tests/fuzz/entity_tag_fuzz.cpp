// Fuzzes the parser of If-Match and If-None-Match, against the tag "abc" (RFC 9110, 13.1).
#include "handlers/entity_tag.hpp"

#include "handlers/single_object.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;
using handlers::Comparison;

namespace {

constexpr std::string_view kTag = "\"abc\"";

void check(const std::string& value, Comparison comparison) {
    const bool matches = handlers::matches_entity_tag(value, kTag, comparison);
    // A strong match compares the part before "-", which is all of this tag.
    const bool has_tag = value.find(kTag) != std::string::npos ||
                         (comparison == Comparison::kStrong && value.find("\"abc-") != std::string::npos);
    require(!matches || has_tag || value.find('*') != std::string::npos,
            "a list that matches contains the tag or a star");
    require(handlers::matches_entity_tag("W/\"x\" ,\t\"abc\", " + value, kTag, comparison),
            "the tag before it still matches");
    require(!handlers::matches_entity_tag("nonsense " + value, kTag, comparison),
            "nothing matches after a syntax error");
    require(handlers::matches_entity_tag(value + " ", kTag, comparison) == matches,
            "a space at the end makes no difference");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string value(fuzzing::as_text(data, size));
    check(value, Comparison::kStrong);
    check(value, Comparison::kWeak);
    const bool matches_weakly = handlers::matches_entity_tag(value, kTag, Comparison::kWeak);
    const bool has_notes = value.find('-') != std::string::npos;
    require(matches_weakly || has_notes || !handlers::matches_entity_tag(value, kTag, Comparison::kStrong),
            "without notes, a strong match is a weak match as well");
    require(handlers::matches_entity_tag("W/\"abc\"," + value, kTag, Comparison::kStrong) ==
                handlers::matches_entity_tag("\"x\"," + value, kTag, Comparison::kStrong),
            "a weak tag never matches strongly");

    http::Request request;
    request.headers = {{"IF_NONE_MATCH", value}};
    const http::Response response = handlers::single_object(request, R"({"a":1})");
    require(response.status == 200 || response.status == 304, "the response is a 200 or a 304");
    require(response.body.empty() == (response.status == 304), "only a 304 has no body");
    require(response.headers.size() == 1, "both have their tag");
    require(handlers::may_change(request, response.headers[0].second) == (response.status == 200),
            "a header that gives a 304 to a GET gives a 412 to a change");
    return 0;
}
