#include "delivery/mailer.hpp"

#include <exception>
#include <optional>
#include <string_view>

#include "common/model/id.hpp"
#include "delivery/mail/mail_message.hpp"

namespace delivery {
namespace {

using Level = base::Log::Level;

std::string_view name_of(db::MailKind kind) {
    return kind == db::MailKind::kFailing ? "failing" : "disabled";
}

}  // namespace

Mailer::Mailer(const MailerSettings& settings, const base::Log& log)
    : settings_(settings), log_(log), thread_([this] { run(); }) {}

Mailer::~Mailer() {
    stop_.raise();
    thread_.join();
}

void Mailer::run() {
    while (!stop_.wait(settings_.interval)) {
        try {
            send_mails();
        } catch (const db::Error& error) {
            // Logged once, however long it lasts. The dispatcher logs when the database is back.
            if (!database_is_away_) log_.write(Level::kWarning, "mails_failed", {{"detail", error.what()}});
            database_is_away_ = true;
        }
    }
}

// Runs until the thread must end.
void Mailer::send_mails() {
    db::Connection connection(settings_.database);
    do {
        for (int sent = 0; sent < kMostInPass && !stop_.wait(std::chrono::milliseconds{0}); ++sent) {
            const auto mail = db::claim_mail(connection);
            database_is_away_ = false;
            if (!mail) break;
            send(*mail);
        }
    } while (!stop_.wait(settings_.interval));
}

void Mailer::send(const db::WebhookMail& mail) const {
    std::string reason;
    try {
        const auto message = mail_message(
            mail, {.from = settings_.from,
                   .unique_id = model::to_base58(model::generate_id()) + model::to_base58(mail.webhook_id),
                   .date = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())});
        reason = message ? run_command(settings_.command, *message, settings_.limits, stop_)
                         : "the address of its creator can't be written into a mail";
    } catch (const std::exception& error) {
        reason = error.what();
    }
    const std::string webhook = model::to_base58(mail.webhook_id);
    if (reason.empty()) {
        log_.write(Level::kInfo, "mail_sent", {{"webhook", webhook}, {"kind", name_of(mail.kind)}});
    } else {
        log_.write(Level::kWarning, "mail_failed",
                   {{"webhook", webhook}, {"kind", name_of(mail.kind)}, {"detail", reason}});
    }
}

}  // namespace delivery
