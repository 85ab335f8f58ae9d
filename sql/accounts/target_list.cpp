#include "sql/accounts/target_list.hpp"

#include <limits>
#include <string>

#include "sql/connection/database_time.hpp"

namespace db {
namespace {

enum Column : std::size_t { kId, kName, kUrl, kVerifiedAt, kCreatedAt };

std::string columns_of_target() {
    return "t.id, t.name, t.url, " + client_time("t.verified_at") + ", " + client_time("t.created_at");
}

model::Target target_of(const Rows& rows, std::size_t row, std::size_t first_column) {
    const auto at = [first_column](Column column) { return first_column + column; };
    return {.id = rows.number(row, at(kId)),
            .name = rows.text(row, at(kName)),
            .url = rows.text(row, at(kUrl)),
            .verified_at = rows.cell(row, at(kVerifiedAt)),
            .created_at = rows.text(row, at(kCreatedAt))};
}

ListSource source_for(const model::Caller& caller) {
    const Position beginning{.time = "", .id = std::numeric_limits<model::Id>::max()};
    if (!caller.limited) {
        return {.id = "t.id",
                .time = "",
                .from = {" FROM targets t FORCE INDEX (targets_account)"
                         " WHERE t.account_id = ? AND t.deleted_at IS NULL",
                         {caller.owner.account_id}},
                .start = beginning};
    }
    return {
        .id = "l.target_id",
        .time = "",
        .from = {" FROM api_key_targets l STRAIGHT_JOIN targets t ON t.id = l.target_id WHERE l.key_id = ?",
                 {caller.key_id}},
        .filter = {"t.deleted_at IS NULL"},
        .start = beginning};
}

}  // namespace

ListPart find_targets(Connection& connection, const model::Caller& caller, const ListSlice& slice) {
    return scan_list(connection, source_for(caller), slice);
}

ListCount count_targets(Connection& connection, const model::Caller& caller) {
    return count_list(connection, source_for(caller));
}

std::vector<model::Target> read_targets(Connection& connection, std::span<const model::Id> ids) {
    Statement statement{"SELECT " + columns_of_target() + " FROM targets t WHERE t.id IN "};
    statement.add_numbers(ids).add(" AND t.deleted_at IS NULL ORDER BY t.id DESC");
    const Rows rows = connection.query(statement.text, statement.parameters);
    std::vector<model::Target> targets;
    targets.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) targets.push_back(target_of(rows, row, 0));
    return targets;
}

JoinedRead read_target() {
    return {.columns = {", " + columns_of_target()}};
}

model::Target target_read(const Rows& rows, std::size_t first_column) {
    return target_of(rows, 0, first_column);
}

}  // namespace db
