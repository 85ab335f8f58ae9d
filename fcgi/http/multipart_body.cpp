#include "fcgi/http/multipart_body.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "common/base/ascii.hpp"
#include "common/base/utf8.hpp"
#include "fcgi/http/header_syntax.hpp"
#include "fcgi/http/media_type.hpp"

namespace http {

namespace {

constexpr std::string_view kLineEnd = "\r\n";

struct Fault {
    std::string what;
    std::size_t offset;
};

// A delimiter line, which may be the closing one.
struct Delimiter {
    std::size_t begin;  // of its line
    std::size_t end;    // after its line end
    bool closing;
};

// Finds delimiter lines. A boundary contains no line end, so candidates never overlap and the search takes
// linear time.
class DelimiterScanner {
  public:
    DelimiterScanner(std::string_view body, std::string_view boundary)
        : body_(body), mark_(std::string(kLineEnd) + "--" + std::string(boundary)) {}

    // The first delimiter line at line or after it. REQUIRES: a line begins at line.
    [[nodiscard]] base::Result<Delimiter, Fault> next(std::size_t line) const {
        if (!body_.substr(line).starts_with(dash_boundary())) line = next_candidate(line);
        for (; line != std::string_view::npos; line = next_candidate(line)) {
            const auto found = validate(line);
            if (!found) return found.error();
            if (found.value()) return *found.value();
        }
        return Fault{"The closing delimiter is missing.", body_.size()};
    }

  private:
    [[nodiscard]] std::string_view dash_boundary() const {
        return std::string_view(mark_).substr(kLineEnd.size());
    }

    [[nodiscard]] std::size_t next_candidate(std::size_t from) const {
        const std::size_t found = body_.find(mark_, from);
        return found == std::string_view::npos ? found : found + kLineEnd.size();
    }

    // A line that begins with "--" boundary is a delimiter, or text of the value around it.
    [[nodiscard]] base::Result<std::optional<Delimiter>, Fault> validate(std::size_t line) const {
        std::size_t end = line + dash_boundary().size();
        const bool closing = body_.substr(end).starts_with("--");
        if (closing) end += 2;
        end = std::min(body_.find_first_not_of(base::kOptionalWhiteSpace, end), body_.size());
        if (body_.substr(end).starts_with(kLineEnd)) {
            return std::optional(Delimiter{line, end + kLineEnd.size(), closing});
        }
        if (!closing) return std::optional<Delimiter>();
        if (end == body_.size()) return std::optional(Delimiter{line, end, closing});
        return Fault{"Text follows the closing delimiter on its line.", end};
    }

    std::string_view body_;
    std::string mark_;  // CRLF "--" boundary
};

struct Parameter {
    std::string_view name;
    std::string_view value;  // without the quotes, backslashes still in it
};

// Removes token "=" ( token / quoted-string ) and white space from the start of text. Returns nullopt if text
// starts otherwise, or if more text follows before the next ";". Only the parameter name needs a value.
std::optional<Parameter> take_parameter(std::string_view& text) {
    Parameter parameter{text.substr(0, token_length(text)), {}};
    text.remove_prefix(parameter.name.size());
    if (parameter.name.empty() || !text.starts_with('=')) return std::nullopt;
    text.remove_prefix(1);
    const std::size_t quoted = quoted_string_length(text);
    const std::size_t length = quoted > 0 ? quoted : token_length(text);
    parameter.value = quoted > 0 ? text.substr(1, quoted - 2) : text.substr(0, length);
    if (length == 0 && base::equals_ignoring_case(parameter.name, "name")) return std::nullopt;
    text = skip_optional_white_space(text.substr(length));
    if (!text.empty() && !text.starts_with(';')) return std::nullopt;
    return parameter;
}

struct Disposition {
    std::optional<std::string_view> name;
    bool is_file = false;
};

// "form-data" *( OWS ";" OWS [ parameter ] )
base::Result<Disposition, Fault> parse_disposition(std::string_view header, std::size_t offset) {
    const std::size_t type_length = std::min(header.find(';'), header.size());
    if (!base::equals_ignoring_case(trim_optional_white_space(header.substr(0, type_length)), "form-data")) {
        return Fault{"The Content-Disposition is not form-data.", offset};
    }
    Disposition disposition;
    for (std::string_view rest = header.substr(type_length); !rest.empty();) {  // rest begins with ";"
        rest = skip_optional_white_space(rest.substr(1));
        if (rest.empty() || rest.starts_with(';')) continue;
        const auto parameter = take_parameter(rest);
        if (!parameter) return Fault{"Malformed parameter of Content-Disposition.", offset};
        // RFC 2231 continues a value over name*0, name*1 ...; RFC 7578 wants none of it.
        const bool extended = parameter->name.find('*') != std::string_view::npos;
        const auto stem = parameter->name.substr(0, parameter->name.find('*'));
        if (base::equals_ignoring_case(stem, "filename")) disposition.is_file = true;
        if (!base::equals_ignoring_case(stem, "name")) continue;
        if (extended) return Fault{"An extended name (name*) in Content-Disposition.", offset};
        if (disposition.name) return Fault{"A repeated name in Content-Disposition.", offset};
        if (parameter->value.find('\\') != std::string_view::npos) {
            return Fault{"A backslash in the name of Content-Disposition.", offset};
        }
        disposition.name = parameter->value;
    }
    if (!disposition.name) return Fault{"The Content-Disposition has no name.", offset};
    return disposition;
}

// The headers of a part.
struct PartHeaders {
    std::optional<Disposition> disposition;
    MediaType type;  // the last one if it is repeated, with the charsets of all
    std::size_t type_offset = 0;
    std::size_t end = 0;  // after the empty line
};

class PartHeaderParser {
  public:
    PartHeaderParser(std::string_view body, const MultipartLimits& limits) : body_(body), limits_(limits) {}

