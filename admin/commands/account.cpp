// Commands on accounts: create, list, rename, delete.
#include "admin/account_removal.hpp"
#include "admin/commands.hpp"
#include "admin/validation.hpp"

namespace admin {
namespace {

Record record_of(const db::Account& account) {
    return {{"id", model::to_base58(account.id)},
            {"name", account.name},
            {"created", account.created_at},
            {"deletion_began", value_of(account.deleted_at)}};
}

model::Id account_of(const Arguments& arguments) {
    return valid_id("the account", arguments.required("id"));
}

Report create(Database& database, const Arguments& arguments) {
    const std::string name = valid_name("--name", arguments.required("name"));
    return {record_of(database.store().create_account(name)), ""};
}

Report list(Database& database, const Arguments&) {
    return {table_of(database.store().list_accounts(), record_of), ""};
}

Report rename(Database& database, const Arguments& arguments) {
    const model::Id account = account_of(arguments);
    const std::string name = valid_name("--name", arguments.required("name"));
    return {record_of(database.store().rename_account(account, name)), ""};
}

Record rows_of(const db::AccountRows& rows) {
    Record record;
    for (const auto& [name, count] : {std::pair{"users", rows.users},
                                      {"keys", rows.keys},
                                      {"targets", rows.targets},
                                      {"webhooks", rows.webhooks},
                                      {"events", rows.events},
                                      {"deliveries", rows.deliveries}}) {
        record.emplace_back(name, static_cast<std::int64_t>(count));
    }
    return record;
}

Report remove(Database& database, const Arguments& arguments) {
    const model::Id id = account_of(arguments);
    const bool is_sure = arguments.has("yes");
    if (!is_sure && !arguments.has("dry-run") && !can_ask()) {
        throw UsageError("--yes is required: this deletes the account with everything that belongs to it");
    }
    const db::Account account = database.store().find_account(id);
    Record record{{"id", model::to_base58(id)}, {"name", account.name}};
    const auto append = [&record](Record&& more) { record.insert(record.end(), more.begin(), more.end()); };
    if (arguments.has("dry-run")) {
        append(rows_of(db::count_account(database.connection(), id)));
        return {std::move(record), "Nothing was deleted."};
    }
    if (!is_sure) require_typed(account.name);
    const db::AccountRows removed = remove_account(database, id);
    append(rows_of(removed));
    append({{"attempts", static_cast<std::int64_t>(removed.attempts)},
            {"outbox", static_cast<std::int64_t>(removed.outbox)}});
    return {std::move(record), "The account is deleted."};
}

}  // namespace

std::vector<Command> account_commands() {
    const Option account{"id", "ACCOUNT", "the account's id, as \"account list\" shows it", true};
    return {
        {.words = "account create",
         .summary = "add an account, the owner of users, keys, targets and webhooks",
         .example = "targethooks account create --name 'Example Ltd'",
         .options = {{"name", "NAME", "its name, at most 255 characters", true}},
         .run = create},
        {.words = "account list",
         .summary = "show all accounts",
         .example = "targethooks account list",
         .run = list},
        {.words = "account rename",
         .summary = "give an account another name",
         .example = "targethooks account rename 2NqBaYqTm7P --name 'Example Inc'",
         .options = {{"name", "NAME", "its new name, at most 255 characters", true}},
         .argument = account,
         .run = rename},
        {.words = "account delete",
         .summary = "delete an account with everything that belongs to it",
         .help =
             "Users, keys, targets, webhooks with their secrets and headers, events, deliveries and what\n"
             "receivers answered are removed for good, while the service runs. From the start on the\n"
             "account's keys are refused, and its webhooks get nothing. Where a key was active until then,\n"
             "it takes at least a minute and a half, because requests may be under way. If it is\n"
             "interrupted, the same command completes it. The audit keeps its rows, but without the users,\n"
             "keys and requests that they named.",
         .example = "targethooks account delete 2NqBaYqTm7P",
         .options = {{"yes", "", "don't ask for the account's name"},
                     {"dry-run", "", "only count what would be deleted"}},
         .argument = account,
         .run = remove}};
}

}  // namespace admin
