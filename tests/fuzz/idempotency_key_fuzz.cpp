// Fuzzes the parser of the header Idempotency-Key. A plain key and the same key in quotes must be equal.
#include "handlers/idempotency_key.hpp"

#include "common/base/utf8.hpp"
#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;

namespace {

auto read(std::string value) {
    http::Request request;
    request.headers = {{"IDEMPOTENCY_KEY", std::move(value)}};
    return handlers::read_idempotency_key(request);
}

std::string quote(std::string_view content) {
    std::string quoted = "\"";
    for (const char c : content) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted += '"';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string value(fuzzing::as_text(data, size));
    const auto key = read(value);
    if (!key) {
        require(key.error().starts_with("The Idempotency-Key header "), "the message says what it is about");
        require(!base::find_invalid_utf8(key.error()), "the message is UTF-8");
    } else {
        require(key.value().has_value(), "a header has a key");
        require(!base::find_invalid_utf8(value), "a key is UTF-8");
    }
    const auto quoted = read(quote(value));
    const bool is_key = !value.empty() && !base::find_invalid_utf8(value) &&
                        base::count_code_points(value) <= handlers::kMaxIdempotencyKeyCharacters;
    require(quoted.ok() == is_key, "any text within the limit can be quoted");
    if (quoted && !value.starts_with('"')) {
        require(key.ok() && key.value() == quoted.value(), "a quoted key is its content");
    }
    return 0;
}
