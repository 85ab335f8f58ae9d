#include "handlers/page.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "common/base/ascii.hpp"
#include "common/base/json_writer.hpp"
#include "common/model/timestamp.hpp"
#include "fcgi/http/query.hpp"

namespace handlers {
namespace {

using db::Position;

// Larger than any list, and small enough that the offset of the page does not overflow.
constexpr std::uint64_t kMaxPage = std::uint64_t{1} << 32;

// Objects are read in steps of this size, so at most this many objects are read that don't fit into the page.
constexpr std::size_t kObjectsOfStep = db::kShortSlice;

// Returns the number, the largest value if it overflows, or nullopt after an error.
std::optional<std::uint64_t> parse_number(const http::Form& query, std::string_view name,
                                          http::FieldErrors& errors) {
    const http::Value* const value = query.find(name);
    if (value == nullptr) return std::nullopt;
    const std::string& text = value->text;
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size() || text.empty() || fault == std::errc::invalid_argument) {
        errors.push_back({std::string(name), {"A positive whole number is required."}});
        return std::nullopt;
    }
    if (fault == std::errc::result_out_of_range) return UINT64_MAX;
    if (number > 0) return number;
    errors.push_back({std::string(name), {"Ensure this value is greater than or equal to 1."}});
    return std::nullopt;
}

std::string to_text(const Position& position) {
    const std::string id = model::to_base58(position.id);
    return position.time.empty() ? id : model::to_base58(model::to_microseconds(position.time)) + id;
}

std::optional<Position> parse_position(std::string_view text, Order order) {
    Position position;
    if (order == Order::kTime) {
        const auto microseconds = model::parse_id(text.substr(0, model::kIdCharacters));
        if (!microseconds) return std::nullopt;
        const auto time = model::from_microseconds(*microseconds);
        if (!time) return std::nullopt;
        position.time = *time;
        text.remove_prefix(model::kIdCharacters);
    }
    const auto id = model::parse_id(text);
    if (!id) return std::nullopt;
    position.id = *id;
    return position;
}

void parse_after(const http::Form& query, Order order, PageRequest& asked, http::FieldErrors& errors) {
    const http::Value* const value = query.find("after");
    if (value == nullptr) return;
    asked.after = parse_position(value->text, order);
    if (!asked.after) {
        errors.push_back({"after", {"Not a position in this list. Take it from \"next\" of another page."}});
    } else if (query.find("page") != nullptr) {
        errors.push_back({"after", {"Give either this or page."}});
    }
}

http::Response too_far() {
    return http::bad_fields(
        {{"page",
          {"This page is too far into the list: pages begin at most " + std::to_string(kMostOffset) +
           " objects into it. Follow \"next\" from an earlier page."}}});
}

http::Response too_large() {
    return http::bad_fields(
        {{"length",
          {"The objects of this page are too large for one answer. Ask for fewer at once, or"
           " follow \"next\" from a page without a number."}}});
}

// Whether the parameter is neither page nor after. REQUIRES: it is well-formed.
bool is_kept(std::string_view parameter) {
    http::Request request;
    request.uri = "?" + std::string(parameter);
    const auto form = http::decode_query(request);
    return form && form.value().find("page") == nullptr && form.value().find("after") == nullptr;
}

// A URL is ASCII, and the answer is UTF-8: a character of the query may have been sent half raw, half
// percent-encoded.
void append_encoded(std::string& text, std::string_view parameter) {
    for (const char& byte : parameter) {
        const std::string_view one(&byte, 1);
        if (base::is_ascii(one)) {
            text += byte;
        } else {
            text += '%';
            base::append_hexadecimal(text, one);
        }
    }
}

// The request target as it was sent, except for the position and for bytes that are not ASCII, which are
// percent-encoded.
std::string next_target(std::string_view uri, const Position& after) {
    const std::size_t mark = std::min(uri.find('?'), uri.size());
    std::string next = std::string(uri.substr(0, mark)) + '?';
    for (std::string_view rest = uri.substr(std::min(mark + 1, uri.size())); !rest.empty();) {
        const std::string_view parameter = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(parameter.size() + 1, rest.size()));
        if (parameter.empty() || !is_kept(parameter)) continue;
        append_encoded(next, parameter);
        next += '&';
    }
    return next + "after=" + to_text(after);
}

