// The thread that mails the creators of webhooks that fail or were disabled (sql/deliveries/webhook_mails.hpp),
// with a database connection of its own. It looks for mails at every interval, and runs the mail command for one
// after the other, at most kMostInPass of them before it looks again. So a mail command that hangs or fails
// delays nothing but mails. A mail that can't be sent is logged and not tried again, because nobody knows whether
// it was sent. Several daemons may do it at once. While the database is away the thread tries again later.
#pragma once

#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "common/base/descriptors.hpp"
#include "common/base/log.hpp"
#include "delivery/mail/run_command.hpp"
#include "sql/connection/connection.hpp"
#include "sql/deliveries/webhook_mails.hpp"

namespace delivery {

struct MailerSettings {
    db::ConnectionSettings database;
    std::string from;                  // empty: no mails
    std::vector<std::string> command;  // a path and arguments
    std::chrono::milliseconds interval{10'000};
    CommandLimits limits{.time = std::chrono::seconds{30}};
};

class Mailer {
  public:
    static constexpr int kMostInPass = 20;

    Mailer(const MailerSettings& settings, const base::Log& log);
    ~Mailer();  // a mail that is being sent gets some more time
    Mailer(const Mailer&) = delete;
    Mailer& operator=(const Mailer&) = delete;

  private:
    void run();
    void send_mails();
    void send(const db::WebhookMail& mail) const;

    const MailerSettings settings_;
    const base::Log& log_;
    bool database_is_away_ = false;
    base::EventDescriptor stop_;
    std::thread thread_;
};

}  // namespace delivery
