#include "sql/webhooks/webhook_columns.hpp"

namespace db {
namespace {

void write(SqlText& statement, const std::string& value) {
    statement.text(value);
}

void write(SqlText& statement, const model::EventTypeSet& value) {
    statement.text(model::format_event_types(value));
}

void write(SqlText& statement, bool value) {
    statement.boolean(value);
}

void read(const Rows& rows, std::size_t row, std::size_t column, std::string& value) {
    value = rows.text(row, column);
}

void read(const Rows& rows, std::size_t row, std::size_t column, model::EventTypeSet& value) {
    value = model::parse_event_types(rows.text(row, column)).value();
}

void read(const Rows& rows, std::size_t row, std::size_t column, bool& value) {
    value = rows.flag(row, column);
}

Parameter parameter_of(const model::EventTypeSet& value) {
    return model::format_event_types(value);
}

template <class Value>
Parameter parameter_of(const Value& value) {
    return value;
}

// Each column's name with prefix and suffix, separated by ", ".
std::string join_columns(std::string_view prefix, std::string_view suffix) {
    std::string text;
    model::for_each_webhook_field([&](std::string_view name) {
        text.append(text.empty() ? "" : ", ").append(prefix).append(name).append(suffix);
    });
    return text;
}

}  // namespace

std::string webhook_columns(std::string_view prefix) {
    return join_columns(prefix, "");
}

void write_webhook_columns(SqlText& statement, const model::WebhookFields& fields) {
    bool is_first = true;
    model::for_each_webhook_field(
        [&](std::string_view, const auto& value) {
            statement.sql(is_first, "", ", ");
            write(statement, value);
            is_first = false;
        },
        fields);
}

std::string set_webhook_columns() {
    return join_columns("", " = ?");
}

std::vector<Parameter> webhook_parameters(const model::WebhookFields& fields) {
    std::vector<Parameter> parameters;
    model::for_each_webhook_field(
        [&](std::string_view, const auto& value) { parameters.push_back(parameter_of(value)); }, fields);
    return parameters;
}

model::WebhookFields read_webhook_columns(const Rows& rows, std::size_t row, std::size_t first_column) {
    model::WebhookFields fields;
    std::size_t column = first_column;
    model::for_each_webhook_field([&](std::string_view, auto& value) { read(rows, row, column++, value); },
                                  fields);
    return fields;
}

}  // namespace db
