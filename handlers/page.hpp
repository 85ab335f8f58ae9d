// Lists come in pages. Their query:
//
//   page    1 and up, default 1; one beyond the last is a 404
//   length  1 to 100, default 10
//   after   a position in the list, in place of page: what "next" of another page says
//
// Where a parameter is repeated the last one counts; unknown ones are ignored.
//
//   position = [ time ] id   ; 11 characters each (common/model/id.hpp)
//                            ; time: microseconds since 1970, in lists that are in the order of times
//
// An answer is at most kMostBytesOfPage long. A page whose objects are too large for that, or take too much
// reading, ends early and "next" goes on from there; where the client has named the page's number it is a 400
// instead, because the pages behind it would begin elsewhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fcgi/http/form.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/request.hpp"
#include "fcgi/http/response.hpp"
#include "sql/connection/list_scan.hpp"

namespace handlers {

inline constexpr std::uint64_t kMaxPageLength = 100;
// Where a page may begin at most.
inline constexpr std::uint64_t kMostOffset = db::kMostExamined;
inline constexpr std::size_t kMostBytesOfPage = std::size_t{1} << 20;
inline constexpr std::uint64_t kMostRowsOfPage = 100'000;

// What the objects of a list are ordered by, newest first.
enum class Order { kId, kTime };

struct PageRequest {
    std::optional<std::uint64_t> page{};  // where the client names it; enormous numbers are cut to 2^32
    std::optional<db::Position> after{};
    std::uint64_t length = 10;

    [[nodiscard]] std::uint64_t number() const { return page.value_or(1); }
    [[nodiscard]] db::ListSlice slice() const { return {after, (number() - 1) * length, length}; }
};

// Adds to errors what is wrong.
[[nodiscard]] PageRequest parse_page_request(const http::Form& query, Order order, http::FieldErrors& errors);

struct PageObject {
    model::Id id = 0;
    std::string json;
    std::uint64_t rows = 1;  // how many rows it took to read it
};

// How a list is read, step by step.
struct ListReader {
    std::function<db::ListCount()> count;
    std::function<db::ListPart(const db::ListSlice&)> find;
    // A few objects of those found, in their order, without those that are gone meanwhile.
    std::function<std::vector<PageObject>(std::span<const model::Id>)> read;
};

// The page, or why there is none: a 404 beyond the end of the list, a 400 where it begins too far in it. The
// end comes first, as far as it is known: behind the end of a list whose count is exact there is no page
// however far.
[[nodiscard]] http::Response answer_page(const http::Request& request, const PageRequest& asked,
                                         const ListReader& list);

}  // namespace handlers
