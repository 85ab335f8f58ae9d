#include "admin/validation.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <set>

#include "common/base/ascii.hpp"
#include "common/base/utf8.hpp"
#include "common/model/event_types.hpp"
#include "common/model/permissions.hpp"
#include "common/model/timestamp.hpp"
#include "common/security/webhook_url.hpp"
#include "sql/deliveries/delivery_list.hpp"

namespace admin {
namespace {

UsageError wrong(std::string_view option, std::string_view what) {
    return UsageError(std::string(option) + " " + std::string(what));
}

UsageError no_time(std::string_view option, std::string_view text) {
    return wrong(option, "must be a time, such as 2027-01-31T00:00:00Z, not \"" + std::string(text) + "\"");
}

// The parts between commas, without surrounding white space. Returns at least one part.
std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        more = comma != std::string_view::npos;
        parts.push_back(base::trim(text.substr(0, comma), base::kWhiteSpace));
        text = more ? text.substr(comma + 1) : "";
    }
    return parts;
}

bool is_url_character(char c) {
    return c > ' ' && c <= '~' && std::string_view("<>\"{}|^\\`").find(c) == std::string_view::npos;
}

}  // namespace

std::string valid_name(std::string_view option, std::string_view text) {
    if (base::find_invalid_utf8(text)) throw wrong(option, "is not valid UTF-8");
    const std::string_view name = base::trim_white_space(text);
    if (name.empty()) throw wrong(option, "must not be empty");
    if (base::has_control_character(name)) throw wrong(option, "must not have control characters in it");
    const std::size_t length = base::count_code_points(name);
    if (length > kNameCodePoints) {
        throw wrong(option, "must have at most " + std::to_string(kNameCodePoints) + " characters, not " +
                                std::to_string(length));
    }
    return std::string(name);
}

std::string valid_email(std::string_view option, std::string_view text) {
    std::string email = valid_name(option, text);
    if (email.size() > kEmailBytes) {
        throw wrong(option, "must have at most " + std::to_string(kEmailBytes) + " bytes");
    }
    const auto at = email.find('@');
    if (base::has_white_space(email) || at == std::string::npos || at == 0 || at + 1 == email.size() ||
        at != email.rfind('@')) {
        throw wrong(option, "must be an e-mail address, such as ana@example.com, not \"" + email + "\"");
    }
    return email;
}

std::string valid_target_url(std::string_view option, std::string_view text) {
    const std::string_view url = base::trim(text, base::kWhiteSpace);
    if (url.empty()) throw wrong(option, "must not be empty");
    if (url.size() > kUrlBytes) {
        throw wrong(option, "must have at most " + std::to_string(kUrlBytes) + " characters, not " +
                                std::to_string(url.size()));
    }
    if (!std::all_of(url.begin(), url.end(), is_url_character)) {
        throw wrong(option,
                    "must be in ASCII, with other characters percent-encoded (those of the host as xn--...)");
    }
    if (!security::is_web_url(url)) {
        throw wrong(option,
                    "must be an http or https URL with a host, such as https://shop.example.com, not \"" +
                        std::string(url) + "\"");
    }
    return std::string(url);
}

std::string valid_webhook_url(std::string_view option, std::string_view text,
                              const security::Destinations& destinations) {
    if (base::find_invalid_utf8(text)) throw wrong(option, "is not valid UTF-8");
    const std::string_view url = base::trim_white_space(text);
    if (url.size() > kUrlBytes) {
        throw wrong(option, "must have at most " + std::to_string(kUrlBytes) + " characters, not " +
                                std::to_string(url.size()));
    }
    const auto validity = security::validate_webhook_url(url, destinations);
    if (validity == security::UrlValidity::kInvalid) {
        throw wrong(option,
                    "must be an https URL in ASCII with a host, such as https://ci.example.com/hook, not \"" +
                        std::string(url) + "\"");
    }
    if (validity == security::UrlValidity::kForbiddenAddress) {
        throw wrong(option,
                    "leads to an address that deliveries may not go to: see destination_allow and"
                    " destination_ports");
    }
    return std::string(url);
}

std::string valid_webhook_name(std::string_view option, std::string_view text) {
    if (base::find_invalid_utf8(text)) throw wrong(option, "is not valid UTF-8");
    const std::string_view name = base::trim_white_space(text);
    const std::size_t length = base::count_code_points(name);
    if (length > kNameCodePoints) {
        throw wrong(option, "must have at most " + std::to_string(kNameCodePoints) + " characters, not " +
                                std::to_string(length));
    }
    return std::string(name);
}

