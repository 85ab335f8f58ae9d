// Commands on users: create, list, rename, delete.
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
    return {table_of(database.store().list_users(account), record_of, {"account"}), ""};
}

model::Id user_of(const Arguments& arguments) {
    return valid_id("the user", arguments.required("id"));
}

Report rename(Database& database, const Arguments& arguments) {
    const model::Id user = user_of(arguments);
    std::optional<std::string> name;
    std::optional<std::string> email;
    if (const auto* text = arguments.optional("name")) name = valid_name("--name", *text);
    if (const auto* text = arguments.optional("email")) email = valid_email("--email", *text);
    if (!name && !email) throw UsageError("give --name, --email or both");
    return {record_of(database.store().rename_user(user, name, email)), ""};
}

Report remove(Database& database, const Arguments& arguments) {
    const model::Id user = user_of(arguments);
    return {record_of(database.store().delete_user(user)), ""};
}

}  // namespace

std::vector<Command> user_commands() {
    const Option user{"id", "USER", "the user's id, as \"user list\" shows it", true};
    return {
        {.words = "user create",
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
         .run = list},
        {.words = "user rename",
         .summary = "give a user another name or e-mail address",
         .example = "targethooks user rename 2NqBaYqTm7P --name 'Ana Lima'",
         .options = {{"name", "NAME", "the new name, at most 255 characters"},
                     {"email", "ADDRESS", "the new address, unique among the account's users"}},
         .argument = user,
         .run = rename},
        {.words = "user delete",
         .summary = "delete a user; the user's keys are revoked, the webhooks stay",
         .help = "Records the event user_deleted. Name and address are removed; where webhooks name who\n"
                 "created or changed them, they show \"Deleted user\" then. Only events that were recorded\n"
                 "before name the user until they are too old to be kept.",
         .example = "targethooks user delete 2NqBaYqTm7P",
         .argument = user,
         .run = remove}};
}

}  // namespace admin
