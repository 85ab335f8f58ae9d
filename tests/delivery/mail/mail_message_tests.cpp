#define BOOST_TEST_MODULE mail_message
#include "delivery/mail/mail_message.hpp"

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <string>

#include "common/base/ascii.hpp"

using namespace std::chrono_literals;

namespace {

const delivery::MailStamp kStamp{
    .from = "hooks@targethooks.example",
    .unique_id = "2Nq8Zr4VxKe",
    .date = std::chrono::sys_days{std::chrono::year{2026} / 3 / 5} + 9h + 7min + 5s};

db::WebhookMail mail_of(db::MailKind kind) {
    return {.kind = kind,
            .webhook_id = 1,
            .name = "CI",
            .url = "https://user:password@ci.example.com:8443/hook?token=secret#there",
            .disabled_reason = kind == db::MailKind::kDisabled
                                   ? "All deliveries have failed since 2026-03-01T09:00:00.000000Z."
                                   : "",
            .failing_since = "2026-03-01T09:00:00.000000Z",
            .creator = {.id = 2, .email = "ana@example.com", .name = "Ana"}};
}

std::string message_of(const db::WebhookMail& mail) {
    return delivery::mail_message(mail, kStamp).value();
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_warning) {
    BOOST_TEST(message_of(mail_of(db::MailKind::kFailing)) ==
               "From: hooks@targethooks.example\n"
               "To: Ana\n"
               " <ana@example.com>\n"
               "Subject: Webhook \"CI\" fails and will be disabled\n"
               "Date: Thu, 05 Mar 2026 09:07:05 +0000\n"
               "Message-ID: <2Nq8Zr4VxKe@targethooks.example>\n"
               "Auto-Submitted: auto-generated\n"
               "MIME-Version: 1.0\n"
               "Content-Type: text/plain; charset=UTF-8\n"
               "Content-Transfer-Encoding: 7bit\n"
               "\n"
               "Hello Ana,\n"
               "\n"
               "All deliveries to a webhook that you have registered have failed since\n"
               "2026-03-01 09:00:00 UTC. If this goes on for another day, the webhook will be disabled.\n"
               "\n"
               "  Webhook: 11111111112\n"
               "  Name:    CI\n"
               "  URL:     https://ci.example.com:8443/hook\n"
               "\n"
               "The webhook's deliveries say why they failed. If it is no longer needed, delete it.\n");
}

BOOST_AUTO_TEST_CASE(a_webhook_that_was_disabled) {
    const std::string message = message_of(mail_of(db::MailKind::kDisabled));
    BOOST_TEST(contains(message, "Subject: Webhook \"CI\" was disabled\n"));
    BOOST_TEST(contains(message, "\n  All deliveries have failed since 2026-03-01T09:00:00.000000Z.\n"));
    BOOST_TEST(contains(message, "recover the deliveries"));
    BOOST_TEST(!contains(message, "secret"));
    BOOST_TEST(!contains(message, "password"));
}

BOOST_AUTO_TEST_CASE(a_webhook_without_a_name_is_named_by_its_id) {
    db::WebhookMail mail = mail_of(db::MailKind::kFailing);
    mail.name = "";
    BOOST_TEST(contains(message_of(mail), "Subject: Webhook 11111111112 fails and will be disabled\n"));
    BOOST_TEST(!contains(message_of(mail), "Name:"));
}

BOOST_AUTO_TEST_CASE(names_add_neither_headers_nor_lines) {
    db::WebhookMail mail = mail_of(db::MailKind::kDisabled);
    mail.name = "x\nBcc: evil@example.com\n\nbody\n.\n";
    mail.creator.name = "Ana\r\nBcc: evil@example.com";
    mail.disabled_reason = "a\n.\nb";
    const std::string message = message_of(mail);
    BOOST_TEST(!contains(message, "\nBcc"));
    BOOST_TEST(!contains(message, "\r"));
    BOOST_TEST(!contains(message, "\n.\n"));
    BOOST_TEST(contains(message, "  Name:    x Bcc: evil@example.com  body . \n"));
    BOOST_TEST(contains(message, "\n  a . b\n"));
}

BOOST_AUTO_TEST_CASE(text_beyond_ascii_is_encoded) {
    db::WebhookMail mail = mail_of(db::MailKind::kFailing);
    mail.name = "Übung";
    const std::string message = message_of(mail);
    BOOST_TEST(contains(message, "Content-Transfer-Encoding: base64\n\nSGVsbG8gQW5h"));
    BOOST_TEST(contains(message, "Subject: =?UTF-8?B?"));
    for (std::size_t begin = 0; begin < message.size();) {
        const std::size_t end = message.find('\n', begin);
        BOOST_REQUIRE(end != message.npos);
        BOOST_TEST(end - begin <= 76U);
        begin = end + 1;
    }
}

BOOST_AUTO_TEST_CASE(a_line_that_is_too_long_for_a_mail_is_encoded) {
    db::WebhookMail mail = mail_of(db::MailKind::kFailing);
    mail.url = "https://a/" + std::string(977, 'b');
    BOOST_TEST(contains(message_of(mail), "7bit"));  // with its indentation 998 characters
    mail.url += "b";
    BOOST_TEST(contains(message_of(mail), "base64"));
}

BOOST_AUTO_TEST_CASE(an_address_that_is_no_plain_one_gets_no_mail) {
    for (const char* address : {"", "a b@c", "a@b\nBcc: c@d", "a,b@c", "é@example.com"}) {
        db::WebhookMail mail = mail_of(db::MailKind::kFailing);
        mail.creator.email = address;
        BOOST_TEST_CONTEXT(address) BOOST_TEST(!delivery::mail_message(mail, kStamp));
    }
}

BOOST_AUTO_TEST_CASE(urls_are_shown_without_secrets) {
    for (const auto& [url, shown] : {
             std::pair{"https://a.example", "https://a.example"},
             std::pair{"HTTPS://A.example/", "HTTPS://A.example/"},
             std::pair{"https://u:p@a.example/b/c?d=e", "https://a.example/b/c"},
             std::pair{"https://u@a.example?x@y", "https://a.example"},
             std::pair{"https://a.example/b@c#d", "https://a.example/b@c"},
             std::pair{"https://[::1]:8443/x", "https://[::1]:8443/x"},
             std::pair{"https://a.example?x=https://b/c@d", "https://a.example"},
             std::pair{"", ""},
         }) {
        BOOST_TEST(delivery::url_without_secrets(url) == shown);
    }
}

BOOST_AUTO_TEST_CASE(dates) {
    BOOST_TEST(delivery::mail_date(std::chrono::sys_seconds{}) == "Thu, 01 Jan 1970 00:00:00 +0000");
    BOOST_TEST(delivery::mail_date(std::chrono::sys_seconds{1'709'251'199s}) ==
               "Thu, 29 Feb 2024 23:59:59 +0000");
}
