// Commands on users: create, list.
#include "admin/commands.hpp"
#include "admin/validation.hpp"

namespace admin {
namespace {

Record record_of(const db::User& user) {
    return {{"id", model::to_base58(user.id)},
            {"account", model::to_base58(user.account_id)},
            {"email", user.email},
            {"name", user.name},
            {"created", user.created_at}};
}

Report create(Database& database, const Arguments& arguments) {
    const model::Id account = valid_id("--account", arguments.required("account"));
    const std::string email = valid_email("--email", arguments.required("email"));
    const std::string name = valid_name("--name", arguments.required("name"));
    return {record_of(database.store().create_user(account, email, name)), ""};
}

Report list(Database& database, const Arguments& arguments) {
    const model::Id account = valid_id("--account", arguments.required("account"));
    return {table_of(database.store().list_users(account), record_of), ""};
}

}  // namespace

std::vector<Command> user_commands() {
    return {{.words = "user create",
             .summary = "add a user to an account",
             .help = "Records the event user_created.",
             .example = "targethooks user create --account 2NqBaYqTm7P --email ana@example.com --name Ana",
             .options = {{"account", "ID", "the user's account", true},
                         {"email", "ADDRESS", "unique among the account's users", true},
                         {"name", "NAME", "at most 255 characters", true}},
             .run = create},
            {.words = "user list",
             .summary = "show an account's users",
             .example = "targethooks user list --account 2NqBaYqTm7P",
             .options = {{"account", "ID", "the account", true}},
             .run = list}};
}

}  // namespace admin
