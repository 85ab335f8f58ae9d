#include "handlers/pending_write.hpp"

#include <string>
#include <utility>
#include <variant>

#include "fcgi/http/problem.hpp"
#include "handlers/fault.hpp"

namespace handlers {
namespace {

struct Answer {
    const WriteOperation& operation;
    const std::optional<http::Response>& refusal;

    http::Response operator()(const db::Unauthorised&) const { return http::unauthorised(); }
    http::Response operator()(const db::Forbidden&) const { return http::forbidden(); }
    http::Response operator()(const db::NoSuchTarget&) const { return http::not_found(); }
    http::Response operator()(const db::Throttled&) const { return http::throttled(); }
    http::Response operator()(const db::TooManyWebhooks& refused) const {
        return http::bad_request("No more than " + std::to_string(refused.limit) +
                                 " webhooks are allowed here.");
    }
    http::Response operator()(const db::OtherRequest&) const { return http::bad_request(kOtherRequest); }
    http::Response operator()(const db::Allowed&) const { return refusal.value(); }

    http::Response operator()(const model::Event& event) const { return operation.stored(event); }
    http::Response operator()(db::AnsweredBefore& before) const {
        http::Response response{.status = 200, .body = std::move(before.response)};
        response.log = {{std::string(operation.object), model::to_base58(before.object_id)},
                        {"repeat", "yes"}};
        return response;
    }

    http::Response operator()(const db::Unavailable& unavailable) const {
        return unavailable.outcome_uncertain ? perhaps_done(unavailable.reason)
                                             : not_done(unavailable.reason);
    }
};

}  // namespace

void PendingWrite::identify(const model::Identity& by) {
    note_identity(reply_, by);
}

void PendingWrite::settle(db::WriteOutcome outcome) {
    answer_faults(reply_, [&] { reply_.answer(std::visit(Answer{operation_, refusal_}, outcome)); });
}

}  // namespace handlers
