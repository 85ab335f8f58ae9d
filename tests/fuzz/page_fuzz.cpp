// Fuzzes the query of a list: it is decoded, and its page is made from a list without a database.
#include <algorithm>

#include "fcgi/http/json_body.hpp"
#include "fcgi/http/query.hpp"
#include "handlers/page.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    http::Request request;
    request.uri = "/webhooks/?" + std::string(fuzzing::as_text(data, size));
    const auto query = http::decode_query(request);
    if (!query) {
        require(query.error().starts_with("Query parse error - "), "the message says what it is about");
        return 0;
    }
    http::FieldErrors errors;
    const handlers::PageRequest asked =
        handlers::parse_page_request(query.value(), handlers::Order::kTime, errors);
    if (!errors.empty()) {
        require(errors.size() <= 3, "there is one message per parameter");
        require(std::ranges::all_of(errors,
                                    [](const auto& error) {
                                        return (error.first == "page" || error.first == "length" ||
                                                error.first == "after") &&
                                               error.second.size() == 1;
                                    }),
                "errors name the parameters");
        return 0;
    }
    require(asked.number() >= 1 && asked.length >= 1 && asked.length <= handlers::kMaxPageLength,
            "numbers are within their limits");
    const db::ListSlice slice = asked.slice();
    require(slice.offset / asked.length == asked.number() - 1 && slice.offset % asked.length == 0,
            "the slice begins where the page does");
    const db::Position last{"2026-01-31T16:32:17.238553Z", 1};
    const handlers::ListReader list{
        .count = [&] { return db::ListCount{.count = slice.offset + 2}; },
        .find = [&](const auto&) { return db::ListPart{.found = {last}, .resume = last}; },
        .read =
            [](const auto& ids) {
                return std::vector<handlers::PageObject>{{ids.front(), "{}"}};
            }};
    const http::Response response = handlers::answer_page(request, asked, list);
    const bool is_far = slice.offset > handlers::kMostOffset;
    require(response.status == (is_far ? 400 : 200), "only pages that begin too far in the list are refused");
    if (is_far) return 0;
    // The link "next" of the page must request the following page.
    const auto page = http::decode_json(response.body);
    require(page.ok(), "a page is JSON");
    request.uri = page.value().find("next")->text;
    const auto next = http::decode_query(request);
    require(next.ok(), "the next page's query can be read");
    const auto after = handlers::parse_page_request(next.value(), handlers::Order::kTime, errors);
    require(errors.empty() && after.after == last && !after.page && after.length == asked.length,
            "the next page begins where this one ends");
    return 0;
}
