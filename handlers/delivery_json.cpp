#include "handlers/delivery_json.hpp"

#include <optional>

#include "common/base/json_writer.hpp"
#include "common/base/utf8.hpp"
#include "common/model/id.hpp"
#include "common/model/records.hpp"

namespace handlers {
namespace {

using base::JsonWriter;
using base::write;
using base::write_member;
using base::write_nullable;

// A longer body was cut to this size (attempts.answer).
constexpr std::size_t kMostBytesOfAnswer = 1024;

std::uint64_t milliseconds_of(std::uint64_t microseconds) {
    return (microseconds + 500) / 1000;
}

std::optional<std::string> shown_answer(const db::Attempt& attempt) {
    if (!attempt.answer || attempt.by_allow_list) return std::nullopt;
    std::string_view bytes = *attempt.answer;
    if (bytes.size() >= kMostBytesOfAnswer) bytes = base::drop_cut_character(bytes);
    return base::replace_invalid_utf8(bytes);
}

}  // namespace

std::string delivery_to_json(const db::ListedDelivery& delivery) {
    return base::json_object([&](JsonWriter& writer) {
        const std::string webhook = model::to_base58(delivery.webhook_id);
        write_member(writer, "id", webhook);
        write_member(writer, "api_version", delivery.api_version);
        write_member(writer, "status", model::name_of(delivery.status));
        write_nullable(writer, "next_try", delivery.next_try);
        write(writer, "retries");
        writer.Int(delivery.retries);
        write_member(writer, "event_id", model::to_base58(delivery.event_id));
        write_member(writer, "event_type", delivery.event_type);
        write_member(writer, "occurred_at", delivery.occurred_at);
        write_member(writer, "webhook_id", webhook);
        write_nullable(writer, "reason", delivery.reason);
    });
}

std::string attempt_to_json(const db::Attempt& attempt, bool with_answer) {
    return base::json_object([&](JsonWriter& writer) {
        write_member(writer, "made_at", attempt.made_at);
        write(writer, "duration_ms");
        writer.Uint64(milliseconds_of(attempt.duration_us));
        write(writer, "status");
        attempt.status ? writer.Uint64(*attempt.status) : writer.Null();
        write_nullable(writer, "failure", attempt.failure);
        write_nullable(writer, "detail", attempt.detail);
        if (with_answer) write_nullable(writer, "answer", shown_answer(attempt));
    });
}

}  // namespace handlers
