// Commands on a webhook's own headers: show, set.
#include "common/model/webhook_headers.hpp"
#include "admin/commands.hpp"
#include "admin/input.hpp"
#include "admin/validation.hpp"
#include "admin/webhook_report.hpp"
#include "common/base/utf8.hpp"
#include "sql/connection/retry.hpp"
#include "sql/operator/refused.hpp"
#include "sql/webhooks/webhook_headers.hpp"

namespace admin {
namespace {

// More than 20 headers take, unless they are escaped without need.
constexpr std::size_t kMostInputBytes = 64 * 1024;

Report report_of(model::Id webhook, const std::optional<model::WebhookHeaders>& headers, bool reveal) {
    if (!headers) throw db::no_such("webhook", webhook);
    Record record{{"id", model::to_base58(webhook)}};
    if (reveal) {
        record.emplace_back("headers", Json{model::webhook_headers_json(*headers)});
    } else {
        std::vector<std::string> names;
        names.reserve(headers->size());
        for (const model::WebhookHeader& header : *headers) names.push_back(header.name);
        record.emplace_back("names", std::move(names));
    }
    return {std::move(record), ""};
}

Report show(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    db::Connection& connection = database.connection();
    const model::Owner owner = owner_of_webhook(connection, webhook);
    const auto headers = db::webhook_headers(connection, database.secrets(), owner, webhook, database.by());
    return report_of(webhook, headers, arguments.has("reveal"));
}

model::WebhookHeaders given_headers(const Arguments& arguments) {
    const std::string* file = arguments.optional("file");
    const std::string text = read_input("--file", file == nullptr ? "-" : *file, kMostInputBytes);
    if (base::find_invalid_utf8(text)) throw UsageError("the headers are not valid UTF-8");
    auto headers = model::read_webhook_headers(text);
    if (headers) return std::move(headers.value());
    std::string all;
    for (const std::string& message : headers.error()) all += (all.empty() ? "" : "\n") + message;
    throw UsageError("the headers must be a JSON object of names and texts:\n" + all);
}

Report set(Database& database, const Arguments& arguments) {
    const model::Id webhook = webhook_of(arguments);
    const model::WebhookHeaders headers = given_headers(arguments);
    db::Connection& connection = database.connection();
    const model::Owner owner = owner_of_webhook(connection, webhook);
    const security::SecretCipher& cipher = database.secrets();
    const auto stored = db::retry_transient([&] {
        return db::replace_webhook_headers(connection, cipher, owner, webhook, database.by(), headers);
    });
    return report_of(webhook, stored, false);
}

}  // namespace

std::vector<Command> webhook_header_commands() {
    return {
        {.words = "webhook headers show",
         .summary = "show the names of the headers that a webhook's requests carry",
         .help = "They often hold the receiver's credentials, so the audit records who read them.",
         .example = "targethooks webhook headers show 2NqBaYqTm7P",
         .options = {{"reveal", "", "show their texts as well"}},
         .argument = webhook_argument(),
         .run = show},
        {.words = "webhook headers set",
         .summary = "replace the headers that a webhook's requests carry",
         .help = "Reads a JSON object from standard input or a file, so that no other user of this machine\n"
                 "sees it: {\"X-Api-Key\": \"...\"}. At most 20 headers; {} removes all. Shows the names.",
         .example = "targethooks webhook headers set 2NqBaYqTm7P < headers.json",
         .options = {{"file", "FILE", "the file; default: standard input"}},
         .argument = webhook_argument(),
         .run = set}};
}

}  // namespace admin
