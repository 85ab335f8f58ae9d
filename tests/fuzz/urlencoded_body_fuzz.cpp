// Fuzzes the urlencoded decoder with any body, and with the decoded fields encoded again.
#include "fcgi/http/urlencoded_body.hpp"

#include "tests/fuzz/fuzzing.hpp"
#include "tests/support/forms.hpp"

using fuzzing::require;

namespace {

std::string encode(std::string_view text) {
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    std::string encoded;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        encoded += {'%', kDigits[byte >> 4], kDigits[byte & 0xF]};
    }
    return encoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fuzzing::as_text(data, size);
    const auto form = http::decode_urlencoded(body);
    require(test::is_well_formed(form), "fields hold UTF-8, a fault says something");
    require(test::format_out(form) == test::format_out(http::decode_urlencoded(body)),
            "decoding is deterministic");
    if (!form) return 0;
    require(form.value().fields().size() <= http::UrlencodedLimits().max_pairs, "the limit of pairs holds");
    std::string encoded;
    std::size_t text_size = 0;
    for (const auto& [name, value] : form.value().fields()) {
        require(value.kind == http::Value::Kind::kFormText, "every value is form text");
        text_size += name.size() + value.text.size();
        encoded += encode(name) + "=" + encode(value.text) + "&";
    }
    require(text_size <= body.size(), "decoding makes nothing longer");
    require(test::format_out(http::decode_urlencoded(encoded)) == test::format_out(form),
            "it survives a round trip");
    return 0;
}
