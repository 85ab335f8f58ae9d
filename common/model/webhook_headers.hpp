// The header fields that a webhook's owner adds to its requests. Like secrets, they are sealed in the database and appear
// in no list and no log, because they often hold the receiver's credentials.
//
//   headers = a JSON object with at most 20 members, each a name and its text
//   name    = 1*64 tchar                   ; RFC 9110, 5.6.2; unique without regard to case
//   text    = *1024 ( SP / VCHAR )         ; without white space at the ends
//
// Names that belong to the connection, to the body or to us are refused: those of RFC 9110, 7.6.1, "host",
// "user-agent", "content-...", "proxy-..." and "webhook-...".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.hpp"

namespace model {

struct WebhookHeader {
    std::string name;
    std::string text;

    bool operator==(const WebhookHeader&) const = default;
};

// In the order in which they are sent.
using WebhookHeaders = std::vector<WebhookHeader>;

inline constexpr std::size_t kMostWebhookHeaders = 20;
inline constexpr std::size_t kMaxHeaderNameBytes = 64;
inline constexpr std::size_t kMaxHeaderTextBytes = 1024;

// The messages about headers that break a rule. A message names the header, and never holds its text.
[[nodiscard]] std::vector<std::string> errors_of(const WebhookHeaders& headers);

// Reads and checks them. Of members with the same name the last one counts; texts are trimmed. REQUIRES: valid UTF-8.
[[nodiscard]] base::Result<WebhookHeaders, std::vector<std::string>> read_webhook_headers(
    std::string_view json);

[[nodiscard]] std::string webhook_headers_json(const WebhookHeaders& headers);

}  // namespace model
