#include "handlers/page.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace handlers {
namespace {

// Large enough for any list, small enough that a page's first row can be counted.
constexpr std::uint64_t kMaxPage = std::uint64_t{1} << 32;

std::uint64_t parse_number(const http::Form& query, std::string_view name, std::uint64_t fallback,
                           std::uint64_t most, http::FieldErrors& errors) {
    const http::Value* const value = query.find(name);
    if (value == nullptr) return fallback;
    const std::string& text = value->text;
    std::uint64_t number = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_number =
        end == text.data() + text.size() && !text.empty() && fault != std::errc::invalid_argument;
    if (!is_number) {
        errors.push_back({std::string(name), {"A positive whole number is required."}});
    } else if (fault == std::errc{} && number == 0) {
        errors.push_back({std::string(name), {"Ensure this value is greater than or equal to 1."}});
    } else if (fault != std::errc{} || number > most) {
        errors.push_back({std::string(name),
                          {"Ensure this value is less than or equal to " + std::to_string(most) + "."}});
    }
    return number;
}

}  // namespace

PageNumber parse_page_number(const http::Form& query, http::FieldErrors& errors) {
    PageNumber number;
    number.page = parse_number(query, "page", number.page, kMaxPage, errors);
    number.length = parse_number(query, "length", number.length, kMaxPageLength, errors);
    return number;
}

http::Response page_response(const PageNumber& number, std::uint64_t count,
                             const std::vector<std::string>& objects) {
    const std::uint64_t page_total = std::max<std::uint64_t>(1, (count + number.length - 1) / number.length);
    if (number.page > page_total) return http::not_found();
    std::string body = "{\"count\":" + std::to_string(count) +
                       ",\"page_total\":" + std::to_string(page_total) +
                       ",\"page\":" + std::to_string(number.page) +
                       ",\"length\":" + std::to_string(number.length) + ",\"results\":[";
    for (const std::string& object : objects) {
        if (body.back() != '[') body += ',';
        body += object;
    }
    return {.status = 200, .body = body += "]}"};
}

}  // namespace handlers
