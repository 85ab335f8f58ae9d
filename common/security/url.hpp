// Parses URLs with libcurl, which also sends the deliveries. Guards are bypassed where two parsers disagree
// about a URL.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace security {

struct Url {
    std::string scheme;  // in lower case
    std::string host;  // as it is written, an IPv6 address in brackets and normalized; empty if there is none
    std::uint16_t port = 0;  // the scheme's default if the URL has none; 0 if there is no default either
};

// Returns nullopt if libcurl can't parse the text. Throws only std::bad_alloc.
[[nodiscard]] std::optional<Url> read_url(const std::string& text);

// The identity of a receiver: "ci.example.com:443", in lower case; "?" for a text that is not a URL with a
// host.
[[nodiscard]] std::string origin_of(const std::string& url);

}  // namespace security
