// A request target: its query is decoded, and the page that it asks for is made of nothing.
#include <algorithm>

#include "fcgi/http/json_body.hpp"
#include "fcgi/http/query.hpp"
#include "fcgi/http/text.hpp"
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
    const handlers::PageNumber number = handlers::parse_page_number(query.value(), errors);
    if (!errors.empty()) {
        require(errors.size() <= 2, "a message a parameter");
        require(std::ranges::all_of(errors,
                                    [](const auto& error) {
                                        return (error.first == "page" || error.first == "length") &&
                                               error.second.size() == 1;
                                    }),
                "errors name the two parameters");
        return 0;
    }
    require(number.page >= 1 && number.length >= 1 && number.length <= handlers::kMaxPageLength,
            "numbers are within their limits");
    const auto slice = number.slice();
    require(slice.offset / number.length == number.page - 1 && slice.offset % number.length == 0,
            "the slice begins where the page does");
    const http::Response response = handlers::page_response(number, slice.offset + 1, {"{}"});
    require(response.status == 200 && http::decode_json(response.body).ok(), "the last page is there");
    const bool is_first = number.page == 1;
    require(handlers::page_response(number, slice.offset, {}).status == (is_first ? 200 : 404),
            "the page behind the last is not, but for the first");
    return 0;
}
