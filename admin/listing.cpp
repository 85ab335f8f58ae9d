#include "admin/listing.hpp"

#include "admin/validation.hpp"
#include "sql/operator/owners.hpp"

namespace admin {
namespace {

// Larger than any list, and no overflow when multiplied by the largest limit.
constexpr std::uint64_t kMostPage = 1'000'000'000;

}  // namespace

OwnerArgument::OwnerArgument(const Arguments& arguments) {
    const std::string* account = arguments.optional("account");
    const std::string* target = arguments.optional("target");
    if ((account == nullptr) == (target == nullptr)) throw UsageError("give either --account or --target");
    if (account != nullptr) account_ = valid_id("--account", *account);
    if (target != nullptr) target_ = valid_id("--target", *target);
}

model::Owner OwnerArgument::find(Database& database) const {
    if (target_) return db::owner_of_target(database.connection(), *target_);
    return db::owner_of_account(database.connection(), *account_);
}

std::uint64_t limit_of(const Arguments& arguments) {
    const std::string* limit = arguments.optional("limit");
    return limit == nullptr ? kDefaultLimit : valid_number("--limit", *limit, 1, kMostLimit);
}

model::Slice slice_of(const Arguments& arguments) {
    const std::uint64_t limit = limit_of(arguments);
    const std::string* page = arguments.optional("page");
    const std::uint64_t number = page == nullptr ? 1 : valid_number("--page", *page, 1, kMostPage);
    return {.offset = (number - 1) * limit, .length = limit};
}

db::ListSlice list_slice_of(const Arguments& arguments) {
    const model::Slice slice = slice_of(arguments);
    if (slice.offset > db::kMostExamined) {
        throw UsageError("--page begins more than " + std::to_string(db::kMostExamined) +
                         " rows into the list: use a filter to get there");
    }
    return {.after = std::nullopt, .offset = slice.offset, .length = slice.length};
}

std::vector<model::Id> ids_of(const db::ListPart& part) {
    std::vector<model::Id> ids;
    ids.reserve(part.found.size());
    for (const db::Position& position : part.found) ids.push_back(position.id);
    return ids;
}

std::vector<Option> owner_options() {
    return {{"account", "ID", "the account as a whole"}, {"target", "ID", "the target, deleted or not"}};
}

Option limit_option() {
    return {"limit", "N", "how many rows to show, at most 1000; default: 50"};
}

std::vector<Option> slice_options() {
    return {limit_option(), {"page", "N", "which page of --limit rows to show; default: 1"}};
}

std::vector<Option> joined(std::vector<Option> options, const std::vector<Option>& more) {
    options.insert(options.end(), more.begin(), more.end());
    return options;
}

std::string note_on_page(const db::ListSlice& slice, std::size_t shown, const db::ListCount& count) {
    if (slice.offset == 0 && count.is_exact && shown >= count.count) return "";
    const std::string all = (count.is_exact ? "" : "at least ") + std::to_string(count.count) + ".";
    if (shown == 0) return "None of " + all;
    return std::to_string(slice.offset + 1) + " to " + std::to_string(slice.offset + shown) + " of " + all;
}

std::string note_on_page(const model::Slice& slice, std::size_t shown) {
    if (shown < slice.length) return "";
    return "There may be more: see --page " + std::to_string(slice.offset / slice.length + 2) + ".";
}

}  // namespace admin
