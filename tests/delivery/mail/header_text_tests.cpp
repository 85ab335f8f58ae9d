#define BOOST_TEST_MODULE header_text
#include "delivery/mail/header_text.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

using delivery::header_phrase;
using delivery::header_text;
using delivery::is_mail_address;

namespace {

std::string repeated(std::string_view text, std::size_t count) {
    std::string all;
    for (std::size_t i = 0; i < count; ++i) all += text;
    return all;
}

}  // namespace

BOOST_AUTO_TEST_CASE(plain_text_stays_as_it_is) {
    BOOST_TEST(header_text("").empty());
    BOOST_TEST(header_text("Webhook \"CI\" (1) <b>, done: 100%") == "Webhook \"CI\" (1) <b>, done: 100%");
    BOOST_TEST(header_text(std::string(60, 'a')) == std::string(60, 'a'));
    BOOST_TEST(header_phrase("Ana B-C_3") == "Ana B-C_3");
}

BOOST_AUTO_TEST_CASE(other_text_is_encoded) {
    BOOST_TEST(header_text("Übung") == "=?UTF-8?B?w5xidW5n?=");
    BOOST_TEST(header_text("=?UTF-8?B?w5xidW5n?=") == "=?UTF-8?B?PT9VVEYtOD9CP3c1eGlkVzVuPz0=?=");
    BOOST_TEST(header_phrase("Ana \"x\" <evil@example.com>, b") ==
               "=?UTF-8?B?QW5hICJ4IiA8ZXZpbEBleGFtcGxlLmNvbT4sIGI=?=");
    // Text that is too long for a line is folded.
    BOOST_TEST(header_text(std::string(61, 'a')) ==
               "=?UTF-8?B?" + repeated("YWFh", 13) + "?=\n =?UTF-8?B?" + repeated("YWFh", 7) + "YQ==?=");
}

BOOST_AUTO_TEST_CASE(no_character_is_divided) {
    // 39 bytes hold nine characters of four bytes.
    const std::string nine = "8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iA8J+YgPCfmIDwn5iA";
    BOOST_TEST(header_text(repeated("\U0001F600", 10)) == "=?UTF-8?B?" + nine + "?=\n =?UTF-8?B?8J+YgA==?=");
    for (std::size_t length = 30; length < 50; ++length) {
        const std::string folded = header_text(std::string(length, 'a') + repeated("é", 200));
        for (std::size_t begin = 0; begin < folded.size();) {
            const std::size_t end = std::min(folded.find('\n', begin), folded.size());
            BOOST_TEST(end - begin <= 75U);
            begin = end + 1;
        }
    }
}

BOOST_AUTO_TEST_CASE(control_characters_begin_no_header) {
    BOOST_TEST(header_text("a\r\nBcc: evil@example.com\tb\x7f") == "a  Bcc: evil@example.com b ");
    BOOST_TEST(header_phrase("a\nb") == "a b");
    BOOST_TEST(delivery::without_controls("a\xC2\x85"
                                          "b\xC2\xA0"
                                          "c") ==
               "a b\xC2\xA0"
               "c");
    BOOST_TEST(delivery::without_controls(std::string("\0\x1f~", 3)) == "  ~");
}

BOOST_AUTO_TEST_CASE(addresses) {
    for (const std::string& valid :
         std::vector<std::string>{"a@b", "ana.b+c@example.com", "a!#$%&'*+-/=?^_`{|}~b@x-1.example",
                                  std::string(64, 'a') + "@b", "a@" + std::string(63, 'b') + ".c"}) {
        BOOST_TEST_CONTEXT(valid) BOOST_TEST(is_mail_address(valid));
    }
    for (const std::string& invalid : std::vector<std::string>{"",
                                                               "a",
                                                               "@b",
                                                               "a@",
                                                               "a@b@c",
                                                               "a b@c",
                                                               "a@b c",
                                                               "a@b,c@d",
                                                               "a@b\nBcc: c@d",
                                                               ".a@b",
                                                               "a.@b",
                                                               "a..b@c",
                                                               "\"a\"@b",
                                                               "a@[127.0.0.1]",
                                                               "a@-b",
                                                               "a@b-",
                                                               "a@b..c",
                                                               "a@b.",
                                                               "<a@b>",
                                                               "a(b)@c",
                                                               "é@b",
                                                               "a@é",
                                                               std::string(65, 'a') + "@b",
                                                               "a@" + std::string(64, 'b'),
                                                               "a@" + repeated("b.", 126) + "b"}) {
        BOOST_TEST_CONTEXT(invalid) BOOST_TEST(!is_mail_address(invalid));
    }
}
