#include "fcgi/http/router.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/ascii.hpp"
#include "fcgi/http/problem.hpp"

namespace http {

namespace {

// REQUIRES: path begins with "/". One slash at the end adds no segment.
std::vector<std::string_view> split_path(std::string_view path) {
    std::vector<std::string_view> segments;
    if (path.ends_with('/')) path.remove_suffix(1);
    while (!path.empty()) {
        path.remove_prefix(1);
        segments.push_back(path.substr(0, path.find('/')));
        path.remove_prefix(segments.back().size());
    }
    return segments;
}

// A "%" that does not start an escape is a literal "%".
std::string percent_decode(std::string_view segment) {
    std::string text;
    text.reserve(segment.size());
    for (std::size_t i = 0; i < segment.size(); ++i) {
        const auto byte =
            segment[i] == '%' ? base::parse_hexadecimal_byte(segment.substr(i + 1)) : std::nullopt;
        if (byte) {
            text += static_cast<char>(*byte);
            i += 2;
        } else {
            text += segment[i];
        }
    }
    return text;
}

// The path of an origin-form or absolute-form request target (RFC 9112, section 3.2).
std::string_view path_of(std::string_view target) {
    target = target.substr(0, target.find('?'));
    const std::size_t scheme_end = target.find("://");
    if (target.starts_with('/') || scheme_end == std::string_view::npos) return target;
    target.remove_prefix(scheme_end + 3);
    target.remove_prefix(std::min(target.find('/'), target.size()));
    return target;
}

std::optional<std::vector<std::string>> decode_path(std::string_view path) {
    if (!path.starts_with('/')) return std::nullopt;
    std::vector<std::string> segments;
    for (const std::string_view raw : split_path(path)) {
        std::string segment = percent_decode(raw);
        if (segment.empty() || segment == "." || segment == "..") return std::nullopt;
        segments.push_back(std::move(segment));
    }
    return segments;
}

bool is_parameter(std::string_view pattern_segment) {
    return pattern_segment.starts_with('{');
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
    return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                      [](std::string_view expected, const std::string& segment) {
                          return is_parameter(expected) || expected == segment;
                      });
}

std::string allow_of(const std::vector<std::string_view>& methods) {
    std::string allow;
    for (const std::string_view method : methods) {
        allow.append(method).append(method == "GET" ? ", HEAD, " : ", ");
    }
    return allow + "OPTIONS";
}

PathParameters parameters_of(const std::vector<std::string>& pattern, std::vector<std::string> path) {
    PathParameters parameters;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_parameter(pattern[i])) parameters.push_back(std::move(path[i]));
    }
    return parameters;
}

}  // namespace

Router::Router(std::vector<Route> routes) {
    for (Route& route : routes) {
        const auto views = split_path(route.pattern);
        std::vector<std::string> segments(views.begin(), views.end());
        entries_.push_back({std::move(route), std::move(segments)});
    }
}

Response Router::dispatch(const Request& request) const {
    auto path = decode_path(path_of(request.uri));
    if (!path) return not_found();
    const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
    std::vector<std::string_view> methods;
    for (const Entry& entry : entries_) {
        if (!matches(entry.segments, *path)) continue;
        if (entry.route.method == method) {
            return entry.route.handler(request, parameters_of(entry.segments, *std::move(path)));
        }
        if (std::find(methods.begin(), methods.end(), entry.route.method) == methods.end()) {
            methods.push_back(entry.route.method);
        }
    }
    if (methods.empty()) return not_found();
    const std::string allow = allow_of(methods);
    return method == "OPTIONS" ? allowed_methods(allow) : method_not_allowed(request.method, allow);
}

}  // namespace http
