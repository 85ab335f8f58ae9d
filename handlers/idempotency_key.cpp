#include "handlers/idempotency_key.hpp"

#include "fcgi/http/text.hpp"

namespace handlers {
namespace {

constexpr std::string_view kHeader = "IDEMPOTENCY_KEY";

// With its length in front, so that no two lists of texts become the same one.
std::string framed(std::string_view text) {
    return std::to_string(text.size()) + ':' + std::string(text);
}

}  // namespace

http::Result<std::optional<db::Digest>, std::string> read_idempotency_key(const http::Request& request) {
    const std::size_t count = request.header_count(kHeader);
    if (count == 0) return std::optional<db::Digest>();
    if (count > 1) return std::string("Repeated Idempotency-Key header.");
    const std::string_view sent = *request.header(kHeader);
    if (http::find_invalid_utf8(sent)) return std::string("The Idempotency-Key header is not UTF-8.");
    const std::string_view key = http::trim_white_space(sent);
    if (key.empty() || http::count_code_points(key) > kMaxIdempotencyKeyCharacters) {
        return "The Idempotency-Key header must have 1 to " + std::to_string(kMaxIdempotencyKeyCharacters) +
               " characters.";
    }
    return std::optional(db::sha256(key));
}

db::Digest digest_of(const PublishedEvent& event) {
    return db::sha256(framed(event.event_type) + framed(event.content) +
                      framed(event.occurred_at.value_or("")));
}

}  // namespace handlers
