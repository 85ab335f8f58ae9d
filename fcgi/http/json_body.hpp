// Decodes application/json to a Form. The body must be one object (common/base/json.hpp). Its members become
// the fields, in order, with repeated names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/json.hpp"
#include "common/base/result.hpp"
#include "fcgi/http/form.hpp"

namespace http {

[[nodiscard]] base::Result<Form, std::string> decode_json(std::string_view body,
                                                          const base::JsonLimits& limits = {});

// The items of a JSON array.
[[nodiscard]] std::vector<Value> items_of(const Value& array);

// "Invalid data. Expected a dictionary, but got list.", for a JSON value that is not an object.
[[nodiscard]] std::string not_an_object(const Value& value);

}  // namespace http
