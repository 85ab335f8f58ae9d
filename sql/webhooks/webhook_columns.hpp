// The columns of the table webhooks that hold model::WebhookFields: one list for the statements that insert,
// read and change them, in the order of model::for_each_webhook_field.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"
#include "sql/connection/sql_text.hpp"

namespace db {

// "url, name, ...", each with the prefix, such as "w.".
[[nodiscard]] std::string webhook_columns(std::string_view prefix = "");
// Writes their values, separated by ", ".
void write_webhook_columns(SqlText& statement, const model::WebhookFields& fields);

// "url = ?, name = ?, ...", and its parameters.
[[nodiscard]] std::string set_webhook_columns();
[[nodiscard]] std::vector<Parameter> webhook_parameters(const model::WebhookFields& fields);

// Reads them from the columns that begin with first_column.
[[nodiscard]] model::WebhookFields read_webhook_columns(const Rows& rows, std::size_t row,
                                                        std::size_t first_column);

}  // namespace db
