#include "sql/operator/audit.hpp"

#include "sql/connection/database_time.hpp"
#include "sql/connection/new_id.hpp"
#include "sql/connection/statement.hpp"

namespace db {
namespace {

Parameter text_or_null(const std::string& text) {
    if (text.empty()) return nullptr;
    return text;
}

std::optional<model::Id> id_or_nothing(const Rows& rows, std::size_t row, std::size_t column) {
    if (rows.is_null(row, column)) return std::nullopt;
    return rows.number(row, column);
}

AuditEntry entry_of(const Rows& rows, std::size_t row) {
    return {.id = rows.number(row, 0),
            .done_at = rows.text(row, 1),
            .action = rows.text(row, 2),
            .object = rows.cell(row, 3),
            .account_id = id_or_nothing(rows, row, 4),
            .user_id = id_or_nothing(rows, row, 5),
            .key_id = id_or_nothing(rows, row, 6),
            .operator_name = rows.cell(row, 7),
            .request_id = rows.cell(row, 8)};
}

}  // namespace

void record_deed(Connection& connection, const Actor& by, const Deed& deed) {
    insert_with_new_id(model::draw_id, [&](model::Id id) {
        connection.execute(
            "INSERT INTO audit (id, done_at, action, object, account_id, user_id, key_id, operator, "
            "request_id)"
            " VALUES (?, UTC_TIMESTAMP(6), ?, ?, ?, ?, ?, ?, ?)",
            {id, std::string(deed.action), text_or_null(deed.object), nullable(deed.account_id),
             nullable(by.user_id), nullable(by.key_id), text_or_null(by.operator_name),
             text_or_null(by.request_id)});
    });
}

std::vector<AuditEntry> list_audit(Connection& connection, const AuditFilter& filter,
                                   const model::Slice& slice) {
    Statement statement{"SELECT id, " + client_time("done_at") +
                            ", action, object, account_id, user_id, key_id, operator, request_id FROM audit"
                            " WHERE TRUE",
                        {}};
    if (filter.account_id) statement.add(" AND account_id = ?", {*filter.account_id});
    if (filter.action) statement.add(" AND action = ?", {*filter.action});
    if (filter.since) statement.add(" AND done_at >= ?", {to_database_time(*filter.since)});
    statement.add(" ORDER BY id DESC LIMIT ? OFFSET ?", {slice.length, slice.offset});
    const Rows rows = connection.query(statement.text, statement.parameters);
    std::vector<AuditEntry> entries;
    entries.reserve(rows.size());
    for (std::size_t row = 0; row < rows.size(); ++row) entries.push_back(entry_of(rows, row));
    return entries;
}

}  // namespace db
