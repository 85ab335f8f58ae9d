// The command that brings the tables up to date.
#include "admin/commands.hpp"
#include "sql/connection/schema.hpp"

namespace admin {
namespace {

Report migrate(Database& database, const Arguments&) {
    auto applied = db::migrate(database.for_migration());
    if (!applied.empty()) database.record({.action = "migrate", .object = applied.back()});
    const std::string note = applied.empty() ? "There was nothing to do." : "";
    return {Record{{"schema", std::string(db::migrations().back().name)}, {"applied", std::move(applied)}},
            note};
}

}  // namespace

std::vector<Command> migrate_commands() {
    return {{.words = "migrate",
             .summary = "bring the database's tables up to date",
             .help = "Applies the migrations that are still missing. It can be run again at any time, also\n"
                     "after an interruption. If two run at once, one waits for the other.",
             .example = "targethooks migrate",
             .run = migrate}};
}

}  // namespace admin
