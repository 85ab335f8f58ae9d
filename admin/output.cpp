#include "admin/output.hpp"

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string_view>

#include "common/base/ascii.hpp"
#include "common/base/json_writer.hpp"
#include "common/base/utf8.hpp"

namespace admin {
namespace {

using base::count_code_points;  // the width of most texts

constexpr std::string_view kGap = "  ";

enum class Backslash { kKept, kDoubled };

std::string escaped(std::string_view bytes, Backslash backslash) {
    // Bytes from valid_end on are shown as \xNN, because the stored bytes may end within a character.
    const std::size_t valid_end = base::find_invalid_utf8(bytes).value_or(bytes.size());
    std::string text;
    std::size_t rest_of_c1 = 0;  // remaining bytes of a control character from U+0080 to U+009F
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto byte = static_cast<unsigned char>(bytes[i]);
        const bool starts_c1 =
            byte == 0xc2 && i + 1 < valid_end && static_cast<unsigned char>(bytes[i + 1]) < 0xa0;
        if (starts_c1) rest_of_c1 = 2;
        if (byte < 0x20 || byte == 0x7f || rest_of_c1 > 0 || (byte >= 0x80 && i >= valid_end)) {
            text += "\\x";
            base::append_hexadecimal(text, bytes.substr(i, 1));
        } else {
            if (byte == '\\' && backslash == Backslash::kDoubled) text += '\\';
            text += bytes[i];
        }
        if (rest_of_c1 > 0) --rest_of_c1;
    }
    return text;
}

// Names and URLs are untrusted: a line end or an escape sequence in one must not reach the terminal.
std::string text_of(const Value& value) {
    if (const auto* text = std::get_if<std::string>(&value)) return escaped(*text, Backslash::kKept);
    if (const auto* flag = std::get_if<bool>(&value)) return *flag ? "yes" : "no";
    if (const auto* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (const auto* json = std::get_if<Json>(&value)) return json->text;
    std::string joined;
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
        for (const std::string& item : *list)
            joined += (joined.empty() ? "" : ", ") + escaped(item, Backslash::kKept);
    }
    return joined.empty() ? "-" : joined;
}

std::string padding(std::string_view text, std::size_t width) {
    return std::string(width - count_code_points(text), ' ');
}

void write_people(std::ostream& stream, const Record& record, Format /*format*/) {
    std::size_t width = 0;
    for (const auto& [name, value] : record) width = std::max(width, count_code_points(name));
    for (const auto& [name, value] : record) {
        stream << name << ":" << padding(name, width) << kGap.substr(1) << text_of(value) << '\n';
    }
}

// "2026-01-31T16:32:17.238553Z"
bool is_time(std::string_view text) {
    constexpr std::string_view kForm = "0000-00-00T00:00:00.000000Z";
    const auto fits = [](char c, char form) { return form == '0' ? base::is_digit(c) : c == form; };
    return std::ranges::equal(text, kForm, fits);
}

std::string to_the_second(std::string_view time) {
    return std::string(time.substr(0, time.find('.'))) + "Z";
}

// The text in at most this many characters. The last one marks that it was cut.
std::string cut(const std::string& text, std::size_t most) {
    if (count_code_points(text) <= most) return text;
    std::size_t end = 0;
    for (std::size_t characters = 0; characters < most; ++end) {
        const bool begins_character = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
        if (begins_character && ++characters == most) break;
    }
    return text.substr(0, end) + "\xE2\x80\xA6";
}

// A table as lines of texts, the first of which has the names of the columns.
class Grid {
  public:
    Grid(const Table& table, Format format) {
        for (std::size_t column = 0; column < table.columns.size(); ++column) {
            const bool is_left_out =
                format != Format::kWide && std::ranges::count(table.wide_only, table.columns[column]) != 0;
            if (!is_left_out) add_column(table, column, format);
        }
    }

    // Cuts the longest texts until every line fits, or until none is longer than kLeastWidth. Times and what
    // is as short as an id stay whole.
    void fit(std::size_t width) {
        std::size_t most = 0;
        for (const Column& column : columns_) most = std::max(most, column.width);
        while (most > kLeastWidth && width_if_cut(most) > width) --most;
        for (Column& column : columns_) {
            if (!column.may_be_cut) continue;
            for (std::string& cell : column.cells) cell = cut(cell, most);
            column.width = std::min(column.width, most);
        }
    }

