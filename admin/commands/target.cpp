// Commands on targets: create, list, verify, rename, delete.
#include "admin/commands.hpp"
#include "admin/validation.hpp"

namespace admin {
namespace {

Record record_of(const db::Target& target) {
    return {{"id", model::to_base58(target.id)},
            {"account", model::to_base58(target.account_id)},
            {"name", target.name},
            {"url", target.url},
            {"created", target.created_at},
            {"verified", value_of(target.verified_at)}};
}

Report create(Database& database, const Arguments& arguments) {
    const model::Id account = valid_id("--account", arguments.required("account"));
    const std::string name = valid_name("--name", arguments.required("name"));
    const std::string url = valid_target_url("--url", arguments.required("url"));
    return {record_of(database.store().create_target(account, name, url)), ""};
}

Report list(Database& database, const Arguments& arguments) {
    const model::Id account = valid_id("--account", arguments.required("account"));
    return {table_of(database.store().list_targets(account), record_of, {"account"}), ""};
}

Report verify(Database& database, const Arguments& arguments) {
    const model::Id target = valid_id("the target", arguments.required("id"));
    return {record_of(database.store().verify_target(target)), ""};
}

Report rename(Database& database, const Arguments& arguments) {
    const model::Id target = valid_id("the target", arguments.required("id"));
    const std::string name = valid_name("--name", arguments.required("name"));
    return {record_of(database.store().rename_target(target, name)), ""};
}

Report remove(Database& database, const Arguments& arguments) {
    const model::Id target = valid_id("the target", arguments.required("id"));
    return {record_of(database.store().delete_target(target)), ""};
}

}  // namespace

std::vector<Command> target_commands() {
    const Option target{"id", "TARGET", "the target's id, as \"target list\" shows it", true};
    return {
        {.words = "target create",
         .summary = "add a target, a web application, to an account",
         .help = "Records the event target_created, which greets the target's webhooks when they are\n"
                 "registered.",
         .example =
             "targethooks target create --account 2NqBaYqTm7P --name Shop --url https://shop.example.com",
         .options = {{"account", "ID", "the target's account", true},
                     {"name", "NAME", "at most 255 characters", true},
                     {"url", "URL", "the application's URL, http or https", true}},
         .run = create},
        {.words = "target list",
         .summary = "show an account's targets",
         .example = "targethooks target list --account 2NqBaYqTm7P",
         .options = {{"account", "ID", "the account", true}},
         .run = list},
        {.words = "target verify",
         .summary = "mark a target's owner as verified",
         .help = "Records the event target_verified.",
         .example = "targethooks target verify 5Kd3NBUAdUn",
         .argument = target,
         .run = verify},
        {.words = "target rename",
         .summary = "give a target another name",
         .help = "Events that were recorded before keep the old name, target_created among them.",
         .example = "targethooks target rename 5Kd3NBUAdUn --name 'Web shop'",
         .options = {{"name", "NAME", "the new name, at most 255 characters", true}},
         .argument = target,
         .run = rename},
        {.words = "target delete",
         .summary = "delete a target; this is the last event that its webhooks receive",
         .help = "Records the event target_deleted, and delivers what is still to be delivered. Then the\n"
                 "webhooks are deleted with their secrets and headers. The history stays in the database.",
         .example = "targethooks target delete 5Kd3NBUAdUn",
         .argument = target,
         .run = remove}};
}

}  // namespace admin
