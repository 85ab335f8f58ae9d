// The query of a request target to a Form: what follows the first "?", read as a urlencoded body is
// (urlencoded_body.hpp). No query is an empty form.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"
#include "fcgi/http/request.hpp"

namespace http {

[[nodiscard]] base::Result<Form, std::string> decode_query(const Request& request);

}  // namespace http