// The objects of a page as the elements of a JSON array, as many as fit into one response.
struct Results {
    std::string json{};
    std::uint64_t rows = 0;
    std::optional<model::Id> last{};
    bool is_cut = false;

    // The first object always fits.
    void add(const PageObject& object) {
        const bool fits = json.size() + object.json.size() + 1 <= kMostBytesOfPage - kRoomForTheRest &&
                          rows + object.rows <= kMostRowsOfPage;
        if (last && !fits) {
            is_cut = true;
            return;
        }
        if (last) json += ',';
        json += object.json;
        rows += object.rows;
        last = object.id;
    }

    // The count, the numbers and the link, which is little longer than the request target.
    static constexpr std::size_t kRoomForTheRest = std::size_t{64} << 10;
};

Results read_results(const std::vector<Position>& found, const ListReader& list) {
    std::vector<model::Id> ids;
    ids.reserve(found.size());
    for (const Position& position : found) ids.push_back(position.id);
    Results results;
    for (std::span<const model::Id> rest(ids); !rest.empty() && !results.is_cut;) {
        const auto step = rest.first(std::min(kObjectsOfStep, rest.size()));
        for (const PageObject& object : list.read(step)) {
            if (!results.is_cut) results.add(object);
        }
        rest = rest.subspan(step.size());
    }
    return results;
}

// The position where the next page begins, or nullopt if this page is the last one.
std::optional<Position> end_of(const db::ListPart& part, const Results& results) {
    if (!results.is_cut) return part.resume;
    return *std::ranges::find(part.found, results.last,
                              [](const Position& one) { return std::optional(one.id); });
}

http::Response page_of(const http::Request& request, const PageRequest& asked, const db::ListCount& count,
                       const Results& results, const std::optional<Position>& end) {
    const auto write_number = [](base::JsonWriter& writer, std::string_view name, std::uint64_t number) {
        base::write(writer, name);
        writer.Uint64(number);
    };
    const auto write_members = [&](base::JsonWriter& writer) {
        write_number(writer, "count", count.count);
        if (!count.is_exact) {
            base::write(writer, "count_is_exact");
            writer.Bool(false);
        }
        write_number(writer, "page_total",
                     std::max<std::uint64_t>(1, (count.count + asked.length - 1) / asked.length));
        base::write(writer, "page");
        asked.after ? writer.Null() : writer.Uint64(asked.number());
        write_number(writer, "length", asked.length);
        base::write_nullable(writer, "next",
                             end ? std::optional(next_target(request.uri, *end)) : std::nullopt);
        base::write(writer, "results");
        const std::string array = "[" + results.json + "]";
        base::write_json(writer, array);
    };
    return {.status = 200, .body = base::json_object(write_members)};
}

}  // namespace

PageRequest parse_page_request(const http::Form& query, Order order, http::FieldErrors& errors) {
    PageRequest asked;
    asked.page = parse_number(query, "page", errors);
    if (asked.page) asked.page = std::min(*asked.page, kMaxPage);
    asked.length = parse_number(query, "length", errors).value_or(asked.length);
    if (asked.length > kMaxPageLength) {
        errors.push_back(
            {"length",
             {"Ensure this value is less than or equal to " + std::to_string(kMaxPageLength) + "."}});
    }
    parse_after(query, order, asked, errors);
    return asked;
}

http::Response answer_page(const http::Request& request, const PageRequest& asked, const ListReader& list) {
    const db::ListSlice slice = asked.slice();
    if (slice.offset > kMostOffset) {
        const db::ListCount count = list.count();
        return count.is_exact && slice.offset >= count.count ? http::not_found() : too_far();
    }
    const db::ListPart part = list.find(slice);
    if (part.found.empty() && slice.offset > 0) return part.resume ? too_far() : http::not_found();
    const db::ListCount count = list.takes_count_of_part && part.count ? *part.count : list.count();
    const Results results = read_results(part.found, list);
    if (results.is_cut && asked.page) return too_large();
    return page_of(request, asked, count, results, end_of(part, results));
}

}  // namespace handlers
