#include "common/model/timestamp.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include "common/base/ascii.hpp"

namespace model {
namespace {

using Moment = std::chrono::sys_time<std::chrono::microseconds>;

// Reads a text from its beginning. After the first mismatch all further reads fail, too.
class Reader {
  public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    // Reads a number of exactly that many digits, within bounds.
    int number(std::size_t digits, int least, int most) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            const char digit = take();
            ok_ = ok_ && base::is_digit(digit);
            if (!ok_) return least;
            value = value * 10 + (digit - '0');
        }
        ok_ = value >= least && value <= most;
        return value;
    }

    // Reads one of these characters.
    char one_of(std::string_view characters) {
        const char found = take();
        ok_ = ok_ && found != '\0' && characters.find(found) != characters.npos;
        return found;
    }

    // Reads "." and digits, if there are any, and uses the first six digits.
    std::chrono::microseconds fraction() {
        std::chrono::microseconds sum{0};
        if (!rest_.starts_with('.')) return sum;
        rest_.remove_prefix(1);
        ok_ = ok_ && !rest_.empty() && base::is_digit(rest_.front());
        for (int unit = 100'000; !rest_.empty() && base::is_digit(rest_.front()); unit /= 10) {
            sum += std::chrono::microseconds(unit * (rest_.front() - '0'));
            rest_.remove_prefix(1);
        }
        return sum;
    }

  private:
    // Returns NUL at the end, which matches no expected character.
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

// Returns nullopt if the calendar has no such day.
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

// The offset, positive to the east of UTC.
std::chrono::minutes read_offset(Reader& reader) {
    const char sign = reader.one_of("Zz+-");
    if (!reader.ok() || sign == 'Z' || sign == 'z') return std::chrono::minutes(0);
    const std::chrono::hours hours(reader.number(2, 0, 23));
    reader.one_of(":");
    const auto offset = hours + std::chrono::minutes(reader.number(2, 0, 59));
    return sign == '-' ? -offset : offset;
}

constexpr Moment kBeginning = std::chrono::sys_days(std::chrono::year(kFirstYear) / 1 / 1);
constexpr Moment kEnd = std::chrono::sys_days(std::chrono::year(kLastYear + 1) / 1 / 1);  // exclusive

std::optional<Moment> read_moment(std::string_view text) {
    Reader reader(text);
    const auto day = read_date(reader);
    if (!day) return std::nullopt;
    reader.one_of("Tt");
    const std::chrono::seconds clock = read_clock(reader);
    const std::chrono::microseconds fraction = reader.fraction();
    const std::chrono::minutes offset = read_offset(reader);
    if (!reader.ok() || !reader.at_end()) return std::nullopt;
    return *day + clock - offset + fraction;
}

}  // namespace

Time format_time(std::chrono::system_clock::time_point time) {
    return base::format_utc(std::chrono::floor<std::chrono::microseconds>(time));
}

std::optional<Time> parse_time(std::string_view text) {
    const auto moment = read_moment(text);
    if (!moment || *moment < kBeginning || *moment >= kEnd) return std::nullopt;
    return base::format_utc(*moment);
}

std::optional<Time> parse_bound(std::string_view text) {
    const auto moment = read_moment(text);
    if (!moment) return std::nullopt;
    return base::format_utc(std::clamp(*moment, kBeginning, kEnd - std::chrono::microseconds(1)));
}

std::uint64_t to_microseconds(const Time& time) {
    return static_cast<std::uint64_t>(read_moment(time).value().time_since_epoch().count());
}

std::optional<Time> from_microseconds(std::uint64_t microseconds) {
    if (microseconds >= static_cast<std::uint64_t>(kEnd.time_since_epoch().count())) return std::nullopt;
    return base::format_utc(Moment(std::chrono::microseconds(microseconds)));
}

}  // namespace model