    [[nodiscard]] base::Result<PartHeaders, Fault> parse(std::size_t begin) const {
        PartHeaders headers;
        for (std::size_t line = begin;;) {
            const std::size_t end = body_.find(kLineEnd, line);
            if (end == std::string_view::npos)
                return Fault{"The headers of a part do not end.", body_.size()};
            const std::size_t next = end + kLineEnd.size();
            if (end == line) {
                if (!headers.disposition) return Fault{"A part has no Content-Disposition.", begin};
                headers.end = next;
                return headers;
            }
            if (next - begin > limits_.max_part_header_bytes) {
                const std::string limit = std::to_string(limits_.max_part_header_bytes);
                return Fault{"A part has more than " + limit + " bytes of headers.", line};
            }
            if (auto fault = take_line(line, body_.substr(line, end - line), headers))
                return *std::move(fault);
            line = next;
        }
    }

  private:
    // header = token ":" OWS value OWS
    [[nodiscard]] std::optional<Fault> take_line(std::size_t offset, std::string_view line,
                                                 PartHeaders& headers) const {
        if (const auto invalid = base::find_invalid_utf8(line)) {
            return Fault{"Invalid UTF-8 in a header.", offset + *invalid};
        }
        if (line.starts_with(' ') || line.starts_with('\t')) return Fault{"A folded header.", offset};
        if (const auto control = line.find_first_of(std::string_view("\r\n\0", 3)); control < line.size()) {
            return Fault{"A bare CR, LF or NUL in a header.", offset + control};
        }
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) return Fault{"A header without a colon.", offset};
        const std::string_view name = line.substr(0, colon);
        if (name.empty() || token_length(name) < name.size()) return Fault{"Malformed header name.", offset};
        return take_header(offset, name, trim_optional_white_space(line.substr(colon + 1)), headers);
    }

    // Other headers are ignored.
    [[nodiscard]] static std::optional<Fault> take_header(std::size_t offset, std::string_view name,
                                                          std::string_view value, PartHeaders& headers) {
        if (base::equals_ignoring_case(name, "Content-Disposition")) {
            if (headers.disposition) return Fault{"A repeated Content-Disposition.", offset};
            auto disposition = parse_disposition(value, offset);
            if (!disposition) return std::move(disposition.error());
            headers.disposition = disposition.value();
        } else if (base::equals_ignoring_case(name, "Content-Transfer-Encoding")) {
            const auto is = [value](std::string_view encoding) {
                return base::equals_ignoring_case(value, encoding);
            };
            if (!is("7bit") && !is("8bit") && !is("binary")) {
                return Fault{"The Content-Transfer-Encoding is not 7bit, 8bit or binary.", offset};
            }
        } else if (base::equals_ignoring_case(name, "Content-Type")) {
            MediaType type = parse_media_type(value);
            std::ranges::move(headers.type.charsets, std::back_inserter(type.charsets));
            headers.type = std::move(type);
            headers.type_offset = offset;
        }
        return std::nullopt;
    }

