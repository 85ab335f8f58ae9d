// Deletes an account and shows the progress on a terminal.
#pragma once

#include <string>

#include "admin/database.hpp"
#include "sql/operator/account_deletion.hpp"

namespace admin {

// Whether somebody can answer a question: standard input and standard error are a terminal.
[[nodiscard]] bool can_ask();

// Asks for the account's name. Throws db::Refused unless it is typed exactly. REQUIRES: can_ask().
void require_typed(const std::string& name);

// Returns what was removed. May take hours. After an error or an interruption it can be called again. Throws
// what Database throws.
[[nodiscard]] db::AccountRows remove_account(Database& database, model::Id account);

}  // namespace admin
