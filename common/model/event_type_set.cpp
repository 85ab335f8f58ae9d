#include "common/model/event_type_set.hpp"

#include <algorithm>

#include "common/model/event_types.hpp"

namespace model {

bool EventTypeSet::add(std::string_view event_type) {
    static_assert(kTypes == kEventTypes.size());
    const auto found = std::ranges::find(kEventTypes, event_type);
    if (found == kEventTypes.end()) return false;
    types_.set(static_cast<std::size_t>(found - kEventTypes.begin()));
    return true;
}

std::vector<std::string_view> EventTypeSet::names() const {
    std::vector<std::string_view> names;
    names.reserve(types_.count());
    for (std::size_t i = 0; i < kTypes; ++i) {
        if (types_.test(i)) names.push_back(kEventTypes.at(i));
    }
    return names;
}

std::string format_event_types(const EventTypeSet& types) {
    std::string text;
    for (const std::string_view name : types.names()) text.append(text.empty() ? "" : ",").append(name);
    return text;
}

std::optional<EventTypeSet> parse_event_types(std::string_view text) {
    EventTypeSet types;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(','), text.size());
        if (!types.add(text.substr(0, end))) return std::nullopt;
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return types;
}

}  // namespace model
