// What a request body says, whichever of the three encodings it came in: an ordered list of named values.
// Each value remembers how it was written, because the field rules treat a number in JSON, a text in a form
// and an uploaded file differently.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace http {

struct Value {
    enum class Kind {
        kFormText,  // a urlencoded value, or a multipart part without a filename
        kFile,      // a multipart part with a filename; its text stays empty
        kJsonFile,  // one of a known field and of type application/json; text is its content
        kString,    // a JSON string, unescaped
        kNumber,    // a JSON number; text is its spelling, untouched
        kBoolean,   // text is "true" or "false"
        kNull,      // text is empty
        kArray,     // text is its JSON in one spelling (common/base/json.hpp), outermost brackets included
        kObject,    // likewise
    };

    Kind kind = Kind::kFormText;
    std::string text;  // valid UTF-8; may hold NUL
};

struct Field {
    std::string name;
    Value value;
};

class Form {
  public:
    void add(std::string name, Value value) { fields_.push_back({std::move(name), std::move(value)}); }

    // The last field of that name, as forms and JSON objects that repeat a name are read; null if there is
    // none. The pointer lives until the form changes.
    [[nodiscard]] const Value* find(std::string_view name) const {
        const auto last = std::find_if(fields_.rbegin(), fields_.rend(),
                                       [name](const Field& field) { return field.name == name; });
        return last == fields_.rend() ? nullptr : &last->value;
    }

    [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

  private:
    std::vector<Field> fields_;
};

}  // namespace http
