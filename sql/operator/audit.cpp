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

std::string select_entries() {
    return "SELECT id, " + client_time("done_at") + R"(, action, object,
               account_id, user_id, key_id, operator, request_id
        FROM audit
        WHERE TRUE)";
}

enum Column : std::size_t { kId, kDoneAt, kAction, kObject, kAccount, kUser, kKey, kOperator, kRequest };

AuditEntry entry_of(const Rows& rows, std::size_t row) {
    return {.id = rows.number(row, kId),
            .done_at = rows.text(row, kDoneAt),
            .action = rows.text(row, kAction),
            .object = rows.cell(row, kObject),
            .account_id = rows.optional_number(row, kAccount),
            .user_id = rows.optional_number(row, kUser),
            .key_id = rows.optional_number(row, kKey),
            .operator_name = rows.cell(row, kOperator),
            .request_id = rows.cell(row, kRequest)};
}

}  // namespace

void record_deed(Connection& connection, const Actor& by, const Deed& deed) {
    constexpr std::string_view kInsert = R"(
        INSERT INTO audit (id, done_at, action, object, account_id, user_id, key_id, operator, request_id)
        VALUES (?, UTC_TIMESTAMP(6), ?, ?, ?, ?, ?, ?, ?))";
    insert_with_new_id(model::generate_id, [&](model::Id id) {
        connection.execute(kInsert, {id, std::string(deed.action), text_or_null(deed.object),
                                     nullable(deed.account_id), nullable(by.user_id), nullable(by.key_id),
                                     text_or_null(by.operator_name), text_or_null(by.request_id)});
    });
}

std::vector<AuditEntry> list_audit(Connection& connection, const AuditFilter& filter,
                                   const model::Slice& slice) {
    Statement statement{select_entries()};
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
