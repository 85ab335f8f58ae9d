#include "sql/group_commit/keyed_answers.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "common/model/event_json.hpp"

namespace db {
namespace {

bool is_later(const Write& write) {
    return write.claim && write.event;
}

AnsweredBefore answer_at_claim(const Write& write) {
    if (write.event) return {.object_id = write.event->row.id, .response = ""};
    return {.object_id = write.webhook->row.id, .response = model::event_to_json(write.webhook->event)};
}

// In the order of the keys.
template <class Wanted, class Answer>
std::vector<KeyedAnswer> collect(const Batch& batch, const Wanted& is_wanted, const Answer& answer_of) {
    std::vector<KeyedAnswer> answers;
    for (const auto& write : batch) {
        if (is_wanted(*write)) answers.push_back({.key = *write->claim, .answer = answer_of(*write)});
    }
    std::ranges::sort(answers, {}, [](const KeyedAnswer& one) { return one.key.order(); });
    return answers;
}

}  // namespace

std::vector<KeyedAnswer> answers_at_claim(const Batch& batch) {
    return collect(
        batch, [](const Write& write) { return write.claim.has_value(); }, answer_at_claim);
}

bool has_later_answers(const Batch& batch) {
    return std::ranges::any_of(batch, [](const auto& write) { return is_later(*write); });
}

std::vector<KeyedAnswer> later_answers(const Batch& batch) {
    return collect(batch, is_later, [](const Write& write) -> AnsweredBefore {
        return {.object_id = write.event->row.id, .response = model::event_to_json(write.event->event)};
    });
}

}  // namespace db
