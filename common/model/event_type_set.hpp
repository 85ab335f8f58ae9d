// A set of event types: those that a webhook receives. The empty set stands for all types.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace model {

class EventTypeSet {
  public:
    // Returns false if there is no such type.
    [[nodiscard]] bool add(std::string_view event_type);

    [[nodiscard]] bool empty() const { return types_.none(); }
    // In the order of kEventTypes.
    [[nodiscard]] std::vector<std::string_view> names() const;

    bool operator==(const EventTypeSet&) const = default;

  private:
    static constexpr std::size_t kTypes = 12;
    std::bitset<kTypes> types_;
};

// The text of a value of the database's type SET: the names with commas in between.
[[nodiscard]] std::string format_event_types(const EventTypeSet& types);
// Returns nullopt if one of the names is no event type.
[[nodiscard]] std::optional<EventTypeSet> parse_event_types(std::string_view text);

}  // namespace model
