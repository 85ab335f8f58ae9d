// Converts the status of a delivery to and from the column deliveries.status.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

[[nodiscard]] constexpr std::uint64_t stored(model::DeliveryStatus status) {
    return static_cast<std::uint64_t>(status);
}

// Throws Error if the number is not that of a status.
[[nodiscard]] inline model::DeliveryStatus read_status(const Rows& rows, std::size_t row,
                                                       std::size_t column) {
    const std::uint64_t number = rows.number(row, column);
    if (number >= model::kStatusNames.size()) {
        throw Error(0, "expected the status of a delivery from the database, not " + std::to_string(number));
    }
    return static_cast<model::DeliveryStatus>(number);
}

}  // namespace db
