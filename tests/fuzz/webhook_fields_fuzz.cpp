// Fuzzes the field rules with the results of all decoders. The multipart boundary is "B".
#include "handlers/webhooks/webhook_fields.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "common/base/utf8.hpp"
#include "common/security/webhook_url.hpp"
#include "fcgi/http/json_body.hpp"
#include "fcgi/http/multipart_body.hpp"
#include "fcgi/http/urlencoded_body.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;
using handlers::kChangeFields;

namespace {

bool is_trimmed_text(const std::string& text, std::size_t limit) {
    return !base::find_invalid_utf8(text) && text.find('\0') == std::string::npos &&
           base::count_code_points(text) <= limit && base::trim_white_space(text).size() == text.size();
}

void check_webhook(const model::WebhookFields& webhook) {
    require(is_trimmed_text(webhook.url, handlers::kMaxUrlCharacters), "the URL keeps to the rules of texts");
    require(security::validate_webhook_url(webhook.url) == security::UrlValidity::kValid, "the URL is valid");
    require(is_trimmed_text(webhook.name, handlers::kMaxNameCharacters),
            "the name keeps to the rules of texts");
    require(webhook.api_version == "v1", "the version is one of the choices");

    // Accepted values must be accepted again and stay unchanged.
    http::Form form;
    form.add("url", {http::Value::Kind::kString, webhook.url});
    form.add("name", {http::Value::Kind::kFormText, webhook.name});
    form.add("check_cert", {http::Value::Kind::kFormText, webhook.check_cert ? "On" : "oFF"});
    for (const std::string_view type : webhook.event_types.names()) {
        form.add("event_types", {http::Value::Kind::kFormText, std::string(type)});
    }
    form.add("ordered", {http::Value::Kind::kBoolean, webhook.ordered ? "true" : "false"});
    const auto again = handlers::parse_new_webhook(form, {});
    require(again.ok() && again.value() == webhook, "a webhook survives a round trip");
    require(model::parse_event_types(model::format_event_types(webhook.event_types)) == webhook.event_types,
            "event types survive a round trip");
}

void check_errors(const http::FieldErrors& errors) {
    require(!errors.empty(), "a refusal has a reason");
    auto next = kChangeFields.begin();
    for (const auto& [field, messages] : errors) {
        next = std::find(next, kChangeFields.end(), field);
        require(next != kChangeFields.end(), "errors are in the order of the fields, each once");
        ++next;
        const std::size_t most = field == "event_types" ? handlers::kMostWrongItems : 3;
        require(!messages.empty() && messages.size() <= most, "a field in error has messages");
        for (const std::string& message : messages) {
            require(message.ends_with('.') && !base::find_invalid_utf8(message), "a message is a sentence");
        }
    }
}

void check(const base::Result<http::Form, std::string>& form) {
    if (!form) return;
    const auto webhook = handlers::parse_new_webhook(form.value(), {});
    if (webhook) {
        check_webhook(webhook.value());
    } else {
        check_errors(webhook.error());
    }
    const auto replacement = handlers::parse_webhook_replacement(form.value(), {});
    const auto change = handlers::parse_webhook_change(form.value(), {});
    if (!change) check_errors(change.error());
    require(!replacement || (change.ok() && webhook.ok()), "a replacement keeps all rules");
    require(!replacement || model::changed({}, replacement.value()) == webhook.value(),
            "a replacement has the fields of a new webhook");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fuzzing::as_text(data, size);
    check(http::decode_json(body));
    check(http::decode_urlencoded(body));
    check(http::decode_multipart(body, "B", kChangeFields));
    return 0;
}
