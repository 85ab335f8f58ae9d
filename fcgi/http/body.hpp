// From a request's body to a Form: the media type picks the decoder.
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
        kUnsupportedMediaType,  // 415; message is the media type without its parameters, "" where there is
                                // none
        kMalformed,             // 400; message says what is wrong and where
    };
    Kind kind;
    std::string message;
};

// known_fields are the names whose multipart parts must be UTF-8 text in every respect; other parts may
// declare another charset, and as files hold any bytes.
[[nodiscard]] base::Result<Form, BodyError> decode_body(const Request& request,
                                                        std::span<const std::string_view> known_fields);

}  // namespace http