    void write(std::ostream& stream) const {
        if (columns_.empty()) return;
        for (std::size_t line = 0; line < columns_.front().cells.size(); ++line) {
            for (std::size_t n = 0; n < columns_.size(); ++n) {
                const std::string& cell = columns_[n].cells[line];
                stream << cell;
                if (n + 1 != columns_.size()) stream << padding(cell, columns_[n].width) << kGap;
            }
            stream << '\n';
        }
    }

  private:
    static constexpr std::size_t kIdWidth = 11;
    static constexpr std::size_t kLeastWidth = 8;

    struct Column {
        std::vector<std::string> cells;
        std::size_t width = 0;
        bool may_be_cut = false;
    };

    void add_column(const Table& table, std::size_t which, Format format) {
        Column column{.cells = {table.columns[which]}, .width = count_code_points(table.columns[which])};
        column.cells.reserve(table.rows.size() + 1);
        for (const auto& row : table.rows) {
            std::string text = text_of(row[which]);
            if (is_time(text)) {
                if (format != Format::kWide) text = to_the_second(text);
            } else if (count_code_points(text) > kIdWidth) {
                column.may_be_cut = true;
            }
            column.width = std::max(column.width, count_code_points(text));
            column.cells.push_back(std::move(text));
        }
        columns_.push_back(std::move(column));
    }

    [[nodiscard]] std::size_t width_if_cut(std::size_t most) const {
        std::size_t width = (columns_.size() - 1) * kGap.size();
        for (const Column& column : columns_) {
            width += column.may_be_cut ? std::min(column.width, most) : column.width;
        }
        return width;
    }

    std::vector<Column> columns_;
};

void write_people(std::ostream& stream, const Table& table, Format format) {
    Grid grid(table, format);
    if (format == Format::kPeople) grid.fit(kLineWidth);
    grid.write(stream);
}

using base::JsonWriter;

void write_json(JsonWriter& writer, const std::string& text) {
    base::write(writer, text);
}

void write_json(JsonWriter& writer, const std::vector<std::string>& list) {
    writer.StartArray();
    for (const std::string& item : list) write_json(writer, item);
    writer.EndArray();
}

void write_json(JsonWriter& writer, std::nullptr_t) {
    writer.Null();
}

void write_json(JsonWriter& writer, bool flag) {
    writer.Bool(flag);
}

void write_json(JsonWriter& writer, std::int64_t number) {
    writer.Int64(number);
}

void write_json(JsonWriter& writer, const Json& json) {
    base::write_json(writer, json.text);
}

void write_json(JsonWriter& writer, const Value& value) {
    std::visit([&writer](const auto& one) { write_json(writer, one); }, value);
}

void write_json(JsonWriter& writer, const Record& record) {
    writer.StartObject();
    for (const auto& [name, value] : record) {
        write_json(writer, name);
        write_json(writer, value);
    }
    writer.EndObject();
}

void write_json(JsonWriter& writer, const Table& table) {
    writer.StartArray();
    for (const auto& row : table.rows) {
        Record record;
        for (std::size_t column = 0; column < row.size(); ++column) {
            record.emplace_back(table.columns[column], row[column]);
        }
        write_json(writer, record);
    }
    writer.EndArray();
}

}  // namespace

std::string printable(std::string_view bytes) {
    return escaped(bytes, Backslash::kDoubled);
}

void write(std::ostream& stream, const Report& report, Format format) {
    if (format == Format::kJson) {
        stream << base::json_text([&report](JsonWriter& writer) {
            std::visit([&writer](const auto& content) { write_json(writer, content); }, report.content);
        }) << '\n';
    } else {
        std::visit([&](const auto& content) { write_people(stream, content, format); }, report.content);
        if (!report.note.empty()) stream << '\n' << report.note << '\n';
    }
    if (!stream.flush()) throw std::runtime_error("the output could not be written");
}

}  // namespace admin
