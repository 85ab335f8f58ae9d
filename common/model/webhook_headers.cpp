#include "common/model/webhook_headers.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "common/base/ascii.hpp"
#include "common/base/json.hpp"
#include "common/base/json_writer.hpp"
#include "common/base/utf8.hpp"

namespace model {
namespace {

using Messages = std::vector<std::string>;

constexpr std::array<std::string_view, 9> kReserved{"connection",        "host",    "http2-settings",
                                                    "keep-alive",        "te",      "trailer",
                                                    "transfer-encoding", "upgrade", "user-agent"};
constexpr std::array<std::string_view, 3> kReservedBeginnings{"content-", "proxy-", "webhook-"};

std::string about(std::string_view name, std::string_view message) {
    return '"' + std::string(name) + "\": " + std::string(message);
}

std::string too_long(std::size_t limit) {
    return "Ensure this field has no more than " + std::to_string(limit) + " characters.";
}

bool is_token(std::string_view name) {
    constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::ranges::all_of(name, [&](char c) {
        return base::is_alphanumeric(c) || kOthers.find(c) != kOthers.npos;
    });
}

bool is_reserved(std::string_view lower_name) {
    return std::ranges::find(kReserved, lower_name) != kReserved.end() ||
           std::ranges::any_of(kReservedBeginnings, [lower_name](std::string_view begin) {
               return lower_name.starts_with(begin);
           });
}

void check_name(std::string_view name, std::set<std::string>& seen, Messages& messages) {
    const std::string lower_name = base::to_lower(name);
    if (!is_token(name)) {
        messages.push_back(about(name, "Not a valid header name."));
    } else if (is_reserved(lower_name)) {
        messages.push_back(about(name, "This header may not be set."));
    } else if (!seen.insert(lower_name).second) {
        messages.push_back(about(name, "This header is repeated."));
    }
    if (base::count_code_points(name) > kMaxHeaderNameBytes) {
        messages.push_back(about(name, "Ensure this name has no more than 64 characters."));
    }
}

void check_text(const WebhookHeader& header, Messages& messages) {
    const auto is_printable = [](char c) { return c >= ' ' && c <= '~'; };
    if (base::count_code_points(header.text) > kMaxHeaderTextBytes) {
        messages.push_back(about(header.name, too_long(kMaxHeaderTextBytes)));
    }
    if (!std::ranges::all_of(header.text, is_printable)) {
        messages.push_back(about(header.name, "Only printable ASCII characters are allowed."));
    }
}

// Drops all but the last member of each name.
base::JsonObject last_of_each_name(base::JsonObject members) {
    std::set<std::string> seen;
    base::JsonObject kept;
    for (auto member = members.rbegin(); member != members.rend(); ++member) {
        if (seen.insert(member->name).second) kept.push_back(std::move(*member));
    }
    std::ranges::reverse(kept);
    return kept;
}

}  // namespace

std::vector<std::string> errors_of(const WebhookHeaders& headers) {
    if (headers.size() > kMostWebhookHeaders) {
        return {"Ensure this field has no more than " + std::to_string(kMostWebhookHeaders) + " headers."};
    }
    Messages messages;
    std::set<std::string> seen;
    for (const WebhookHeader& header : headers) {
        check_name(header.name, seen, messages);
        check_text(header, messages);
    }
    return messages;
}

base::Result<WebhookHeaders, std::vector<std::string>> read_webhook_headers(std::string_view json) {
    auto object = base::parse_object(json);
    if (!object) return Messages{std::move(object.error())};
    WebhookHeaders headers;
    Messages messages;
    for (base::JsonMember& member : last_of_each_name(std::move(object.value()))) {
        using Kind = base::JsonValue::Kind;
        const Kind kind = member.value.kind;
        if (kind == Kind::kNull) messages.push_back(about(member.name, "This field may not be null."));
        if (kind != Kind::kNull && kind != Kind::kString)
            messages.push_back(about(member.name, "Not a valid string."));
        const bool is_text = kind == Kind::kString;
        headers.push_back({std::move(member.name),
                           is_text ? std::string(base::trim_white_space(member.value.text)) : std::string()});
    }
    Messages others = errors_of(headers);
    if (headers.size() > kMostWebhookHeaders) return others;
    messages.insert(messages.end(), std::move_iterator(others.begin()), std::move_iterator(others.end()));
    if (!messages.empty()) return messages;
    return headers;
}

std::string webhook_headers_json(const WebhookHeaders& headers) {
    return base::json_object([&headers](base::JsonWriter& writer) {
        for (const WebhookHeader& header : headers) base::write_member(writer, header.name, header.text);
    });
}

}  // namespace model
