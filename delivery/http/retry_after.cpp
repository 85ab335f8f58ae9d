#include "delivery/http/retry_after.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/base/ascii.hpp"

namespace delivery {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
constexpr std::array<std::string_view, 7> kLongDays{"Monday", "Tuesday",  "Wednesday", "Thursday",
                                                    "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<std::chrono::seconds> parse_delay(std::string_view value) {
    if (value.empty() || !std::ranges::all_of(value, base::is_digit)) return std::nullopt;
    std::chrono::seconds delay{0};
    for (const char c : value) delay = std::min(delay * 10 + std::chrono::seconds(c - '0'), kMaxRetryAfter);
    return delay;
}

// Takes a date apart from its front. After a step that fails, all others do.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    // True if every step succeeded and nothing is left.
    [[nodiscard]] bool is_done() const { return is_good_ && rest_.empty(); }

    Reader& literal(std::string_view text) {
        is_good_ = is_good_ && rest_.starts_with(text);
        if (is_good_) rest_.remove_prefix(text.size());
        return *this;
    }

    // One of the names, and its index.
    template <std::size_t n>
    Reader& name(const std::array<std::string_view, n>& names, unsigned& index) {
        const auto found =
            std::ranges::find_if(names, [this](std::string_view name) { return rest_.starts_with(name); });
        is_good_ = is_good_ && found != names.end();
        if (!is_good_) return *this;
        index = static_cast<unsigned>(found - names.begin());
        rest_.remove_prefix(found->size());
        return *this;
    }

    // So many digits; a first one may be a space if is_padded.
    Reader& number(std::size_t digits, unsigned& value, bool is_padded = false) {
        std::string_view text = rest_.substr(0, digits);
        is_good_ = is_good_ && text.size() == digits;
        if (!is_good_) return *this;
        rest_.remove_prefix(digits);
        if (is_padded && text.starts_with(' ')) text.remove_prefix(1);
        value = 0;
        for (const char c : text) {
            is_good_ = is_good_ && base::is_digit(c);
            value = value * 10 + static_cast<unsigned>(c - '0');
        }
        return *this;
    }

  private:
    std::string_view rest_;
    bool is_good_ = true;
};

struct Date {
    unsigned year = 0;
    unsigned month = 0;  // from 0
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;

    Reader& read_time(Reader& reader) {
        return reader.number(2, hour).literal(":").number(2, minute).literal(":").number(2, second);
    }
};

std::optional<Date> parse_imf_fixdate(std::string_view text) {
    Date date;
    unsigned weekday = 0;
    Reader reader(text);
    reader.name(kDays, weekday).literal(", ").number(2, date.day).literal(" ").name(kMonths, date.month);
    reader.literal(" ").number(4, date.year).literal(" ");
    if (!date.read_time(reader).literal(" GMT").is_done()) return std::nullopt;
    return date;
}

std::optional<Date> parse_rfc850_date(std::string_view text, std::chrono::sys_seconds now) {
    constexpr unsigned kCentury = 100;
    constexpr unsigned kMaxYearsAhead = 50;
    Date date;
    unsigned weekday = 0;
    Reader reader(text);
    reader.name(kLongDays, weekday).literal(", ").number(2, date.day).literal("-").name(kMonths, date.month);
    reader.literal("-").number(2, date.year).literal(" ");
    if (!date.read_time(reader).literal(" GMT").is_done()) return std::nullopt;

    const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
    const auto this_year = static_cast<unsigned>(static_cast<int>(today.year()));
    date.year += this_year - this_year % kCentury + kCentury;
    while (date.year > this_year + kMaxYearsAhead) date.year -= kCentury;
    return date;
}

std::optional<Date> parse_asctime_date(std::string_view text) {
    Date date;
    unsigned weekday = 0;
    Reader reader(text);
    reader.name(kDays, weekday).literal(" ").name(kMonths, date.month).literal(" ").number(2, date.day, true);
    reader.literal(" ");
    if (!date.read_time(reader).literal(" ").number(4, date.year).is_done()) return std::nullopt;
    return date;
}

std::optional<std::chrono::sys_seconds> to_time(const Date& date) {
    constexpr unsigned kLastHour = 23;
    constexpr unsigned kLastMinute = 59;
    constexpr unsigned kLeapSecond = 60;
    const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(date.year)),
                                          std::chrono::month(date.month + 1), std::chrono::day(date.day)};
    if (!day.ok() || date.hour > kLastHour || date.minute > kLastMinute || date.second > kLeapSecond) {
        return std::nullopt;
    }
    return std::chrono::sys_days(day) + std::chrono::hours(date.hour) + std::chrono::minutes(date.minute) +
           std::chrono::seconds(date.second);
}

}  // namespace

std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view value,
                                                        std::chrono::sys_seconds now) {
    value = base::trim(value, base::kWhiteSpace);
    auto date = parse_imf_fixdate(value);
    if (!date) date = parse_rfc850_date(value, now);
    if (!date) date = parse_asctime_date(value);
    return date ? to_time(*date) : std::nullopt;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
    if (const auto delay = parse_delay(base::trim(value, base::kWhiteSpace))) return delay;
    const auto time = parse_http_date(value, now);
    if (!time) return std::nullopt;
    return std::clamp(*time - now, std::chrono::seconds(0), kMaxRetryAfter);
}

}  // namespace delivery
