#include "delivery/http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <ctime>
#include <string>

#include "common/base/ascii.hpp"

namespace delivery {
namespace {

constexpr int kFirstYear = 1900;  // of std::tm

// Forms of dates, as strptime and strftime have them. Nothing here sets a locale, so names are in English.
constexpr std::array kWholeYearForms{"%a, %d %b %04Y %H:%M:%S GMT",                        // IMF-fixdate
                                     "%a %b %e %H:%M:%S %04Y", "%a %b %d %H:%M:%S %04Y"};  // asctime-date
constexpr const char* kShortYearForm = "%A, %d-%b-%y %H:%M:%S GMT";                        // rfc850-date

std::optional<std::chrono::seconds> parse_delay(std::string_view value) {
    if (value.empty() || !std::ranges::all_of(value, base::is_digit)) return std::nullopt;
    std::chrono::seconds delay{0};
    for (const char c : value) delay = std::min(delay * 10 + std::chrono::seconds(c - '0'), kMaxRetryAfter);
    return delay;
}

// strptime takes much else for a form, so what it has read must become the same text again.
std::optional<std::tm> parse_form(const std::string& text, const char* form) {
    constexpr std::size_t kMost = 64;
    std::tm date{};
    std::array<char, kMost> again{};
    if (strptime(text.c_str(), form, &date) == nullptr) return std::nullopt;
    const std::size_t length = std::strftime(again.data(), again.size(), form, &date);
    return text == std::string_view(again.data(), length) ? std::optional(date) : std::nullopt;
}

// The year with two digits is the one that is at most 50 years ahead.
int whole_year(int year, std::chrono::sys_seconds now) {
    constexpr int kCentury = 100;
    constexpr int kMaxYearsAhead = 50;
    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    const int this_year = static_cast<int>(today.year());
    year = year % kCentury + this_year - this_year % kCentury + kCentury;
    while (year > this_year + kMaxYearsAhead) year -= kCentury;
    return year;
}

std::optional<std::chrono::sys_seconds> to_time(const std::tm& date) {
    constexpr int kLeapSecond = 60;
    const std::chrono::year_month_day day{std::chrono::year(date.tm_year + kFirstYear),
                                          std::chrono::month(static_cast<unsigned>(date.tm_mon) + 1),
                                          std::chrono::day(static_cast<unsigned>(date.tm_mday))};
    if (!day.ok() || date.tm_sec > kLeapSecond) return std::nullopt;
    return std::chrono::sys_days(day) + std::chrono::hours(date.tm_hour) + std::chrono::minutes(date.tm_min) +
           std::chrono::seconds(date.tm_sec);
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value,
                                                        std::chrono::sys_seconds now) {
    const std::string text(base::trim(value, base::kWhiteSpace));
    for (const char* const form : kWholeYearForms) {
        if (const auto date = parse_form(text, form)) return to_time(*date);
    }
    auto date = parse_form(text, kShortYearForm);
    if (!date) return std::nullopt;
    date->tm_year = whole_year(date->tm_year, now) - kFirstYear;
    return to_time(*date);
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
    if (const auto delay = parse_delay(base::trim(value, base::kWhiteSpace))) return delay;
    const auto time = parse_http_date(value, now);
    if (!time) return std::nullopt;
    return std::clamp(*time - now, std::chrono::seconds(0), kMaxRetryAfter);
}

}  // namespace delivery
