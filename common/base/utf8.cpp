#include "common/base/utf8.hpp"

#include <algorithm>

namespace base {

namespace {

constexpr unsigned char byte_of(char c) {
    return static_cast<unsigned char>(c);
}

constexpr bool is_continuation(char c) {
    return (byte_of(c) & 0xC0) == 0x80;
}

// The length of the sequence that begins with this byte; 0 if none does.
std::size_t length_by_lead(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return 2;
    if (lead >= 0xE0 && lead <= 0xEF) return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// The length of the valid sequence at the beginning of a non-empty text (RFC 3629, section 4); 0 if the text
// begins with none.
std::size_t sequence_length(std::string_view text) {
    const unsigned char lead = byte_of(text[0]);
    const std::size_t length = length_by_lead(lead);
    if (length <= 1) return length;
    if (text.size() < length) return 0;
    // The range of the second byte excludes overlong forms, surrogates and everything above U+10FFFF.
    const unsigned char lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned char highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    const unsigned char second = byte_of(text[1]);
    if (second < lowest || second > highest) return 0;
    return std::all_of(text.begin() + 2, text.begin() + static_cast<std::ptrdiff_t>(length), is_continuation)
               ? length
               : 0;
}

// The code point of a sequence. REQUIRES: sequence is one valid sequence.
char32_t decode(std::string_view sequence) {
    if (sequence.size() == 1) return byte_of(sequence[0]);
    char32_t code_point = byte_of(sequence[0]) & (0xFFU >> (sequence.size() + 1));
    for (const char c : sequence.substr(1)) code_point = (code_point << 6) | (byte_of(c) & 0x3FU);
    return code_point;
}

// The property White_Space, from PropList.txt of the Unicode character database.
bool is_white_space(char32_t c) {
    return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
           c == 0x3000;
}

bool is_control(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

// REQUIRES: text is valid UTF-8.
template <class Predicate>
bool has_any(std::string_view text, Predicate is_meant) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (is_meant(decode(text.substr(0, length)))) return true;
        text.remove_prefix(length);
    }
    return false;
}

std::size_t last_sequence_begin(std::string_view text) {
    std::size_t begin = text.size() - 1;
    while (begin > 0 && is_continuation(text[begin])) --begin;
    return begin;
}

}  // namespace

std::string replace_invalid_utf8(std::string_view bytes) {
    std::string text;
    text.reserve(bytes.size());
    while (!bytes.empty()) {
        const std::size_t length = sequence_length(bytes);
        text += length == 0 ? "\xEF\xBF\xBD" : bytes.substr(0, length);
        bytes.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return text;
}

std::string_view drop_cut_character(std::string_view bytes) {
    if (bytes.empty()) return bytes;
    const std::size_t begin = last_sequence_begin(bytes);
    const bool is_cut = length_by_lead(byte_of(bytes[begin])) > bytes.size() - begin;
    return is_cut ? bytes.substr(0, begin) : bytes;
}

std::optional<std::size_t> find_invalid_utf8(std::string_view text) {
    std::size_t offset = 0;
    while (offset < text.size()) {
        const std::size_t length = sequence_length(text.substr(offset));
        if (length == 0) return offset;
        offset += length;
    }
    return std::nullopt;
}

std::string_view trim_white_space(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = sequence_length(text);
        if (length == 0 || !is_white_space(decode(text.substr(0, length)))) break;
        text.remove_prefix(length);
    }
    while (!text.empty()) {
        const std::size_t begin = last_sequence_begin(text);
        if (!is_white_space(decode(text.substr(begin)))) break;
        text.remove_suffix(text.size() - begin);
    }
    return text;
}

std::size_t count_code_points(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

bool has_white_space(std::string_view text) {
    return has_any(text, is_white_space);
}

bool has_control_character(std::string_view text) {
    return has_any(text, is_control);
}

}  // namespace base
