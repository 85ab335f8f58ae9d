// Fuzzes the parser of times with any text, alone and after a date.
#include "common/model/timestamp.hpp"

#include <cstring>
#include <ctime>
#include <string>

#include "sql/connection/database_time.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;
using model::parse_time;

namespace {

// Whether the system's own parser accepts the time and formats it back unchanged.
bool is_real(const std::string& time) {
    std::tm parts{};
    const std::string without_fraction = time.substr(0, time.find('.'));
    const char* const end = strptime(without_fraction.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
    if (end == nullptr || *end != '\0') return false;
    const std::time_t seconds = timegm(&parts);
    std::tm again{};
    gmtime_r(&seconds, &again);
    constexpr std::size_t kMost = 64;
    std::string text(kMost, '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &again));
    return text == without_fraction;
}

void check(const std::string& text) {
    const auto time = parse_time(text);
    if (!time) return;
    constexpr std::size_t kLength = std::string_view("2026-01-31T16:32:17.238553Z").size();
    require(time->size() == kLength, "our format has one length");
    require(*time >= "1970" && *time < ":", "the year has four digits and is not before 1970");
    require(is_real(*time), "the time is in the calendar");
    require(parse_time(*time) == time, "our format is parsed back unchanged");
    require(db::to_client_time(db::to_database_time(*time)) == *time, "and by the database");
    require(!parse_time(text + "Z"), "nothing follows a time");
    require(!parse_time(text.substr(0, text.size() - 1)), "its end must be there");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzzing::as_text(data, size));
    check(text);
    check("2026-01-31T" + text);
    check("2026-01-31T16:32:17" + text);
    return 0;
}
