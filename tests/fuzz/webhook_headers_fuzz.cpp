// Fuzzes the rules of a webhook's headers.
#include "common/model/webhook_headers.hpp"

#include <algorithm>
#include <string>

#include "common/base/ascii.hpp"
#include "common/base/utf8.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;

namespace {

bool is_one_line_of_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void check_headers(const model::WebhookHeaders& headers) {
    require(headers.size() <= model::kMostWebhookHeaders, "there are not too many");
    for (const model::WebhookHeader& header : headers) {
        require(!header.name.empty() && header.name.size() <= model::kMaxHeaderNameBytes,
                "a name keeps to its limits");
        require(is_one_line_of_ascii(header.name) && header.name.find_first_of(" :") == std::string::npos,
                "a name ends at its colon");
        require(header.text.size() <= model::kMaxHeaderTextBytes && is_one_line_of_ascii(header.text),
                "a text is one line");
        require(base::trim_white_space(header.text).size() == header.text.size(), "a text is trimmed");
        const auto is_same = [&](const model::WebhookHeader& other) {
            return base::equals_ignoring_case(other.name, header.name);
        };
        require(std::ranges::count_if(headers, is_same) == 1, "a name occurs once");
    }
    const auto again = model::read_webhook_headers(model::webhook_headers_json(headers));
    require(again.ok() && again.value() == headers, "headers survive a round trip");
}

void check_errors(const std::vector<std::string>& messages) {
    require(!messages.empty() && messages.size() <= 5 * model::kMostWebhookHeaders,
            "a refusal has its reasons");
    for (const std::string& message : messages) {
        require(!base::find_invalid_utf8(message), "a message is text");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view json = fuzzing::as_text(data, size);
    const auto headers = model::read_webhook_headers(json);
    if (headers) {
        check_headers(headers.value());
    } else {
        check_errors(headers.error());
    }
    return 0;
}
