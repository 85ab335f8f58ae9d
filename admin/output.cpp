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

void write_people(std::ostream& stream, const Record& record) {
    std::size_t width = 0;
    for (const auto& [name, value] : record) width = std::max(width, count_code_points(name));
    for (const auto& [name, value] : record) {
        stream << name << ":" << padding(name, width) << kGap.substr(1) << text_of(value) << '\n';
    }
}

void write_line(std::ostream& stream, const std::vector<std::string>& cells,
                const std::vector<std::size_t>& widths) {
    for (std::size_t column = 0; column < cells.size(); ++column) {
        const bool last = column + 1 == cells.size();
        stream << cells[column];
        if (!last) stream << padding(cells[column], widths[column]) << kGap;
    }
    stream << '\n';
}

void write_people(std::ostream& stream, const Table& table) {
    std::vector<std::vector<std::string>> lines{table.columns};
    for (const auto& row : table.rows) {
        lines.emplace_back();
        std::transform(row.begin(), row.end(), std::back_inserter(lines.back()), text_of);
    }
    std::vector<std::size_t> widths(table.columns.size());
    for (const auto& line : lines) {
        for (std::size_t column = 0; column < line.size(); ++column) {
            widths[column] = std::max(widths[column], count_code_points(line[column]));
        }
    }
    for (const auto& line : lines) write_line(stream, line, widths);
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
        std::visit([&stream](const auto& content) { write_people(stream, content); }, report.content);
        if (!report.note.empty()) stream << '\n' << report.note << '\n';
    }
    if (!stream.flush()) throw std::runtime_error("the output could not be written");
}

}  // namespace admin
