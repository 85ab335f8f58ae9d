// Requests that the group commit stores: registrations and publications.
//
// Errors are reported in the order 401, 403, 404, 415, 400. The body is decoded and validated first, because the
// group commit checks key and target in the transaction that stores the request. But only clients that may store
// something see the errors of the body.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "common/model/records.hpp"
#include "fcgi/http/problem.hpp"
#include "fcgi/http/reply.hpp"
#include "fcgi/http/response.hpp"
#include "handlers/credentials.hpp"
#include "handlers/operation.hpp"
#include "sql/group_commit/group_commit.hpp"

namespace handlers {

// A request that waits for the group commit.
class PendingWrite final : public db::WriteRequest {
  public:
    // The response to an event that was stored.
    using Stored = http::Response (*)(const model::Event& event);

    // refusal: the response to clients that have access, if there is nothing to store.
    PendingWrite(http::Reply reply, Stored stored, std::optional<http::Response> refusal)
        : reply_(std::move(reply)), stored_(stored), refusal_(std::move(refusal)) {}

    [[nodiscard]] bool has_given_up() const override { return reply_.is_expired(); }
    [[nodiscard]] bool start_commit() override { return reply_.start_commit(); }
    void cancel_commit() override { reply_.cancel_commit(); }
    void identify(const model::Identity& by) override;
    // REQUIRES: if the outcome is Allowed, there is a refusal.
    void settle(db::WriteOutcome outcome) override;

  private:
    http::Reply reply_;
    const Stored stored_;
    const std::optional<http::Response> refusal_;
};

// Serves a request to store something. read(request) returns the content, or the response if the body is refused.
template <class Write, class Content, class Read>
void submit_write(const Services& services, RoutedRequest& routed, std::optional<Content> Write::*content,
                  const Read& read, PendingWrite::Stored stored) {
    const http::Request& request = routed.reply.request();
    const auto key = read_credentials(request);
    if (!key) return routed.reply.answer(http::unauthorised());
    Write write{};
    write.key = *key;
    write.scope = routed.scope;
    std::optional<http::Response> refusal;
    if (auto decoded = read(request)) {
        write.*content = std::move(decoded.value());
    } else {
        refusal = std::move(decoded.error());
    }
    services.writes.submit(std::move(write), std::make_unique<PendingWrite>(std::move(routed.reply), stored,
                                                                            std::move(refusal)));
}

}  // namespace handlers
