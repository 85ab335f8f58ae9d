#include "sql/connection/error.hpp"

#include <algorithm>
#include <array>

namespace db {
namespace {

struct Codes {
    int first;
    int last;
    ErrorCategory category;
};

constexpr std::array kCategories = {
    Codes{2000, 2999, ErrorCategory::kLost},         // the connector's own
    Codes{1040, 1040, ErrorCategory::kLost},         // too many connections
    Codes{1053, 1053, ErrorCategory::kLost},         // server shutdown in progress
    Codes{1152, 1161, ErrorCategory::kLost},         // the network, seen from the server; too large a packet
    Codes{1927, 1927, ErrorCategory::kLost},         // connection was killed (MariaDB)
    Codes{3169, 3169, ErrorCategory::kLost},         // session was killed (MySQL)
    Codes{4031, 4031, ErrorCategory::kLost},         // disconnected after inactivity (MySQL)
    Codes{1047, 1047, ErrorCategory::kWrongServer},  // the node is not ready (Galera)
    Codes{1290, 1290, ErrorCategory::kWrongServer},  // an option forbids it: read_only, super_read_only
    Codes{1792, 1792, ErrorCategory::kWrongServer},  // the transaction is read-only
    Codes{1836, 1836, ErrorCategory::kWrongServer},  // the server is in read-only mode
    Codes{3032, 3032, ErrorCategory::kWrongServer},  // the server is in offline mode
    Codes{3100, 3100, ErrorCategory::kWrongServer},  // the member is not online in its group
    Codes{1020, 1020, ErrorCategory::kRetry},        // the snapshot is too old (MariaDB)
    Codes{1205, 1205, ErrorCategory::kRetry},        // lock wait timeout
    Codes{1213, 1213, ErrorCategory::kRetry},        // deadlock; failed certification (Galera)
    Codes{3101, 3101, ErrorCategory::kRetry},        // failed certification (Group Replication)
    Codes{1021, 1021, ErrorCategory::kFull},         // disk full
    Codes{1030, 1030, ErrorCategory::kFull},         // the storage engine failed
    Codes{1114, 1114, ErrorCategory::kFull},         // table full
    Codes{1044, 1045, ErrorCategory::kSchema},       // no rights: the database, the password
    Codes{1049, 1049, ErrorCategory::kSchema},       // no such database
    Codes{1054, 1054, ErrorCategory::kSchema},       // no such column
    Codes{1064, 1064, ErrorCategory::kSchema},       // syntax that this server does not know
    Codes{1142, 1143, ErrorCategory::kSchema},       // no rights: a table, a column
    Codes{1146, 1146, ErrorCategory::kSchema},       // no such table
    Codes{1176, 1176, ErrorCategory::kSchema},       // no such index
    Codes{1227, 1227, ErrorCategory::kSchema},       // no rights: a privilege of the server's
};

}  // namespace

ErrorCategory category_of(int code, std::string_view message) {
    // Galera's provider reports this under codes that have other meanings as well.
    if (message.find("ot connected to Primary Component") != message.npos) {
        return ErrorCategory::kWrongServer;
    }
    const auto* const found = std::ranges::find_if(
        kCategories, [code](const Codes& codes) { return codes.first <= code && code <= codes.last; });
    return found == kCategories.end() ? ErrorCategory::kOther : found->category;
}

bool Error::ends_connection() const {
    return is(ErrorCategory::kLost) || is(ErrorCategory::kWrongServer) || is(ErrorCategory::kUncertain);
}

bool Error::is_from_server() const {
    constexpr int kConnectors = 2000;
    constexpr int kConnectorsEnd = 3000;
    return code_ >= 1000 && (code_ < kConnectors || code_ >= kConnectorsEnd);
}

bool Error::undoes_commit() const {
    constexpr std::array kCodes = {
        1213, 3101,              // another transaction was preferred
        1290, 1792, 1836, 3100,  // the server had become read-only, and did not try to commit
    };
    return std::ranges::find(kCodes, code_) != kCodes.end();
}

bool Error::duplicate_key() const {
    return code_ == 1062;
}

bool Error::timed_out() const {
    return code_ == 1969 || code_ == 3024;  // MariaDB's, MySQL's
}

}  // namespace db
