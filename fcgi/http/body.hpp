// Decodes a request's body to a Form. The media type selects the decoder.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"
#include "fcgi/http/request.hpp"

namespace http {

inline constexpr std::size_t kMaxBodyBytes = 64 * 1024;

struct BodyError {
    enum class Kind {
        kUnsupportedMediaType,  // 415; message is the media type without its parameters, or ""
        kMalformed,             // 400; message says what is wrong and where
    };
    Kind kind;
    std::string message;
};

// The multipart parts of known_fields must be UTF-8 text and declare no other charset. Other parts may
// declare another charset, and files among them may have any bytes.
[[nodiscard]] base::Result<Form, BodyError> decode_body(const Request& request,
                                                        std::span<const std::string_view> known_fields);

}  // namespace http
