// Converts times between the database's format, "2026-01-31 16:32:17.238553", and the format of clients
// (common/model/timestamp.hpp).
#pragma once

#include <string>
#include <string_view>

#include "common/model/records.hpp"

namespace db {

// REQUIRES (both): a time in the other format.
[[nodiscard]] inline std::string to_database_time(model::Time time) {
    time.at(time.find('T')) = ' ';
    time.pop_back();
    return time;
}
[[nodiscard]] inline model::Time to_client_time(std::string time) {
    time.at(time.find(' ')) = 'T';
    return time += 'Z';
}

// The expression that selects a DATETIME(6) column in the clients' format.
[[nodiscard]] inline std::string client_time(std::string_view column) {
    return "DATE_FORMAT(" + std::string(column) + ", '%Y-%m-%dT%H:%i:%s.%fZ')";
}

}  // namespace db
