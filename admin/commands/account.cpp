// Commands on accounts: create, list.
#include "admin/commands.hpp"
#include "admin/validation.hpp"

namespace admin {
namespace {

Record record_of(const db::Account& account) {
    return {{"id", model::to_base58(account.id)}, {"name", account.name}, {"created", account.created_at}};
}

Report create(Database& database, const Arguments& arguments) {
    const std::string name = valid_name("--name", arguments.required("name"));
    return {record_of(database.store().create_account(name)), ""};
}

Report list(Database& database, const Arguments&) {
    return {table_of(database.store().list_accounts(), record_of), ""};
}

}  // namespace

std::vector<Command> account_commands() {
    return {{.words = "account create",
             .summary = "add an account, the owner of users, keys, targets and webhooks",
             .example = "targethooks account create --name 'Example Ltd'",
             .options = {{"name", "NAME", "its name, at most 255 characters", true}},
             .run = create},
            {.words = "account list",
             .summary = "show all accounts",
             .example = "targethooks account list",
             .run = list}};
}

}  // namespace admin
