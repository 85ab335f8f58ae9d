// Decodes the query of a request target to a Form. The query follows the first "?" and is read like a
// urlencoded body (urlencoded_body.hpp). A target without a query has an empty form.
#pragma once

#include <string>

#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"
#include "fcgi/http/request.hpp"

namespace http {

[[nodiscard]] base::Result<Form, std::string> decode_query(const Request& request);

}  // namespace http
