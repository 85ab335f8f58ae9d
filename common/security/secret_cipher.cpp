#include "common/security/secret_cipher.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

#include "common/base/ascii.hpp"
#include "common/base/sha256.hpp"

namespace security {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kOverhead = 1 + kNonceBytes + kTagBytes;
constexpr std::string_view kConfigKey = "secret_key";
constexpr std::string_view kConfigFileKey = "secret_key_file";

void require(int result, const char* what) {
    if (result != 1) throw std::runtime_error(std::string("OpenSSL failed: ") + what);
}

unsigned char* bytes_of(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    require(RAND_priv_bytes(bytes_of(bytes), static_cast<int>(count)), "random bytes");
    return bytes;
}

std::string_view name_of(Purpose purpose) {
    return purpose == Purpose::kHeaders ? "headers" : "secret";
}

// The associated data. Of secrets it is the id alone.
std::string bound_to(model::Id webhook, Purpose purpose) {
    std::string text = model::to_base58(webhook);
    if (purpose != Purpose::kSecret) text.append(" ").append(name_of(purpose));
    return text;
}

// One encryption or decryption. The constructor sets cipher, key, nonce and associated data.
class Cipher {
  public:
    Cipher(const SecretCipher::Key& key, std::string_view nonce, const std::string& bound_to, bool seals)
        : context_(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free) {
        require(
            EVP_CipherInit_ex(get(), EVP_aes_256_gcm(), nullptr, key.data(), bytes_of(nonce), seals ? 1 : 0),
            "initialise the cipher");
        int length = 0;
        require(EVP_CipherUpdate(get(), nullptr, &length, bytes_of(std::string_view(bound_to)),
                                 static_cast<int>(bound_to.size())),
                "authenticate what it is bound to");
    }

    [[nodiscard]] std::string apply(std::string_view text) {
        std::string result(text.size(), '\0');
        int length = 0;
        require(
            EVP_CipherUpdate(get(), bytes_of(result), &length, bytes_of(text), static_cast<int>(text.size())),
            "apply the cipher");
        return result;
    }

    // Returns false if the tag doesn't match the decrypted text.
    [[nodiscard]] bool finish() {
        unsigned char none = 0;
        int length = 0;
        return EVP_CipherFinal_ex(get(), &none, &length) == 1;
    }

    [[nodiscard]] EVP_CIPHER_CTX* get() { return context_.get(); }

  private:
    std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context_;
};

}  // namespace

SecretCipher SecretCipher::from(base::Config& config) {
    const std::string digits = config.secret(kConfigKey);
    Key key{};
    bool valid = digits.size() == 2 * key.size();
    for (std::size_t i = 0; valid && i < key.size(); ++i) {
        const auto byte = base::parse_hexadecimal_byte(std::string_view(digits).substr(2 * i));
        valid = byte.has_value();
        key[i] = byte.value_or(0);
    }
    if (!valid) {
        const bool from_file = !config.text(kConfigFileKey, "").empty();
        throw config.error(from_file ? kConfigFileKey : kConfigKey,
                           "must be 64 hexadecimal digits, the key that encrypts the webhooks' secrets; "
                           "\"openssl rand -hex 32\" makes one");
    }
    return SecretCipher(key);
}

std::string SecretCipher::seal(model::Id webhook, std::string_view secret, Purpose purpose) const {
    const std::string nonce = random_bytes(kNonceBytes);
    Cipher cipher(key_, nonce, bound_to(webhook, purpose), true);
    std::string sealed = kVersion + nonce + cipher.apply(secret);
    std::string tag(kTagBytes, '\0');
    require(cipher.finish() ? 1 : 0, "finish the cipher");
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, static_cast<int>(kTagBytes), tag.data()),
            "get the tag");
    return sealed += tag;
}

std::string SecretCipher::open(model::Id webhook, std::string_view sealed, Purpose purpose) const {
    if (sealed.size() < kOverhead || sealed.front() != kVersion) {
        throw SealBroken("the " + std::string(name_of(purpose)) +
                         " of a webhook can't be decrypted: unknown format");
    }
    Cipher cipher(key_, sealed.substr(1, kNonceBytes), bound_to(webhook, purpose), false);
    std::string secret = cipher.apply(sealed.substr(1 + kNonceBytes, sealed.size() - kOverhead));
    std::string tag(sealed.substr(sealed.size() - kTagBytes));
    require(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, static_cast<int>(kTagBytes), tag.data()),
            "set the tag");
    if (!cipher.finish()) {
        throw SealBroken("the " + std::string(name_of(purpose)) + " of webhook " + model::to_base58(webhook) +
                         " can't be decrypted: stored with another secret_key, or changed");
    }
    return secret;
}

std::string SecretCipher::key_check() const {
    constexpr std::string_view kText = "targethooks: which secret_key is this?";
    return std::string(base::as_text(base::hmac_sha256(base::as_text(key_), kText)));
}

std::string generate_secret() {
    return random_bytes(kSecretBytes);
}

std::string format_secret(std::string_view secret) {
    return "whsec_" + base::to_base64(secret);
}

}  // namespace security
