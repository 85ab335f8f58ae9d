// A media type as Content-Type carries it (RFC 9110, 8.3.1): type "/" subtype *( OWS ";" OWS parameter ).
// Lenient where the contract is: parameters we do not know are ignored, malformed ones too.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

struct MediaType {
    std::string essence;  // "application/json", as sent, without parameters and surrounding white space

    // The values of each charset and boundary parameter, in order, unquoted; names are compared without case.
    std::vector<std::string> charsets;
    std::vector<std::string> boundaries;
};

// Never fails: what is there is there. Judging it is the body decoder's task.
[[nodiscard]] MediaType parse_media_type(std::string_view header);

// utf-8, utf8 or us-ascii, in any case.
[[nodiscard]] bool is_utf8_charset(std::string_view charset);

}  // namespace http
