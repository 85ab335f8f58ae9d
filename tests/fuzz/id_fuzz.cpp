// Fuzzes the parser of ids. Every id must have one text, so that every object has one path.
#include "common/model/id.hpp"

#include <algorithm>

#include "tests/fuzz/fuzzing.hpp"

using fuzzing::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text = fuzzing::as_text(data, size);
    const auto id = model::parse_id(text);
    if (id) require(model::to_base58(*id) == text, "an id has one text");
    // The same bytes as a number.
    model::Id number = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(size, sizeof number); ++i)
        number = number << 8 | data[i];
    const std::string formatted = model::to_base58(number);
    require(formatted.size() == model::kIdCharacters, "all texts are equally long");
    require(model::parse_id(formatted) == number, "a formatted id is parsed back");
    if (id) require((text < formatted) == (*id < number), "texts are ordered as numbers");
    return 0;
}
