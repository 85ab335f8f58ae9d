#define BOOST_TEST_MODULE page
#include "handlers/page.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

using handlers::ListReader;
using handlers::Order;
using handlers::PageRequest;
using handlers::parse_page_request;

namespace {

constexpr const char* kNoNumber = "A positive whole number is required.";
constexpr const char* kNoPosition = "Not a position in this list. Take it from \"next\" of another page.";

http::Form query_of(const http::NamedTexts& parameters) {
    http::Form query;
    for (const auto& [name, text] : parameters) query.add(name, {.text = text});
    return query;
}

http::FieldErrors errors_of(const http::NamedTexts& parameters, Order order = Order::kId) {
    http::FieldErrors errors;
    (void)parse_page_request(query_of(parameters), order, errors);
    return errors;
}

PageRequest request_of(const http::NamedTexts& parameters, Order order = Order::kId) {
    http::FieldErrors errors;
    PageRequest asked = parse_page_request(query_of(parameters), order, errors);
    BOOST_TEST(errors.empty());
    return asked;
}

// A list of `size` objects of `bytes_of_object` each. The newest has the highest id.
struct List {
    std::uint64_t size = 0;
    std::size_t bytes_of_object = 2;
    bool is_exact = true;
    std::uint64_t reach = 1'000'000'000;  // how far a scan gets
    std::uint64_t rows_of_object = 1;

    [[nodiscard]] ListReader reader() const {
        return {.count =
                    [*this] {
                        return db::ListCount{size, is_exact};
                    },
                .find = [*this](const db::ListSlice& slice) { return find(slice); },
                .read =
                    [*this](std::span<const model::Id> ids) {
                        std::vector<handlers::PageObject> objects;
                        for (const model::Id id : ids) {
                            objects.push_back(
                                {id, '"' + std::string(bytes_of_object - 2, 'x') + '"', rows_of_object});
                        }
                        return objects;
                    }};
    }

    [[nodiscard]] db::ListPart find(const db::ListSlice& slice) const {
        db::ListPart part;
        std::uint64_t id = slice.after ? slice.after->id - 1 : size;
        const std::uint64_t end = id > reach ? id - reach : 0;
        id -= std::min(slice.offset, id);
        for (; id > end && part.found.size() < slice.length; --id) part.found.push_back({"", id});
        if (id > 0) part.resume = {"", std::max(id, end) + 1};
        return part;
    }

