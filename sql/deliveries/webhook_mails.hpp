// The mails about failing webhooks (the table webhook_mails): who gets one, and what it has to say.
//
// The rows are written with the failures that warn and disable (webhook_health.hpp). Several daemons may claim
// mails at once; each mail goes to one of them. A mail that is claimed counts as sent, so at worst it is lost.
#pragma once

#include <optional>
#include <string>

#include "common/model/records.hpp"
#include "sql/connection/connection.hpp"

namespace db {

enum class MailKind {
    kFailing,   // the webhook fails, and will be disabled
    kDisabled,  // it was disabled, because it failed for long or because its receiver answered 410
};

struct WebhookMail {
    MailKind kind = MailKind::kFailing;
    model::Id webhook_id = 0;
    std::string name;
    std::string url;
    std::string disabled_reason;               // empty if the webhook is enabled
    std::optional<model::Time> failing_since;  // always there if it is enabled
    model::Person creator;
};

// Claims the mail that has waited for longest. Returns nullopt if none waits that another daemon is not about
// to claim. Mails that have waited for more than a day are left to retention. Those that are not true any more
// are claimed and passed over: a warning about a webhook that has recovered, or anything about one that is
// deleted. Throws Error.
[[nodiscard]] std::optional<WebhookMail> claim_mail(Connection& connection);

}  // namespace db
