#include "delivery/mail/mail_message.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/base/ascii.hpp"
#include "common/model/id.hpp"
#include "delivery/mail/header_text.hpp"

namespace delivery {
namespace {

// "2026-01-31 16:32:17 UTC"
std::string readable(const model::Time& time) {
    constexpr std::size_t kDay = 10;
    constexpr std::size_t kTime = 8;
    return time.substr(0, kDay) + " " + time.substr(kDay + 1, kTime) + " UTC";
}

std::string subject_of(const db::WebhookMail& mail) {
    const std::string name = mail.name.empty() ? model::to_base58(mail.webhook_id) : "\"" + mail.name + "\"";
    return "Webhook " + name +
           (mail.kind == db::MailKind::kFailing ? " fails and will be disabled" : " was disabled");
}

std::string news_of(const db::WebhookMail& mail) {
    if (mail.kind == db::MailKind::kFailing) {
        return "All deliveries to a webhook that you have registered have failed since\n" +
               readable(mail.failing_since.value_or("")) +
               ". If this goes on for another day, the webhook will be disabled.\n";
    }
    return "A webhook that you have registered was disabled. The reason:\n\n  " +
           without_controls(mail.disabled_reason) + "\n";
}

std::string advice_for(const db::WebhookMail& mail) {
    if (mail.kind == db::MailKind::kFailing) {
        return "The webhook's deliveries say why they failed. If it is no longer needed, delete it.\n";
    }
    return "Events are recorded meanwhile, but they are not sent to it. Once its receiver works again,\n"
           "enable the webhook, and recover the deliveries that have failed.\n";
}

std::string body_of(const db::WebhookMail& mail) {
    std::string body = "Hello " + without_controls(mail.creator.name) + ",\n\n" + news_of(mail) + "\n";
    body += "  Webhook: " + model::to_base58(mail.webhook_id) + "\n";
    if (!mail.name.empty()) body += "  Name:    " + without_controls(mail.name) + "\n";
    return body + "  URL:     " + url_without_secrets(mail.url) + "\n\n" + advice_for(mail);
}

// Whether the text may be sent as it is: ASCII, in lines that are not too long (RFC 5322, 2.1.1).
bool is_plain(std::string_view body) {
    constexpr std::ptrdiff_t kMostInLine = 998;
    if (std::ranges::any_of(body, [](char c) { return static_cast<unsigned char>(c) > 0x7F; })) return false;
    for (auto line = body.begin(); line != body.end();) {
        const auto end = std::find(line, body.end(), '\n');
        if (end - line > kMostInLine) return false;
        line = end == body.end() ? end : end + 1;
    }
    return true;
}

std::string base64_lines(std::string_view body) {
    constexpr std::size_t kBytesInLine = 57;  // 76 characters (RFC 2045, 6.8)
    std::string lines;
    for (; !body.empty(); body.remove_prefix(std::min(kBytesInLine, body.size()))) {
        lines += base::to_base64(body.substr(0, kBytesInLine)) + "\n";
    }
    return lines;
}

std::string two_digits(unsigned number) {
    return {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
}

}  // namespace

std::string url_without_secrets(std::string_view url) {
    const std::size_t scheme_end = url.find("://");
    if (scheme_end == url.npos) return "";
    const std::size_t begin = scheme_end + 3;
    const std::string_view rest =
        url.substr(begin, std::min(url.find_first_of("?#", begin), url.size()) - begin);
    const std::string_view authority = rest.substr(0, rest.find('/'));
    const std::size_t user_end = authority.rfind('@') + 1;  // npos + 1 is 0
    return std::string(url.substr(0, begin)).append(rest.substr(user_end));
}

std::string mail_date(std::chrono::sys_seconds time) {
    constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(time - day);
    const auto digits = [](auto part) { return two_digits(static_cast<unsigned>(part.count())); };
    return std::string(kDays.at(std::chrono::weekday(day).c_encoding())) + ", " +
           two_digits(static_cast<unsigned>(date.day())) + " " +
           kMonths.at(static_cast<unsigned>(date.month()) - 1) + " " +
           std::to_string(static_cast<int>(date.year())) + " " + digits(clock.hours()) + ":" +
           digits(clock.minutes()) + ":" + digits(clock.seconds()) + " +0000";
}

std::optional<std::string> mail_message(const db::WebhookMail& mail, const MailStamp& stamp) {
    if (!is_mail_address(mail.creator.email)) return std::nullopt;
    const std::string body = body_of(mail);
    const bool plain = is_plain(body);
    const std::string name = header_phrase(mail.creator.name);
    std::string message = "From: " + stamp.from + "\n";
    message += "To: " + (name.empty() ? "" : name + "\n ") + "<" + mail.creator.email + ">\n";
    message += "Subject: " + header_text(subject_of(mail)) + "\n";
    message += "Date: " + mail_date(stamp.date) + "\n";
    message += "Message-ID: <" + stamp.unique_id + stamp.from.substr(stamp.from.rfind('@')) + ">\n";
    message += "Auto-Submitted: auto-generated\n";
    message += "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n";
    message += std::string("Content-Transfer-Encoding: ") + (plain ? "7bit" : "base64") + "\n\n";
    return message + (plain ? body : base64_lines(body));
}

}  // namespace delivery
