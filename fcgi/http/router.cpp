#include "fcgi/http/router.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "common/base/ascii.hpp"
#include "fcgi/http/problem.hpp"

namespace http {

namespace {

// One slash at the end adds no segment.
std::string_view without_last_slash(std::string_view path) {
    if (path.ends_with('/')) path.remove_suffix(1);
    return path;
}

// The first segment of the path, which is removed from it. REQUIRES: path begins with "/".
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    return segment;
}

// Appends the decoded segment. A "%" that does not start an escape is a literal "%".
void append_decoded(std::string& text, std::string_view segment) {
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

// The decoded segments of a path. Only segments with escapes are copied.
class Segments {
  public:
    // More than any route has.
    static constexpr std::size_t kMost = 8;

    // False if no route can have the path: dot segments, empty segments, too many segments.
    [[nodiscard]] bool split(std::string_view path) {
        if (!path.starts_with('/')) return false;
        path = without_last_slash(path);
        while (!path.empty()) {
            const std::string_view segment = decode(take_segment(path), path.size());
            if (segment.empty() || segment == "." || segment == ".." || count_ == kMost) return false;
            segments_.at(count_++) = segment;
        }
        return true;
    }

    [[nodiscard]] std::span<const std::string_view> all() const { return {segments_.data(), count_}; }

  private:
    std::string_view decode(std::string_view segment, std::size_t rest) {
        if (segment.find('%') == segment.npos) return segment;
        // The views into the text stay valid, because it has room for everything that may follow.
        if (decoded_.empty()) decoded_.reserve(segment.size() + rest);
        const std::size_t start = decoded_.size();
        append_decoded(decoded_, segment);
        return std::string_view(decoded_).substr(start);
    }

    std::array<std::string_view, kMost> segments_{};
    std::size_t count_ = 0;
    std::string decoded_{};
};

bool is_parameter(std::string_view pattern_segment) {
    return pattern_segment.starts_with('{');
}

bool matches(std::span<const std::string> pattern, std::span<const std::string_view> path) {
    return std::equal(pattern.begin(), pattern.end(), path.begin(), path.end(),
                      [](std::string_view expected, std::string_view segment) {
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

void call(const Route& route, std::span<const std::string> pattern, Reply reply,
          std::span<const std::string_view> path) {
    std::array<std::string_view, Segments::kMost> parameters;
    std::size_t count = 0;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_parameter(pattern[i])) parameters.at(count++) = path[i];
    }
    route.handler(std::move(reply), PathParameters(parameters.data(), count));
}

}  // namespace

Router::Router(std::vector<Route> routes) {
    for (Route& route : routes) {
        std::vector<std::string> segments;
        const std::string pattern = route.pattern;
        for (std::string_view rest = without_last_slash(pattern); !rest.empty();) {
            segments.emplace_back(take_segment(rest));
        }
        entries_.push_back({std::move(route), std::move(segments)});
    }
}

void Router::dispatch(Reply reply) const {
    const Request& request = reply.request();
    Segments path;
    if (!path.split(path_of(request.uri))) return reply.answer(not_found());
    const std::string_view method = request.method == "HEAD" ? std::string_view("GET") : request.method;
    std::vector<std::string_view> methods;
    for (const Entry& entry : entries_) {
        if (!matches(entry.segments, path.all())) continue;
        if (entry.route.method == method) {
            return call(entry.route, entry.segments, std::move(reply), path.all());
        }
        if (std::find(methods.begin(), methods.end(), entry.route.method) == methods.end()) {
            methods.push_back(entry.route.method);
        }
    }
    if (methods.empty()) return reply.answer(not_found());
    const std::string allow = allow_of(methods);
    reply.answer(method == "OPTIONS" ? allowed_methods(allow) : method_not_allowed(request.method, allow));
}

}  // namespace http
