// application/json to a Form: the members of the body, which must be one object (common/base/json.hpp), become
// the fields, in order, repeated names included.
#pragma once

#include <string>
#include <string_view>

#include "common/base/json.hpp"
#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"

namespace http {

[[nodiscard]] base::Result<Form, std::string> decode_json(std::string_view body,
                                                          const base::JsonLimits& limits = {});

// "Invalid data. Expected a dictionary, but got list.", of a value that is no object. REQUIRES: it is JSON's.
[[nodiscard]] std::string not_an_object(const Value& value);

}  // namespace http
