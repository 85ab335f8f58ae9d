#include "handlers/idempotency_key.hpp"

#include "common/base/utf8.hpp"
#include "common/model/id.hpp"
#include "fcgi/http/header_syntax.hpp"

namespace handlers {
namespace {

constexpr std::string_view kHeader = "IDEMPOTENCY_KEY";

// Prefixes the text with its length, so that different lists of texts stay different when they are joined.
std::string framed(std::string_view text) {
    return std::to_string(text.size()) + ':' + std::string(text);
}

// The content of a quoted key. Returns nullopt if the closing quote is missing, text follows it, or a
// backslash precedes a character that needs no escape.
std::optional<std::string> unquote(std::string_view sent) {
    if (http::quoted_string_length(sent) != sent.size()) return std::nullopt;
    std::string content;
    for (std::size_t i = 1; i + 1 < sent.size(); ++i) {
        const bool is_escape = sent[i] == '\\';
        if (is_escape) ++i;
        if (is_escape && sent[i] != '"' && sent[i] != '\\') return std::nullopt;
        content += sent[i];
    }
    return content;
}

}  // namespace

base::Result<std::optional<base::Digest>, std::string> read_idempotency_key(const http::Request& request) {
    const std::size_t count = request.header_count(kHeader);
    if (count == 0) return std::optional<base::Digest>();
    if (count > 1) return std::string("Repeated Idempotency-Key header.");
    const std::string_view sent = *request.header(kHeader);
    if (base::find_invalid_utf8(sent)) return std::string("The Idempotency-Key header is not UTF-8.");
    const auto key = sent.starts_with('"') ? unquote(sent) : std::string(sent);
    if (!key) return std::string("The Idempotency-Key header is not a quoted string.");
    if (key->empty() || base::count_code_points(*key) > kMaxIdempotencyKeyCharacters) {
        return "The Idempotency-Key header must have 1 to " + std::to_string(kMaxIdempotencyKeyCharacters) +
               " characters.";
    }
    return std::optional(base::sha256(*key));
}

base::Digest request_digest(std::string_view operation, const db::Scope& scope,
                            std::span<const std::string> values) {
    std::string all = framed(operation);
    all += framed(scope.target_id ? model::to_base58(*scope.target_id) : "");
    for (const std::string& value : values) all += framed(value);
    return base::sha256(all);
}

}  // namespace handlers
