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

// A host of RFC 3986 (3.2.2) in its common forms: a name, an IPv4 address, an IPv6 address in brackets.
bool is_host(std::string_view host) {
    if (host.starts_with('[')) {
        const auto is_inside = [](char c) { return base::is_alphanumeric(c) || c == ':' || c == '.'; };
        return host.size() > 3 && host.ends_with(']') &&
               std::all_of(host.begin() + 1, host.end() - 1, is_inside);
    }
    return std::any_of(host.begin(), host.end(), base::is_alphanumeric) &&
           std::all_of(host.begin(), host.end(),
                       [](char c) { return base::is_alphanumeric(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_port(std::string_view port) {
    const auto number = base::parse_number<std::uint16_t>(port);
    return number && *number > 0;
}

// [user@]host[:port]
bool is_authority(std::string_view authority) {
    authority = authority.substr(authority.rfind('@') + 1);
    const auto bracket = authority.rfind(']');
    const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return is_host(authority);
    return is_host(authority.substr(0, colon)) && is_port(authority.substr(colon + 1));
}

bool is_url_character(char c) {
    return c > ' ' && c <= '~' && std::string_view("<>\"{}|^\\`").find(c) == std::string_view::npos;
}

std::string_view after_scheme(std::string_view url) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (base::equals_ignoring_case(url.substr(0, scheme.size()), scheme))
            return url.substr(scheme.size());
    }
    return {};
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
    const std::string_view rest = after_scheme(url);
    if (rest.empty() || !is_authority(rest.substr(0, rest.find_first_of("/?#")))) {
        throw wrong(option,
                    "must be an http or https URL with a host, such as https://shop.example.com, not \"" +
                        std::string(url) + "\"");
    }
    return std::string(url);
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
