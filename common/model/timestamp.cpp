#include "common/model/timestamp.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>

namespace model {
namespace {

using std::chrono::sys_seconds;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

// Reads a text from its beginning. What does not fit makes it fail, for good.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    // A number of exactly that many digits, within bounds.
    int number(std::size_t digits, int least, int most) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char digit = take();
            ok_ = ok_ && is_digit(digit);
            if (!ok_) return least;
            value = value * 10 + (digit - '0');
        }
        ok_ = value >= least && value <= most;
        return value;
    }

    // One of these characters.
    char one_of(std::string_view characters) {
        const char found = take();
        ok_ = ok_ && found != '\0' && characters.find(found) != characters.npos;
        return found;
    }

    // "." and digits, if there are any: the first six, filled up with zeros.
    std::string fraction() {
        constexpr std::size_t kDigits = 6;
        if (!rest_.starts_with('.')) return std::string(kDigits, '0');
        rest_.remove_prefix(1);
        const auto end = std::find_if_not(rest_.begin(), rest_.end(), is_digit);
        std::string digits(rest_.begin(), end);
        ok_ = ok_ && !digits.empty();
        rest_.remove_prefix(digits.size());
        digits.resize(kDigits, '0');
        return digits;
    }

  private:
    // NUL at the end, which nothing takes for a character.
    char take() {
        if (rest_.empty()) return '\0';
        const char first = rest_.front();
        rest_.remove_prefix(1);
        return first;
    }

    std::string_view rest_;
    bool ok_ = true;
};

constexpr int kFirstYear = 1970;
constexpr int kLastYear = 9999;

// Nothing if there is no such day.
std::optional<std::chrono::sys_days> read_date(Reader& reader) {
    const int year = reader.number(4, 0, kLastYear);
    reader.one_of("-");
    const int month = reader.number(2, 1, 12);
    reader.one_of("-");
    const int day = reader.number(2, 1, 31);
    const std::chrono::year_month_day date{std::chrono::year(year),
                                           std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!reader.ok() || !date.ok()) return std::nullopt;
    return date;
}

std::chrono::seconds read_clock(Reader& reader) {
    const std::chrono::hours hours(reader.number(2, 0, 23));
    reader.one_of(":");
    const std::chrono::minutes minutes(reader.number(2, 0, 59));
    reader.one_of(":");
    return hours + minutes + std::chrono::seconds(reader.number(2, 0, 59));
}

// East of UTC.
std::chrono::minutes read_offset(Reader& reader) {
    const char sign = reader.one_of("Zz+-");
    if (!reader.ok() || sign == 'Z' || sign == 'z') return std::chrono::minutes(0);
    const std::chrono::hours hours(reader.number(2, 0, 23));
    reader.one_of(":");
    const auto offset = hours + std::chrono::minutes(reader.number(2, 0, 59));
    return sign == '-' ? -offset : offset;
}

constexpr std::uint64_t kMicroseconds = 1'000'000;  // of a second
constexpr sys_seconds kBeginning = std::chrono::sys_days(std::chrono::year(kFirstYear) / 1 / 1);
constexpr sys_seconds kEnd = std::chrono::sys_days(std::chrono::year(kLastYear) / 12 / 31) +
                             std::chrono::days(1) - std::chrono::seconds(1);

struct Moment {
    sys_seconds second;
    std::string fraction;  // six digits
};

Time to_text(const Moment& moment) {
    const auto day = std::chrono::floor<std::chrono::days>(moment.second);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(moment.second - day);
    constexpr std::size_t kMost = 64;
    std::array<char, kMost> text{};
    const int length =
        std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.",
                      static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                      static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                      static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return std::string(text.data(), static_cast<std::size_t>(length)) + moment.fraction + 'Z';
}

std::optional<Moment> read_moment(std::string_view text) {
    Reader reader(text);
    const auto day = read_date(reader);
    if (!day) return std::nullopt;
    reader.one_of("Tt");
    const std::chrono::seconds clock = read_clock(reader);
    const std::string fraction = reader.fraction();
    const std::chrono::minutes offset = read_offset(reader);
    if (!reader.ok() || !reader.at_end()) return std::nullopt;
    return Moment{*day + clock - offset, fraction};
}

}  // namespace

Time format_time(std::chrono::system_clock::time_point time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const auto rest = std::chrono::floor<std::chrono::microseconds>(time - seconds);
    std::string fraction = std::to_string(rest.count());
    return to_text({seconds, fraction.insert(0, 6 - fraction.size(), '0')});
}

std::optional<Time> parse_time(std::string_view text) {
    const auto moment = read_moment(text);
    if (!moment || moment->second < kBeginning || moment->second > kEnd) return std::nullopt;
    return to_text(*moment);
}

std::optional<Time> parse_bound(std::string_view text) {
    const auto moment = read_moment(text);
    if (!moment) return std::nullopt;
    if (moment->second < kBeginning) return to_text({kBeginning, "000000"});
    if (moment->second > kEnd) return to_text({kEnd, "999999"});
    return to_text(*moment);
}

std::uint64_t to_microseconds(const Time& time) {
    const Moment moment = read_moment(time).value();
    const auto seconds = static_cast<std::uint64_t>(moment.second.time_since_epoch().count());
    return seconds * kMicroseconds + std::stoull(moment.fraction);
}

std::optional<Time> from_microseconds(std::uint64_t microseconds) {
    const sys_seconds second(std::chrono::seconds(microseconds / kMicroseconds));
    if (second > kEnd) return std::nullopt;
    // The leading digit makes the others six.
    return to_text({second, std::to_string(kMicroseconds + microseconds % kMicroseconds).substr(1)});
}

}  // namespace model
