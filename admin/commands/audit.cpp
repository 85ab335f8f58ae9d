// The command that lists the audit.
#include "sql/operator/audit.hpp"

#include "admin/commands.hpp"
#include "admin/listing.hpp"
#include "admin/validation.hpp"

namespace admin {
namespace {

Record record_of(const db::AuditEntry& entry) {
    return {{"done", entry.done_at},
            {"action", entry.action},
            {"object", value_of(entry.object)},
            {"account", value_of(entry.account_id)},
            {"operator", value_of(entry.operator_name)},
            {"user", value_of(entry.user_id)},
            {"key", value_of(entry.key_id)},
            {"request", value_of(entry.request_id)}};
}

Report list(Database& database, const Arguments& arguments) {
    db::AuditFilter filter;
    if (const auto* account = arguments.optional("account"))
        filter.account_id = valid_id("--account", *account);
    if (const auto* since = arguments.optional("since")) filter.since = valid_time("--since", *since);
    if (const auto* action = arguments.optional("action")) {
        filter.action = valid_choice("--action", *action, db::kAuditActions);
    }
    const model::Slice slice = slice_of(arguments);
    const auto entries = db::list_audit(database.connection(), filter, slice);
    return {table_of(entries, record_of, {"key", "request"}), note_on_page(slice, entries.size())};
}

}  // namespace

std::vector<Command> audit_commands() {
    return {
        {.words = "audit list",
         .summary = "show who changed what, and who read a secret",
         .help =
             "Lists the latest entry first. A change made by this program has an entry with the\n"
             "system's user who ran it. A webhook's secret or headers that were read or changed over the\n"
             "API have one with the user, key and request id.",
         .example = "targethooks audit list --account 2NqBaYqTm7P --action 'secret read'",
         .options = joined({{"account", "ID", "only changes of objects of this account"},
                            {"action", "ACTION",
                             "only this action: the words of a command that changes something,\n"
                             "\"secret read\", \"secret rotate\", \"headers read\" or\n"
                             "\"headers change\""},
                            {"since", "TIME", "only entries of this time or later, in UTC"}},
                           slice_options()),
         .run = list}};
}

}  // namespace admin
