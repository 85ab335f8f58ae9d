// The content of a request body in any of the three encodings: an ordered list of named values. Each value
// keeps the form in which it was written, because the field rules treat a JSON number, a text in a form and
// an uploaded file differently.
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
        kJsonFile,  // such a part of a known field, of type application/json; text is its content
        kString,    // a JSON string, unescaped
        kNumber,    // a JSON number; text is the number as it was written
        kBoolean,   // text is "true" or "false"
        kNull,      // text is empty
        kArray,     // text is its canonical JSON (common/base/json.hpp), outermost brackets included
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

    // The last field of that name, since the last one counts in a form or JSON object that repeats a name;
    // nullptr if there is none. The pointer is valid until the form changes, as are those of find_all.
    [[nodiscard]] const Value* find(std::string_view name) const {
        const auto last = std::find_if(fields_.rbegin(), fields_.rend(),
                                       [name](const Field& field) { return field.name == name; });
        return last == fields_.rend() ? nullptr : &last->value;
    }

    // All values of the fields of that name, in order, for a field that a form repeats to list its items.
    [[nodiscard]] std::vector<const Value*> find_all(std::string_view name) const {
        std::vector<const Value*> values;
        for (const Field& field : fields_) {
            if (field.name == name) values.push_back(&field.value);
        }
        return values;
    }

    [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }

  private:
    std::vector<Field> fields_;
};

}  // namespace http
