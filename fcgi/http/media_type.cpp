#include "fcgi/http/media_type.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "common/base/ascii.hpp"
#include "fcgi/http/header_syntax.hpp"

namespace http {

namespace {

struct ParameterValue {
    std::string text;
    std::size_t length;  // of the source, up to the next ";" or the end
};

// REQUIRES: quoted begins and ends with a quote that a backslash does not precede.
std::string unquote(std::string_view quoted) {
    std::string text;
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        if (quoted[i] == '\\') ++i;
        text += quoted[i];
    }
    return text;
}

// A value that starts with a quote must be exactly one quoted-string. Otherwise its text is empty, and every
// decoder refuses an empty charset or boundary.
ParameterValue read_value(std::string_view source) {
    const auto up_to_semicolon = [source](std::size_t from) {
        return std::min(source.find(';', from), source.size());
    };
    if (!source.starts_with('"')) {
        const std::size_t length = up_to_semicolon(0);
        return {std::string(source.substr(0, length)), length};
    }
    const std::size_t quoted = quoted_string_length(source);
    const std::size_t length = up_to_semicolon(quoted);
    const bool clean =
        quoted > 0 && trim_optional_white_space(source.substr(quoted, length - quoted)).empty();
    return {clean ? unquote(source.substr(0, quoted)) : std::string(), length};
}

bool is_utf8(std::string_view charset) {
    return base::equals_ignoring_case(charset, "utf-8") || base::equals_ignoring_case(charset, "utf8") ||
           base::equals_ignoring_case(charset, "us-ascii");
}

// The name, a hyphen and one of the numbers.
bool is_numbered(std::string_view charset, std::string_view name, int least, int most) {
    for (int number = least; number <= most; ++number) {
        if (base::equals_ignoring_case(charset, std::string(name) + '-' + std::to_string(number)))
            return true;
    }
    return false;
}

// Charsets of one byte a character whose first half is ASCII.
bool extends_ascii(std::string_view charset) {
    return base::equals_ignoring_case(charset, "latin1") || is_numbered(charset, "iso-8859", 1, 16) ||
           is_numbered(charset, "windows", 1250, 1258);
}

}  // namespace

MediaType parse_media_type(std::string_view header) {
    MediaType type;
    std::size_t end = std::min(header.find(';'), header.size());
    type.essence = trim_optional_white_space(header.substr(0, end));
    std::string_view rest = header.substr(end);
    while (!rest.empty()) {  // rest begins with ";"
        rest = skip_optional_white_space(rest.substr(1));
        const std::string_view name = rest.substr(0, token_length(rest));
        rest.remove_prefix(name.size());
        if (!name.empty() && rest.starts_with('=')) {
            rest.remove_prefix(1);
            ParameterValue value = read_value(rest);
            if (base::equals_ignoring_case(name, "charset")) {
                const bool quoted = rest.starts_with('"');
                type.charsets.emplace_back(quoted ? value.text : trim_optional_white_space(value.text));
            } else if (base::equals_ignoring_case(name, "boundary")) {
                type.boundaries.push_back(std::move(value.text));
            }
            rest.remove_prefix(value.length);
        }
        rest.remove_prefix(std::min(rest.find(';'), rest.size()));
    }
    return type;
}

bool is_read_as_utf8(const std::vector<std::string>& charsets, bool is_ascii) {
    return std::ranges::all_of(charsets, [is_ascii](std::string_view charset) {
        return is_utf8(charset) || (is_ascii && extends_ascii(charset));
    });
}

}  // namespace http
