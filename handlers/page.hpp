// Lists come in pages. Their query:
//
//   page    1 and up, default 1; one beyond the last is a 404
//   length  1 to 100, default 10
//
// Where a parameter is repeated the last one counts; unknown ones are ignored.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/response.hpp"
#include "sql/records.hpp"

namespace handlers {

inline constexpr std::uint64_t kMaxPageLength = 100;

struct PageNumber {
    std::uint64_t page = 1;
    std::uint64_t length = 10;

    [[nodiscard]] db::Slice slice() const { return {(page - 1) * length, length}; }
};

// Adds to errors what is wrong.
[[nodiscard]] PageNumber parse_page_number(const http::Form& query, http::FieldErrors& errors);

// The page with these objects, each the JSON of one, or the 404. count: how many the whole list has.
[[nodiscard]] http::Response page_response(const PageNumber& number, std::uint64_t count,
                                           const std::vector<std::string>& objects);

}  // namespace handlers
