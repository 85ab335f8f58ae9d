// Shared by the commands that list objects: the options for owner and page, and the note about further pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "admin/commands.hpp"
#include "common/model/records.hpp"
#include "sql/connection/list_scan.hpp"

namespace admin {

// Exactly one of --account and --target. Throws UsageError.
class OwnerArgument {
  public:
    explicit OwnerArgument(const Arguments& arguments);

    // Throws db::Refused if there is no such owner, and what Database throws.
    [[nodiscard]] model::Owner find(Database& database) const;

  private:
    std::optional<model::Id> account_;
    std::optional<model::Id> target_;
};

inline constexpr std::uint64_t kDefaultLimit = 50;
inline constexpr std::uint64_t kMostLimit = 1000;

// --limit. Throws UsageError.
[[nodiscard]] std::uint64_t limit_of(const Arguments& arguments);
// --limit and --page. Throws UsageError.
[[nodiscard]] model::Slice slice_of(const Arguments& arguments);
// The same for lists that are read by position. Throws UsageError for a page beyond db::kMostExamined.
[[nodiscard]] db::ListSlice list_slice_of(const Arguments& arguments);
[[nodiscard]] std::vector<model::Id> ids_of(const db::ListPart& part);

[[nodiscard]] std::vector<Option> owner_options();
[[nodiscard]] Option limit_option();
[[nodiscard]] std::vector<Option> slice_options();
[[nodiscard]] std::vector<Option> joined(std::vector<Option> options, const std::vector<Option>& more);

// For people: "51 to 100 of 123.", or "of at least 10000." if the count is not exact. Empty if the page
// shows the whole list.
[[nodiscard]] std::string note_on_page(const db::ListSlice& slice, std::size_t shown,
                                       const db::ListCount& count);
// The same for lists that are not counted.
[[nodiscard]] std::string note_on_page(const model::Slice& slice, std::size_t shown);

}  // namespace admin
