// Lists the requests that were made for a delivery, for the operator.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

struct Attempt {
    model::Time made_at;
    std::uint64_t duration_us = 0;
    std::optional<std::uint64_t> status;  // the answer's; nullopt if there was none
    std::optional<std::string> failure;   // why there was no answer: the first word of the delivery's reason
    std::optional<std::string> detail;
    std::optional<std::string> answer;  // the beginning of its body, as the receiver sent it: any bytes
};

// The latest first. Throws Error.
[[nodiscard]] std::vector<Attempt> list_attempts(Connection& connection, model::Id event, model::Id webhook,
                                                 const model::Slice& slice);

}  // namespace db
