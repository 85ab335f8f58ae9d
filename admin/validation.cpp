#include "admin/validation.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <optional>

#include "admin/utf8.hpp"

namespace admin {
namespace {

UsageError wrong(std::string_view option, std::string_view what) {
    return UsageError(std::string(option) + " " + std::string(what));
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_alphanumeric(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// The code points of the text without the white space around it, none of them a control character.
std::vector<CodePoint> trimmed_points(std::string_view option, std::string_view text) {
    auto points = code_points(text);
    if (!points) throw wrong(option, "is not valid UTF-8");
    const auto is_kept = [](const CodePoint& point) { return !is_white_space(point.value); };
    points->erase(std::find_if(points->rbegin(), points->rend(), is_kept).base(), points->end());
    points->erase(points->begin(), std::find_if(points->begin(), points->end(), is_kept));
    if (points->empty()) throw wrong(option, "must not be empty");
    if (std::any_of(points->begin(), points->end(), [](const CodePoint& p) { return is_control(p.value); })) {
        throw wrong(option, "must not have control characters in it");
    }
    return std::move(*points);
}

std::string_view without_outer_space(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r\n";
    const auto first = text.find_first_not_of(kSpace);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

template <class Number>
std::optional<Number> whole_number(std::string_view digits) {
    Number number{};
    const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (fault != std::errc{} || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
    return number;
}

// A host of RFC 3986 (3.2.2) in its everyday forms: a name, an IPv4 address, an IPv6 address in brackets.
bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        const auto is_inside = [](char c) { return is_alphanumeric(c) || c == ':' || c == '.'; };
        return host.size() > 3 && host.ends_with(']') &&
               std::all_of(host.begin() + 1, host.end() - 1, is_inside);
    }
    return std::any_of(host.begin(), host.end(), is_alphanumeric) &&
           std::all_of(host.begin(), host.end(),
                       [](char c) { return is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_port(std::string_view port) {
    const auto number = whole_number<std::uint16_t>(port);
    return number && *number > 0;
}

// [user@]host[:port]
bool is_authority(std::string_view authority) {
    authority = authority.substr(authority.rfind('@') + 1);
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return is_host(authority);
    return is_host(authority.substr(0, colon)) && is_port(authority.substr(colon + 1));
}

bool is_url_character(char c) {
    return c > ' ' && c <= '~' && std::string_view("<>\"{}|^\\`").find(c) == std::string_view::npos;
}

std::string_view after_scheme(std::string_view url) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        const bool same = std::equal(
            scheme.begin(), scheme.end(), url.begin(), url.begin() + std::min(scheme.size(), url.size()),
            [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
        if (same) return url.substr(scheme.size());
    }
    return {};
}

std::string client_time(std::chrono::sys_time<std::chrono::microseconds> time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    std::array<char, 40> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

// Where the pattern has a "0" the text has a digit, elsewhere both are the same.
bool looks_like(std::string_view text, std::string_view pattern) {
    return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(),
                      [](char c, char p) { return p == '0' ? is_digit(c) : c == p; });
}

std::optional<std::chrono::microseconds> parse_fraction(std::string_view fraction) {
    if (fraction.empty()) return std::chrono::microseconds{0};
    if (fraction.front() != '.' || fraction.size() < 2 || fraction.size() > 7) return std::nullopt;
    std::string digits(fraction.substr(1));
    if (!std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
    digits.resize(6, '0');
    return std::chrono::microseconds{*whole_number<std::int64_t>(digits)};
}

std::optional<std::chrono::sys_time<std::chrono::microseconds>> parse_time(std::string_view text) {
    constexpr std::string_view kPattern = "0000-00-00T00:00:00";
    if (!text.ends_with('Z')) return std::nullopt;
    text.remove_suffix(1);
    if (!looks_like(text.substr(0, kPattern.size()), kPattern)) return std::nullopt;
    const auto fraction = parse_fraction(text.substr(kPattern.size()));
    if (!fraction) return std::nullopt;

    const auto part = [text](std::size_t offset, std::size_t length = 2) {
        return *whole_number<int>(text.substr(offset, length));
    };
    const std::chrono::year_month_day date(std::chrono::year(part(0, 4)),
                                           std::chrono::month(static_cast<unsigned>(part(5))),
                                           std::chrono::day(static_cast<unsigned>(part(8))));
    if (!date.ok() || part(11) > 23 || part(14) > 59 || part(17) > 59) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(part(11)) + std::chrono::minutes(part(14)) +
           std::chrono::seconds(part(17)) + *fraction;
}

}  // namespace

std::string valid_name(std::string_view option, std::string_view text) {
    const std::vector<CodePoint> points = trimmed_points(option, text);
    if (points.size() > kNameCodePoints) {
        throw wrong(option, "must have at most " + std::to_string(kNameCodePoints) + " characters, not " +
                                std::to_string(points.size()));
    }
    const std::size_t first = points.front().offset;
    const std::string_view from_last = text.substr(points.back().offset);
    // The last code point ends where white space begins, or with the text.
    std::size_t length = 1;
    while (length < from_last.size() && (static_cast<unsigned char>(from_last[length]) >> 6) == 0b10)
        ++length;
    return std::string(text.substr(first, points.back().offset - first + length));
}

std::string valid_email(std::string_view option, std::string_view text) {
    std::string email = valid_name(option, text);
    if (email.size() > kEmailBytes) {
        throw wrong(option, "must have at most " + std::to_string(kEmailBytes) + " bytes");
    }
    const auto points = *code_points(email);
    const auto at = email.find('@');
    if (std::any_of(points.begin(), points.end(),
                    [](const CodePoint& p) { return is_white_space(p.value); }) ||
        at == std::string::npos || at == 0 || at + 1 == email.size() || at != email.rfind('@')) {
        throw wrong(option, "must be an e-mail address, such as ana@example.com, not \"" + email + "\"");
    }
    return email;
}

std::string valid_target_url(std::string_view option, std::string_view text) {
    const std::string_view url = without_outer_space(text);
    if (url.empty()) throw wrong(option, "must not be empty");
    if (url.size() > kUrlBytes) {
        throw wrong(option, "must have at most " + std::to_string(kUrlBytes) + " characters, not " +
                                std::to_string(url.size()));
    }
    if (!std::all_of(url.begin(), url.end(), is_url_character)) {
        throw wrong(option,
                    "must be spelled as URLs are: in ASCII, other characters percent-encoded (the host's as"
                    " xn--...)");
    }
    const std::string_view rest = after_scheme(url);
    if (rest.empty() || !is_authority(rest.substr(0, rest.find_first_of("/?#")))) {
        throw wrong(option,
                    "must be an http or https URL with a host, such as https://shop.example.com, not \"" +
                        std::string(url) + "\"");
    }
    return std::string(url);
}

db::Id valid_id(std::string_view option, std::string_view text) {
    const auto id = db::parse_id(text);
    if (!id) {
        throw wrong(option, "must be an id, 11 letters and digits as the lists show them, not \"" +
                                std::string(text) + "\"");
    }
    return *id;
}

db::Time valid_time(std::string_view option, std::string_view text) {
    const auto time = parse_time(text);
    if (!time) {
        throw wrong(option,
                    "must be a time in UTC, such as 2027-01-31T00:00:00Z, not \"" + std::string(text) + "\"");
    }
    return client_time(*time);
}

db::Time valid_days(std::string_view option, std::string_view text,
                    std::chrono::system_clock::time_point now) {
    const auto days = whole_number<unsigned>(text);
    if (!days || *days < 1 || *days > kMostDays) {
        throw wrong(option, "must be a number of days from 1 to " + std::to_string(kMostDays) + ", not \"" +
                                std::string(text) + "\"");
    }
    return client_time(std::chrono::floor<std::chrono::microseconds>(now) + std::chrono::days(*days));
}

}  // namespace admin
