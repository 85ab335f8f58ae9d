#include "delivery/mail/header_text.hpp"

#include <algorithm>
#include <cstddef>

#include "common/base/ascii.hpp"

namespace delivery {
namespace {

// Text of this length fits into a line together with the header's name.
constexpr std::size_t kMostPlain = 60;
// Becomes 52 characters of Base64, so a line is shorter than 76 characters (RFC 2047, 2).
constexpr std::size_t kMostInWord = 39;
// Characters of a dot-string beside letters and digits (RFC 5322, 3.2.3).
constexpr std::string_view kSpecial = "!#$%&'*+-/=?^_`{|}~.";

bool is_letter_or_digit(char c) {
    return base::is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80;
}

// The length of the longest beginning of the text that fits into an encoded word and doesn't divide a character.
std::size_t length_of_word(std::string_view text) {
    if (text.size() <= kMostInWord) return text.size();
    std::size_t length = kMostInWord;
    while (is_continuation(text[length])) --length;
    return length;
}

std::string encoded(std::string_view text) {
    std::string words;
    while (!text.empty()) {
        const std::size_t length = length_of_word(text);
        words.append(words.empty() ? "" : "\n ")
            .append("=?UTF-8?B?")
            .append(base::to_base64(text.substr(0, length)))
            .append("?=");
        text.remove_prefix(length);
    }
    return words;
}

bool is_dot_string(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == text.npos &&
           std::ranges::all_of(
               text, [](char c) { return is_letter_or_digit(c) || kSpecial.find(c) != kSpecial.npos; });
}

bool is_label(std::string_view text) {
    constexpr std::size_t kMostBytes = 63;
    return !text.empty() && text.size() <= kMostBytes && text.front() != '-' && text.back() != '-' &&
           std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_domain(std::string_view text) {
    for (;;) {
        const std::size_t end = text.find('.');
        if (!is_label(text.substr(0, end))) return false;
        if (end == text.npos) return true;
        text.remove_prefix(end + 1);
    }
}

}  // namespace

std::string without_controls(std::string_view text) {
    std::string clean;
    clean.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        // U+0080 to U+009F are C2 80 to C2 9F.
        const bool is_c1 =
            byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (is_c1) ++i;
        clean += byte < 0x20 || byte == 0x7F || is_c1 ? ' ' : text[i];
    }
    return clean;
}

std::string header_text(std::string_view text) {
    std::string clean = without_controls(text);
    const bool is_plain = clean.size() <= kMostPlain && clean.find("=?") == clean.npos &&
                          std::ranges::all_of(clean, [](char c) { return c >= ' ' && c <= '~'; });
    return is_plain ? clean : encoded(clean);
}

std::string header_phrase(std::string_view text) {
    std::string clean = without_controls(text);
    const bool is_plain = clean.size() <= kMostPlain && std::ranges::all_of(clean, [](char c) {
                              return is_letter_or_digit(c) || c == ' ' || c == '-' || c == '_';
                          });
    return is_plain ? clean : encoded(clean);
}

bool is_mail_address(std::string_view text) {
    constexpr std::size_t kMostBytes = 254;
    constexpr std::size_t kMostLocalBytes = 64;
    const std::size_t at = text.rfind('@');  // npos is too large as well
    return at <= kMostLocalBytes && text.size() <= kMostBytes && is_dot_string(text.substr(0, at)) &&
           is_domain(text.substr(at + 1));
}

}  // namespace delivery
