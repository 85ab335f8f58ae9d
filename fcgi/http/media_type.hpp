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

// Whether text with these labels, in any case, can be read as UTF-8: it can as utf-8, utf8 and us-ascii, and
// where every byte of it is ASCII also as iso-8859-1 to -16, latin1 and windows-1250 to -1258, which clients
// put on plain ASCII by default.
[[nodiscard]] bool is_read_as_utf8(const std::vector<std::string>& charsets, bool is_ascii);

}  // namespace http
