// The commands of the program: the name, the options and the function of each. The commands of one kind of
// object are in one file.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/database.hpp"
#include "admin/output.hpp"

namespace admin {

struct Option {
    std::string_view name;   // "account", typed as --account
    std::string_view value;  // "ID", how the help names its value; empty: it has none
    std::string_view help;
    bool required = false;
};

// The values that were typed, by option. All required options have one.
class Arguments {
  public:
    explicit Arguments(std::map<std::string, std::string, std::less<>> values) : values_(std::move(values)) {}

    [[nodiscard]] const std::string& required(std::string_view option) const {
        return values_.find(option)->second;
    }
    [[nodiscard]] const std::string* optional(std::string_view option) const {
        const auto found = values_.find(option);
        return found == values_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] bool has(std::string_view option) const { return optional(option) != nullptr; }

  private:
    std::map<std::string, std::string, std::less<>> values_;
};

struct Command {
    std::string_view words;  // "key create"
    std::string_view summary;
    std::string_view help{};  // details beyond the summary
    std::string_view example;
    std::vector<Option> options = {};
    std::optional<Option> argument = std::nullopt;  // a value that is typed without the option's name
    // Throws UsageError, db::Refused and what Database throws.
    Report (*run)(Database& database, const Arguments& arguments);
};

[[nodiscard]] std::span<const Command> commands();

[[nodiscard]] std::vector<Command> migrate_commands();
[[nodiscard]] std::vector<Command> account_commands();
[[nodiscard]] std::vector<Command> user_commands();
[[nodiscard]] std::vector<Command> key_commands();
[[nodiscard]] std::vector<Command> target_commands();
[[nodiscard]] std::vector<Command> webhook_commands();
[[nodiscard]] std::vector<Command> webhook_change_commands();
[[nodiscard]] std::vector<Command> webhook_header_commands();
[[nodiscard]] std::vector<Command> webhook_delivery_commands();
[[nodiscard]] std::vector<Command> event_commands();
[[nodiscard]] std::vector<Command> delivery_commands();
[[nodiscard]] std::vector<Command> outbox_commands();
[[nodiscard]] std::vector<Command> audit_commands();

// Makes a table of the objects. record_of makes a record of one object, always with the same members.
// wide_only: the members that people see only with --wide.
template <class Object>
Table table_of(const std::vector<Object>& objects, Record (*record_of)(const Object&),
               std::vector<std::string> wide_only = {}) {
    Table table;
    table.wide_only = std::move(wide_only);
    for (const auto& [name, value] : record_of(Object{})) table.columns.push_back(name);
    for (const Object& object : objects) {
        table.rows.emplace_back();
        for (auto& [name, value] : record_of(object)) table.rows.back().push_back(std::move(value));
    }
    return table;
}

// Null if there is no value.
[[nodiscard]] inline Value value_of(const std::optional<std::string>& text) {
    return text ? Value(*text) : Value(nullptr);
}
[[nodiscard]] inline Value value_of(const std::optional<model::Id>& id) {
    return id ? Value(model::to_base58(*id)) : Value(nullptr);
}

}  // namespace admin
