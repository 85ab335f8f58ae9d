// Commands on API keys: create, list, revoke.
#include "admin/commands.hpp"
#include "admin/validation.hpp"
#include "common/base/sha256.hpp"
#include "common/model/permissions.hpp"
#include "common/security/api_key.hpp"

namespace admin {
namespace {

std::vector<std::string> formatted(const std::vector<model::Right>& rights) {
    std::vector<std::string> names;
    names.reserve(rights.size());
    for (const model::Right right : rights) names.emplace_back(model::name_of(right));
    return names;
}

// Null for a key that is not limited to targets.
Value formatted(const std::vector<model::Id>& targets) {
    if (targets.empty()) return nullptr;
    std::vector<std::string> ids;
    ids.reserve(targets.size());
    for (const model::Id target : targets) ids.push_back(model::to_base58(target));
    return ids;
}

Record record_of(const db::ApiKey& key) {
    return {{"id", model::to_base58(key.id)},
            {"account", model::to_base58(key.account_id)},
            {"user", model::to_base58(key.user_id)},
            {"name", key.name},
            {"rights", formatted(key.scope.rights)},
            {"limited_to", formatted(key.scope.targets)},
            {"state", key.state},
            {"created", key.created_at},
            {"expires", value_of(key.expires_at)},
            {"revoked", value_of(key.revoked_at)}};
}

std::optional<model::Time> expiry_of(const Arguments& arguments) {
    const std::string* time = arguments.optional("expires");
    const std::string* days = arguments.optional("expires-in-days");
    if (time != nullptr && days != nullptr)
        throw UsageError("--expires and --expires-in-days exclude each other");
    if (time != nullptr) return valid_time("--expires", *time);
    if (days != nullptr) return valid_days("--expires-in-days", *days, std::chrono::system_clock::now());
    return std::nullopt;
}

db::KeyScope scope_of(const Arguments& arguments) {
    db::KeyScope scope;
    if (const auto* rights = arguments.optional("rights")) scope.rights = valid_rights("--rights", *rights);
    if (const auto* targets = arguments.optional("targets")) scope.targets = valid_ids("--targets", *targets);
    return scope;
}

Report create(Database& database, const Arguments& arguments) {
    const model::Id user = valid_id("--user", arguments.required("user"));
    const std::string name = valid_name("--name", arguments.required("name"));
    const auto expires_at = expiry_of(arguments);
    const db::KeyScope scope = scope_of(arguments);
    const std::string key = security::generate_api_key();
    Record record = record_of(database.store().create_key(user, name, base::sha256(key), expires_at, scope));
    record.emplace_back("key", key);
    return {std::move(record), "Keep the key. Only a digest of it is stored, so it can't be shown again."};
}

Report list(Database& database, const Arguments& arguments) {
    const std::string* account = arguments.optional("account");
    const std::string* user = arguments.optional("user");
    if ((account == nullptr) == (user == nullptr)) throw UsageError("give either --account or --user");
    const std::vector<std::string> wide_only{"account", "created", "revoked"};
    if (account != nullptr) {
        const model::Id id = valid_id("--account", *account);
        return {table_of(database.store().list_keys_of_account(id), record_of, wide_only), ""};
    }
    const model::Id id = valid_id("--user", *user);
    return {table_of(database.store().list_keys_of_user(id), record_of, wide_only), ""};
}

Report revoke(Database& database, const Arguments& arguments) {
    const model::Id key = valid_id("the key", arguments.required("id"));
    return {record_of(database.store().revoke_key(key)), ""};
}

}  // namespace

std::vector<Command> key_commands() {
    return {
        {.words = "key create",
         .summary = "create an API key for a user and show it once",
         .help = "The rights are read (look at webhooks and events), manage (register, change, test and\n"
                 "delete webhooks, see their secrets, retry deliveries) and publish (record events). A key\n"
                 "that is limited to targets has no access to other targets, nor to the account as a\n"
                 "whole. A key without an expiry is valid until it is revoked.",
         .example = "targethooks key create --user 2NqBaYqTm7P --name 'build server' --expires-in-days 90",
         .options = {{"user", "ID", "the user that the key acts for", true},
                     {"name", "NAME", "what the key is for, at most 255 characters", true},
                     {"rights", "RIGHTS", "some of read,manage,publish; default: read,manage"},
                     {"targets", "IDS", "limit the key to these targets, separated by commas"},
                     {"expires", "TIME", "when it stops working, in UTC: 2027-01-31T00:00:00Z"},
                     {"expires-in-days", "N", "when it stops working, in days from now"}},
         .run = create},
        {.words = "key list",
         .summary = "show the keys of an account or of a user, without the keys themselves",
         .example = "targethooks key list --account 2NqBaYqTm7P",
         .options = {{"account", "ID", "all keys of this account"}, {"user", "ID", "all keys of this user"}},
         .run = list},
        {.words = "key revoke",
         .summary = "revoke a key; the next request with it is refused",
         .example = "targethooks key revoke 2NqBaYqTm7P",
         .argument = Option{"id", "KEY", "the key's id, as \"key list\" shows it", true},
         .run = revoke}};
}

}  // namespace admin