    [[nodiscard]] http::Response answer(const PageRequest& asked,
                                        const std::string& uri = "/webhooks/") const {
        http::Request request;
        request.uri = uri;
        return handlers::answer_page(request, asked, reader());
    }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_defaults) {
    const PageRequest asked = request_of({});
    BOOST_TEST(!asked.page.has_value());
    BOOST_TEST(asked.length == 10U);
    BOOST_TEST(asked.slice().offset == 0U);
    BOOST_TEST(asked.slice().length == 10U);
}

BOOST_AUTO_TEST_CASE(numbers) {
    BOOST_TEST(request_of({{"page", "1"}, {"length", "1"}}).slice().length == 1U);
    BOOST_TEST(request_of({{"page", "007"}, {"length", "010"}}).slice().offset == 60U);
    BOOST_TEST(request_of({{"length", "100"}}).length == 100U);
    for (const char* page : {"4294967297", "18446744073709551615", "18446744073709551616",
                             "99999999999999999999999999999999999999999"}) {
        BOOST_TEST(request_of({{"page", page}, {"length", "100"}}).slice().offset > handlers::kMostOffset);
    }
}

BOOST_AUTO_TEST_CASE(no_numbers) {
    for (const char* text : {"", " 1", "1 ", "-1", "+1", "1.0", "1e1", "0x1", "x", "\xD9\xA1", "1,000"}) {
        const http::FieldErrors expected{{"page", {kNoNumber}}, {"length", {kNoNumber}}};
        BOOST_TEST((errors_of({{"page", text}, {"length", text}}) == expected), text);
    }
}

BOOST_AUTO_TEST_CASE(numbers_beyond_the_limits) {
    const std::string small = "Ensure this value is greater than or equal to 1.";
    const std::string large = "Ensure this value is less than or equal to 100.";
    for (const char* text : {"0", "000"}) {
        const http::FieldErrors expected{{"page", {small}}, {"length", {small}}};
        BOOST_TEST((errors_of({{"page", text}, {"length", text}}) == expected), text);
    }
    for (const char* text : {"101", "18446744073709551616", "99999999999999999999999999"}) {
        BOOST_TEST((errors_of({{"length", text}}) == http::FieldErrors{{"length", {large}}}), text);
    }
}

BOOST_AUTO_TEST_CASE(positions_in_lists) {
    BOOST_TEST(request_of({{"after", "1111111111z"}}).after->id == 57U);
    const PageRequest by_time = request_of({{"after", "111111111121111111111z"}}, Order::kTime);
    BOOST_TEST(by_time.after->id == 57U);
    BOOST_TEST(by_time.after->time == "1970-01-01T00:00:00.000001Z");
    const http::FieldErrors expected{{"after", {kNoPosition}}};
    for (const char* text : {"", "1", "1111111111", "111111111111", "1111111111l", "zzzzzzzzzzz",
                             "11111111112 ", "111111111121111111111z"}) {
        BOOST_TEST((errors_of({{"after", text}}) == expected), text);
    }
    for (const char* text : {"", "1111111111z", "11111111112111111111", "1111111111211111111111",
                             "zzzzzzzzzzz1111111111z", "JPwcyDCgEuq1111111111z1", "jpXCZedGfVQ11111111111"}) {
        const bool is_position = std::string_view(text) == "1111111111211111111111";
        BOOST_TEST((errors_of({{"after", text}}, Order::kTime).empty() == is_position), text);
    }
    const http::FieldErrors both{{"after", {"Give either this or page."}}};
    BOOST_TEST((errors_of({{"after", "1111111111z"}, {"page", "1"}}) == both));
}

BOOST_AUTO_TEST_CASE(a_page_of_objects) {
    const List list{.size = 5};
    BOOST_TEST(list.answer({.page = 2, .length = 2}, "/webhooks/?page=2&length=2").body ==
               R"({"count":5,"page_total":3,"page":2,"length":2,)"
               R"("next":"/webhooks/?length=2&after=11111111113","results":["",""]})");
    BOOST_TEST(list.answer({.page = 3, .length = 2}).body ==
               R"({"count":5,"page_total":3,"page":3,"length":2,"next":null,"results":[""]})");
    BOOST_TEST(list.answer({.after = {{"", 3}}, .length = 2}).body ==
               R"({"count":5,"page_total":3,"page":null,"length":2,"next":null,"results":["",""]})");
    BOOST_TEST(list.answer({.page = 4, .length = 2}).status == 404);
    BOOST_TEST(List{.size = 4}.answer({.page = 3, .length = 2}).status == 404);
}

BOOST_AUTO_TEST_CASE(an_empty_list_has_one_page) {
    BOOST_TEST(List{}.answer({}).body ==
               R"({"count":0,"page_total":1,"page":1,"length":10,"next":null,"results":[]})");
    BOOST_TEST(List{}.answer({.page = 2}).status == 404);
}

BOOST_AUTO_TEST_CASE(next_keeps_the_other_parameters) {
    const auto next_of = [](const std::string& uri) {
        const std::string body = List{.size = 5}.answer({.length = 4}, uri).body;
        const std::size_t begin = body.find("\"next\":\"") + 8;
        return body.substr(begin, body.find('"', begin) - begin);
    };
    BOOST_TEST(next_of("/events") == "/events?after=11111111113");
    BOOST_TEST(next_of("/events/?") == "/events/?after=11111111113");
    BOOST_TEST(next_of("/events/?a=%26%2B+&&page=3&b&after=x&c=") ==
               "/events/?a=%26%2B+&b&c=&after=11111111113");
    BOOST_TEST(next_of("/events/?p%61ge=3&pages=4&length=5") ==
               "/events/?pages=4&length=5&after=11111111113");
    // The bytes of a character, in either spelling.
    BOOST_TEST(next_of("/events/?\xC3\xA4=\xDC%A1") == "/events/?%c3%a4=%dc%A1&after=11111111113");
    BOOST_TEST(next_of("/events/?page=1&page=2") == "/events/?after=11111111113");
    BOOST_TEST(next_of("/events/?page") == "/events/?after=11111111113");
}

BOOST_AUTO_TEST_CASE(the_offset_of_a_page_has_a_limit) {
    const auto status = [](const List& list, std::uint64_t page) {
        return list.answer({.page = page, .length = 10}).status;
    };
    const List exact{.size = 20'000};
    const List counted{.size = 20'000, .is_exact = false};
    for (const List& list : {exact, counted}) {
        BOOST_TEST(status(list, 1001) == 200);
        BOOST_TEST(status(list, 1002) == 400);
    }
    BOOST_TEST(status(exact, 2001) == 404);
    BOOST_TEST(status(counted, 2001) == 400);
    BOOST_TEST(status(List{.size = 5000}, 1002) == 404);
    const List scanned{.size = 20'000, .is_exact = false, .reach = 50};
    BOOST_TEST(status(scanned, 5) == 200);
    BOOST_TEST(status(scanned, 6) == 400);
    BOOST_TEST(
        exact.answer({.page = 1002}).body.starts_with("{\"page\":[\"This page is too far into the list"));
}

BOOST_AUTO_TEST_CASE(a_count_that_stopped_says_so) {
    const List counted{.size = 12, .is_exact = false};
    BOOST_TEST(counted.answer({}).body.starts_with(
        R"({"count":12,"count_is_exact":false,"page_total":2,"page":1,)"));
}

BOOST_AUTO_TEST_CASE(an_answer_has_at_most_a_mebibyte) {
    const List large{.size = 100, .bytes_of_object = 65'000};
    const http::Response cut = large.answer({.length = 100});
    BOOST_TEST(cut.status == 200);
    BOOST_TEST(cut.body.size() < handlers::kMostBytesOfPage);
    const auto objects = static_cast<std::uint64_t>(std::ranges::count(cut.body, 'x')) / 64'998;
    BOOST_TEST(objects == 15U);
    const std::string position = model::to_base58(100 - objects + 1);
    BOOST_TEST(cut.body.find("after=" + position) != std::string::npos);
    BOOST_TEST(large.answer({.after = {{"", 99}}, .length = 100}).status == 200);
    const http::Response refused = large.answer({.page = 1, .length = 100});
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.body.starts_with("{\"length\":["));
    BOOST_TEST(large.answer({.page = 1, .length = 15}).status == 200);
    // One object is always shown.
    const List huge{.size = 2, .bytes_of_object = 2'000'000};
    BOOST_TEST(huge.answer({.page = 1, .length = 1}).status == 200);
}

BOOST_AUTO_TEST_CASE(a_page_that_takes_too_much_reading_ends_early) {
    const List costly{.size = 20, .rows_of_object = handlers::kMostRowsOfPage / 4};
    BOOST_TEST(
        costly.answer({}).body.ends_with("after=" + model::to_base58(17) + R"(","results":["","","",""]})"));
    BOOST_TEST(costly.answer({.page = 1}).status == 400);
    BOOST_TEST(costly.answer({.page = 1, .length = 4}).status == 200);
}
