#define BOOST_TEST_MODULE secret_cipher
#include "common/security/secret_cipher.hpp"

#include <array>
#include <boost/test/unit_test.hpp>
#include <fstream>
#include <string>

namespace {

constexpr model::Id kWebhook = 4711;

security::SecretCipher cipher(std::uint8_t first = 1) {
    return security::SecretCipher({first, 2, 3});
}

security::SecretCipher box_from(const std::string& digits) {
    constexpr const char* kFile = "secret_cipher_tests.conf";
    std::ofstream(kFile) << "secret_key = " << digits << '\n';
    auto config = base::Config::load(kFile, true, nullptr);
    return security::SecretCipher::from(config);
}

BOOST_AUTO_TEST_CASE(sealed_secrets_can_be_opened) {
    for (const std::string& secret :
         {std::string(), std::string("a"), security::generate_secret(), std::string(200, 'x')}) {
        const std::string sealed = cipher().seal(kWebhook, secret);
        BOOST_TEST(sealed.size() == secret.size() + 29);
        BOOST_TEST(cipher().open(kWebhook, sealed) == secret);
    }
}

BOOST_AUTO_TEST_CASE(the_same_secret_is_never_sealed_alike) {
    BOOST_TEST(cipher().seal(kWebhook, "secret") != cipher().seal(kWebhook, "secret"));
    BOOST_TEST(security::generate_secret() != security::generate_secret());
    BOOST_TEST(security::generate_secret().size() == security::kSecretBytes);
}

BOOST_AUTO_TEST_CASE(nothing_opens_with_another_key_or_for_another_webhook) {
    const std::string sealed = cipher().seal(kWebhook, "secret");
    BOOST_CHECK_THROW(static_cast<void>(cipher(9).open(kWebhook, sealed)), security::SealBroken);
    BOOST_CHECK_THROW(static_cast<void>(cipher().open(kWebhook + 1, sealed)), security::SealBroken);
}

BOOST_AUTO_TEST_CASE(what_is_sealed_opens_only_for_its_purpose) {
    using security::Purpose;
    const std::string secret = cipher().seal(kWebhook, "secret", Purpose::kSecret);
    const std::string headers = cipher().seal(kWebhook, "{}", Purpose::kHeaders);
    BOOST_TEST(cipher().open(kWebhook, headers, Purpose::kHeaders) == "{}");
    BOOST_CHECK_THROW(static_cast<void>(cipher().open(kWebhook, secret, Purpose::kHeaders)),
                      security::SealBroken);
    BOOST_CHECK_THROW(static_cast<void>(cipher().open(kWebhook, headers, Purpose::kSecret)),
                      security::SealBroken);
    BOOST_CHECK_THROW(static_cast<void>(cipher().open(kWebhook + 1, headers, Purpose::kHeaders)),
                      security::SealBroken);
}

BOOST_AUTO_TEST_CASE(every_changed_bit_is_seen) {
    const std::string sealed = cipher().seal(kWebhook, "secret");
    for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
        std::string changed = sealed;
        changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
        BOOST_CHECK_THROW(static_cast<void>(cipher().open(kWebhook, changed)), security::SealBroken);
    }
    for (std::size_t length = 0; length < sealed.size(); ++length) {
        BOOST_CHECK_THROW(static_cast<void>(cipher().open(kWebhook, sealed.substr(0, length))),
                          security::SealBroken);
    }
}

BOOST_AUTO_TEST_CASE(the_key_is_64_hexadecimal_digits) {
    const std::string sealed = box_from(std::string(64, 'a')).seal(kWebhook, "secret");
    BOOST_TEST(box_from(std::string(64, 'A')).open(kWebhook, sealed) == "secret");
    for (const std::string& digits :
         {std::string(), std::string(63, 'a'), std::string(65, 'a'), std::string(63, 'a') + "g",
          "0x" + std::string(62, 'a'), std::string(62, 'a') + "-1", std::string(62, 'a') + "+1"}) {
        BOOST_CHECK_THROW(box_from(digits), base::ConfigError);
    }
}

// An example of Standard Webhooks.
BOOST_AUTO_TEST_CASE(a_secret_is_formatted_as_base64) {
    constexpr std::string_view kBytes = "\x31\xf2\x90\xab\xda\xfc\x18\xa6";
    BOOST_TEST(security::format_secret(kBytes) == "whsec_MfKQq9r8GKY=");
    BOOST_TEST(security::format_secret("") == "whsec_");
}

}  // namespace
