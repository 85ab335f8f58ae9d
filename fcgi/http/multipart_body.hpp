// multipart/form-data (RFC 7578 on RFC 2046, 5.1) to a Form.
//
//   body      = [preamble CRLF] delimiter *( part CRLF delimiter ) close [CRLF epilogue]
//   delimiter = "--" boundary *( SP / HTAB ) CRLF       ; a whole line
//   close     = "--" boundary "--" *( SP / HTAB )       ; a whole line, ended by CRLF or the end of the body
//   part      = *( header CRLF ) CRLF octets
//
// Every body has one reading: an ambiguous body is refused with a message that says what is wrong and at
// which byte. Lines end in CRLF only; "--" boundary followed by other text belongs to the value. A part has
// one Content-Disposition: form-data with one name. The parameter filename or filename* makes it a file,
// whose octets are kept only if it is JSON and belongs to a known field. The boundary is 1 to 70 printable
// ASCII characters and does not end in a space. Decoding takes time linear in the body.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"

namespace http {

struct MultipartLimits {
    std::size_t max_parts = 1000;
    std::size_t max_part_header_bytes = 8 * 1024;  // a part's header lines, their line ends included
    std::size_t max_boundary_characters = 70;
};

// known_fields: see decode_body.
[[nodiscard]] base::Result<Form, std::string> decode_multipart(std::string_view body,
                                                               std::string_view boundary,
                                                               std::span<const std::string_view> known_fields,
                                                               const MultipartLimits& limits = {});

}  // namespace http