    std::string_view body_;
    const MultipartLimits& limits_;
};

class MultipartParser {
  public:
    MultipartParser(std::string_view body, std::string_view boundary,
                    std::span<const std::string_view> known_fields, const MultipartLimits& limits)
        : body_(body),
          scanner_(body, boundary),
          header_parser_(body, limits),
          known_fields_(known_fields),
          limits_(limits) {}

    [[nodiscard]] base::Result<Form, Fault> parse() const {
        Form form;
        auto delimiter = scanner_.next(0);
        if (!delimiter) return delimiter.error();
        if (auto fault = check_utf8(0, delimiter.value().begin)) return *std::move(fault);
        while (!delimiter.value().closing) {
            if (form.fields().size() == limits_.max_parts) {
                return Fault{"More than " + std::to_string(limits_.max_parts) + " parts.",
                             delimiter.value().begin};
            }
            const auto headers = header_parser_.parse(delimiter.value().end);
            if (!headers) return headers.error();
            delimiter = scanner_.next(delimiter.value().end);
            if (!delimiter) return delimiter.error();
            if (delimiter.value().begin < headers.value().end) {
                return Fault{"A delimiter among the headers of a part.", delimiter.value().begin};
            }
            if (auto fault = take_part(headers.value(), delimiter.value().begin, form))
                return *std::move(fault);
        }
        if (auto fault = check_utf8(delimiter.value().end, body_.size())) return *std::move(fault);
        return form;
    }

  private:
    [[nodiscard]] std::optional<Fault> take_part(const PartHeaders& headers, std::size_t next_line,
                                                 Form& form) const {
        const Disposition& disposition = *headers.disposition;
        const bool known =
            std::find(known_fields_.begin(), known_fields_.end(), *disposition.name) != known_fields_.end();
        // The line end before a delimiter belongs to it. A part without content has only that of the empty
        // line.
        const std::size_t end = std::max(next_line - kLineEnd.size(), headers.end);
        const std::string_view content = body_.substr(headers.end, end - headers.end);
        if (known && !is_read_as_utf8(headers.type.charsets, base::is_ascii(content))) {
            return Fault{"Unsupported charset of a part; only UTF-8 is read.", headers.type_offset};
        }
        if (known || !disposition.is_file) {
            if (auto fault = check_utf8(headers.end, end)) return fault;
        }
        const Value::Kind kind = kind_of(disposition, headers.type, known);
        const bool has_text = kind != Value::Kind::kFile;
        form.add(std::string(*disposition.name),
                 {kind, std::string(has_text ? content : std::string_view())});
        return std::nullopt;
    }

    [[nodiscard]] static Value::Kind kind_of(const Disposition& disposition, const MediaType& type,
                                             bool known) {
        if (!disposition.is_file) return Value::Kind::kFormText;
        const bool json = known && base::equals_ignoring_case(type.essence, "application/json");
        return json ? Value::Kind::kJsonFile : Value::Kind::kFile;
    }

    [[nodiscard]] std::optional<Fault> check_utf8(std::size_t begin, std::size_t end) const {
        const auto invalid = base::find_invalid_utf8(body_.substr(begin, end - begin));
        if (!invalid) return std::nullopt;
        return Fault{"Invalid UTF-8.", begin + *invalid};
    }

    std::string_view body_;
    DelimiterScanner scanner_;
    PartHeaderParser header_parser_;
    std::span<const std::string_view> known_fields_;
    const MultipartLimits& limits_;
};

// Empty if the boundary is valid.
std::string_view error_of_boundary(std::string_view boundary, const MultipartLimits& limits) {
    if (boundary.empty()) return "The boundary is empty or malformed.";
    if (boundary.size() > limits.max_boundary_characters) return "The boundary is too long.";
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (!std::ranges::all_of(boundary, is_printable)) return "The boundary is not printable ASCII.";
    return boundary.ends_with(' ') ? "The boundary ends in a space." : "";
}

}  // namespace

base::Result<Form, std::string> decode_multipart(std::string_view body, std::string_view boundary,
                                                 std::span<const std::string_view> known_fields,
                                                 const MultipartLimits& limits) {
    const std::string prefix = "Multipart parse error - ";
    if (const auto fault = error_of_boundary(boundary, limits); !fault.empty()) {
        return prefix + std::string(fault) + " (in Content-Type)";
    }
    auto form = MultipartParser(body, boundary, known_fields, limits).parse();
    if (form) return std::move(form.value());
    return prefix + form.error().what + " (offset " + std::to_string(form.error().offset) + ")";
}

}  // namespace http
