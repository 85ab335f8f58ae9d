// Lists the requests that were made for a delivery, the latest first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/list_scan.hpp"
#include "sql/deliveries/delivery_records.hpp"

namespace db {

struct Attempt {
    model::Id id = 0;
    model::Time made_at;
    std::uint64_t duration_us = 0;
    std::optional<std::uint64_t> status;  // the answer's; nullopt if there was none
    std::optional<std::string> failure;   // why there was no answer: the first word of the delivery's reason
    std::optional<std::string> detail;
    std::optional<std::string> answer;  // the beginning of its body, as the receiver sent it: any bytes
    bool by_allow_list = false;  // the address was reachable only because the operator's allow-list says so
};

// All functions throw Error.

// For clients, page by page (list_scan.hpp), by the ids of the attempts.
[[nodiscard]] ListPart find_attempts(Connection& connection, const DeliveryKey& delivery,
                                     const ListSlice& slice);
[[nodiscard]] ListCount count_attempts(Connection& connection, const DeliveryKey& delivery);
// Returns those of them that exist, in the order of the list. REQUIRES: there is an id.
[[nodiscard]] std::vector<Attempt> read_attempts(Connection& connection, const DeliveryKey& delivery,
                                                 std::span<const model::Id> ids);

// For the operator.
[[nodiscard]] std::vector<Attempt> list_attempts(Connection& connection, model::Id event, model::Id webhook,
                                                 const model::Slice& slice);

}  // namespace db
