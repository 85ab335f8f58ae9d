// Text for the headers of mails (RFC 5322), whoever wrote it: non-ASCII text is encoded (RFC 2047), and control
// characters, which could begin another header, become spaces. Long text is folded by "\n ", because sendmail
// programs read lines that end in LF.
//
// Pure.
#pragma once

#include <string>
#include <string_view>

namespace delivery {

// REQUIRES (all): text is valid UTF-8.

// The text with a space in place of each control character.
[[nodiscard]] std::string without_controls(std::string_view text);

// For an unstructured header, such as Subject.
[[nodiscard]] std::string header_text(std::string_view text);
// For the name before an address: words of letters and digits, or encoded words.
[[nodiscard]] std::string header_phrase(std::string_view text);

// Whether this is an address of RFC 5321 (4.1.2) that is safe in a header as it is: ASCII, a dot-string and a
// domain name, without quoting, comments and address literals.
[[nodiscard]] bool is_mail_address(std::string_view text);

}  // namespace delivery