bool valid_flag(std::string_view option, std::string_view text) {
    constexpr std::array<std::string_view, 2> kChoices{"yes", "no"};
    return valid_choice(option, text, kChoices) == kChoices[0];
}

model::EventTypeSet valid_event_types(std::string_view option, std::string_view text) {
    model::EventTypeSet types;
    if (text == "all") return types;
    for (const std::string_view part : parts_of(text)) {
        if (!types.add(part)) {
            throw wrong(option, "must be \"all\" or event types, separated by commas; \"" +
                                    std::string(part) + "\" is none");
        }
    }
    return types;
}

model::Id valid_id(std::string_view option, std::string_view text) {
    const auto id = model::parse_id(text);
    if (!id) {
        throw wrong(option, "must be an id of 11 letters and digits, as the lists show it, not \"" +
                                std::string(text) + "\"");
    }
    return *id;
}

std::vector<model::Id> valid_ids(std::string_view option, std::string_view text) {
    std::set<model::Id> ids;
    for (const std::string_view part : parts_of(text)) ids.insert(valid_id(option, part));
    return {ids.begin(), ids.end()};
}

std::uint64_t valid_number(std::string_view option, std::string_view text, std::uint64_t least,
                           std::uint64_t most) {
    const auto number = base::parse_number<std::uint64_t>(text);
    if (!number || *number < least || *number > most) {
        throw wrong(option, "must be a number from " + std::to_string(least) + " to " + std::to_string(most) +
                                ", not \"" + std::string(text) + "\"");
    }
    return *number;
}

std::string valid_choice(std::string_view option, std::string_view text,
                         std::span<const std::string_view> choices) {
    if (std::find(choices.begin(), choices.end(), text) != choices.end()) return std::string(text);
    std::string all;
    for (const std::string_view choice : choices) all.append(all.empty() ? "" : ", ").append(choice);
    throw wrong(option, "must be one of " + all + ", not \"" + std::string(text) + "\"");
}

std::string valid_event_type(std::string_view option, std::string_view text) {
    return valid_choice(option, text, model::kEventTypes);
}

std::string valid_published_type(std::string_view option, std::string_view text) {
    return valid_choice(option, text, model::kPublishedEventTypes);
}

std::string valid_content(std::string_view option, std::string_view text) {
    auto content = model::read_content(text);
    if (!content) {
        throw wrong(option, "must be a JSON object of at most " + std::to_string(model::kMaxContentBytes) +
                                " bytes: " + content.error());
    }
    return std::move(content.value().json);
}

model::DeliveryStatus valid_status(std::string_view option, std::string_view text) {
    const std::string name = valid_choice(option, text, model::kStatusNames);
    const auto* const found = std::find(model::kStatusNames.begin(), model::kStatusNames.end(), name);
    return static_cast<model::DeliveryStatus>(found - model::kStatusNames.begin());
}

std::vector<model::Right> valid_rights(std::string_view option, std::string_view text) {
    std::set<model::Right> rights;
    for (const std::string_view part : parts_of(text)) {
        const auto* const found =
            std::find_if(model::kAllRights.begin(), model::kAllRights.end(),
                         [part](model::Right right) { return model::name_of(right) == part; });
        if (found == model::kAllRights.end()) {
            throw wrong(option, "must be some of " + model::format_rights(model::kAllRights) +
                                    ", separated by commas, not \"" + std::string(text) + "\"");
        }
        rights.insert(*found);
    }
    return {rights.begin(), rights.end()};
}

model::Time valid_time(std::string_view option, std::string_view text) {
    const auto time = model::parse_time(text);
    if (!time) throw no_time(option, text);
    return *time;
}

model::Time valid_bound(std::string_view option, std::string_view text) {
    const auto time = model::parse_bound(text);
    if (!time) throw no_time(option, text);
    return *time;
}

model::Time valid_occurred_at(std::string_view option, std::string_view text) {
    model::Time time = valid_time(option, text);
    if (model::error_of_occurred_at(time)) throw wrong(option, "must be at most a day ahead");
    return time;
}

model::Time valid_days(std::string_view option, std::string_view text,
                       std::chrono::system_clock::time_point now) {
    const auto days = base::parse_number<unsigned>(text);
    if (!days || *days < 1 || *days > kMostDays) {
        throw wrong(option, "must be a number of days from 1 to " + std::to_string(kMostDays) + ", not \"" +
                                std::string(text) + "\"");
    }
    return base::format_utc(std::chrono::floor<std::chrono::microseconds>(now) + std::chrono::days(*days));
}

}  // namespace admin
