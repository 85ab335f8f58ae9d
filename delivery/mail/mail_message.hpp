// Writes the mails about failing webhooks: plain text in UTF-8, with the headers of RFC 5322, in lines that end
// in LF, as sendmail programs read them.
//
// A webhook's URL may hold secrets in its user information, query and fragment, so these are left out.
//
// Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "sql/deliveries/webhook_mails.hpp"

namespace delivery {

struct MailStamp {
    std::string from;       // an address
    std::string unique_id;  // for the Message-ID: letters and digits
    std::chrono::sys_seconds date;
};

// Returns nullopt if the creator's address is not one that is_mail_address() allows.
[[nodiscard]] std::optional<std::string> mail_message(const db::WebhookMail& mail, const MailStamp& stamp);

// Scheme, host, port and path. REQUIRES: a URL of a webhook.
[[nodiscard]] std::string url_without_secrets(std::string_view url);

// "Sat, 28 Nov 2026 18:05:24 +0000"
[[nodiscard]] std::string mail_date(std::chrono::sys_seconds time);

}  // namespace delivery
