// Fuzzes the parser of Retry-After with any text, at times that the first bytes choose.
#include "delivery/http/retry_after.hpp"

#include <algorithm>
#include <string>

#include "tests/fuzz/fuzzing.hpp"

using delivery::kMaxRetryAfter;
using delivery::parse_retry_after;
using fuzzing::require;
using std::chrono::seconds;

namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kDigits = "0123456789";

void check(std::string_view value, std::chrono::sys_seconds now) {
    const auto wait = parse_retry_after(value, now);
    const auto blank = parse_retry_after(" \t" + std::string(value) + "\t ", now);
    require(blank == wait, "white space around the value is ignored");
    if (!wait) return;
    require(*wait >= seconds(0) && *wait <= kMaxRetryAfter, "the time is neither past nor too far ahead");

    const std::string_view number = value.substr(std::min(value.find_first_not_of(kBlanks), value.size()));
    const bool is_number =
        number.substr(0, number.find_last_not_of(kBlanks) + 1).find_first_not_of(kDigits) == number.npos;
    const seconds hour(3600);
    const auto later = parse_retry_after(value, now + hour);
    if (is_number) {
        require(later == wait, "a number of seconds does not depend on the time");
        require(parse_retry_after("0" + std::string(number), now) == wait,
                "a zero before it changes nothing");
    } else if (*wait < kMaxRetryAfter) {
        require(later == std::max(*wait - hour, seconds(0)), "a date comes nearer as time passes");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kTimeBytes = 4;
    const std::string_view input = fuzzing::as_text(data, size);
    check(input, std::chrono::sys_seconds(seconds(1'800'000'000)));
    if (size < kTimeBytes) return 0;
    std::uint32_t time = 0;
    for (std::size_t i = 0; i < kTimeBytes; ++i) time = time << 8 | data[i];
    check(input.substr(kTimeBytes), std::chrono::sys_seconds(seconds(time)));
    return 0;
}
