// Pages of lists. Their query parameters are:
//
//   page    1 and up, default 1; a page after the last is a 404
//   length  1 to 100, default 10
//   after   a position in the list, instead of page, as in the link "next" of another page
//
// The last one of repeated parameters counts. Unknown parameters are ignored.
//
//   position = [ time ] id   ; 11 characters each (common/model/id.hpp)
//                            ; time: microseconds since 1970, in lists that are ordered by time
//
// A response has at most kMostBytesOfPage. A page whose objects are too large for that, or need too many
// rows, ends early, and "next" continues there. If the client gave the number of the page, the response is a
// 400 instead, because the following numbered pages would begin elsewhere.
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
#include "handlers/operation.hpp"
#include "sql/connection/list_scan.hpp"

namespace handlers {

inline constexpr std::uint64_t kMaxPageLength = 100;
// The largest offset at which a page may begin.
inline constexpr std::uint64_t kMostOffset = db::kMostExamined;
inline constexpr std::size_t kMostBytesOfPage = std::size_t{1} << 20;
inline constexpr std::uint64_t kMostRowsOfPage = 100'000;

// The order of a list, newest first.
enum class Order { kId, kTime };

struct PageRequest {
    std::optional<std::uint64_t> page{};  // if the client gave it; larger numbers count as 2^32
    std::optional<db::Position> after{};
    std::uint64_t length = 10;

    [[nodiscard]] std::uint64_t number() const { return page.value_or(1); }
    [[nodiscard]] db::ListSlice slice() const { return {after, (number() - 1) * length, length}; }
};

// Adds the messages for invalid parameters to errors.
[[nodiscard]] PageRequest parse_page_request(const http::Form& query, Order order, http::FieldErrors& errors);

struct PageObject {
    model::Id id = 0;
    std::string json;
    std::uint64_t rows = 1;  // the number of rows that were read for it
};

// The steps of reading a list.
struct ListReader {
    std::function<db::ListCount()> count;
    std::function<db::ListPart(const db::ListSlice&)> find;
    // Reads some of the found objects, in their order, without objects that were deleted meanwhile.
    std::function<std::vector<PageObject>(std::span<const model::Id>)> read;
    // The list has no counter, so it is not counted where the found part shows the count.
    bool takes_count_of_part = false;
};

// The exact count that was read together with the access.
[[nodiscard]] inline db::ListCount counted(const Call& call) {
    return {.count = call.read.number(0, Call::kFirstColumn)};
}

// Returns the page, a 404 if it is after the end of the list, or a 400 if it begins beyond kMostOffset. If
// the count is exact, the 404 takes precedence.
[[nodiscard]] http::Response answer_page(const http::Request& request, const PageRequest& asked,
                                         const ListReader& list);

}  // namespace handlers
