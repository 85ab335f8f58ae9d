// A media type as Content-Type carries it (RFC 9110, 8.3.1): type "/" subtype *( OWS ";" OWS parameter ).
// As lenient as the contract: unknown and malformed parameters are ignored.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct MediaType {
    std::string essence;  // "application/json", as sent, without parameters and surrounding white space

    // The values of all charset and boundary parameters, in order, unquoted. Names are compared without case.
    std::vector<std::string> charsets;
    std::vector<std::string> boundaries;
};

// Never fails: the body decoder evaluates the result.
[[nodiscard]] MediaType parse_media_type(std::string_view header);

// Whether text with these labels, in any case, can be read as UTF-8. The labels utf-8, utf8 and us-ascii
// always can. If every byte is ASCII, iso-8859-1 to -16, latin1 and windows-1250 to -1258 can, too, because
// clients label plain ASCII so by default.
[[nodiscard]] bool is_read_as_utf8(const std::vector<std::string>& charsets, bool is_ascii);

}  // namespace http
