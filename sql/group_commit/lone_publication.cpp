#include "sql/group_commit/lone_publication.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "common/model/event_json.hpp"
#include "common/model/id.hpp"
#include "sql/connection/worker_pool.hpp"
#include "sql/events/event_reader.hpp"
#include "sql/events/event_store.hpp"
#include "sql/group_commit/publications.hpp"
#include "sql/webhooks/access.hpp"

namespace db {
namespace {

// Within it even the largest event is stored. Nothing is begun after it.
constexpr std::chrono::seconds kLongestTime{60};

using Settings = LonePublicationSettings;

class LonePublication final : public Job {
  public:
    LonePublication(std::unique_ptr<Write> write, std::shared_ptr<const Settings> settings)
        : write_(std::move(write)), settings_(std::move(settings)) {}

    [[nodiscard]] bool is_expired() const override { return write_->has_given_up(); }
    void run(Worker& worker) noexcept override;
    void refuse(std::string_view reason) noexcept override {
        write_->settle(Unavailable{std::string(reason)});
    }

  private:
    using Find = std::function<std::optional<std::optional<WriteOutcome>>(Connection&)>;

    // Returns nullopt if the job is parked.
    std::optional<WriteOutcome> run_until_done(Worker& worker);
    std::optional<WriteOutcome> attempt(Worker& worker, Connection& connection);
    std::optional<WriteOutcome> count(Connection& connection, model::Id key_id,
                                      const std::optional<IdempotencyKey>& key) const;
    WriteOutcome store(Connection& connection, const model::Caller& caller);
    model::Event record(Connection& connection, const model::Owner& owner);

    const std::unique_ptr<Write> write_;
    const std::shared_ptr<const Settings> settings_;
    model::Id id_ = model::generate_id();  // the same for every try
    bool has_begun_ = false;               // so the work goes on without its client
    std::optional<model::Event> event_;    // once a try has recorded it
};

void LonePublication::run(Worker& worker) noexcept {
    try {
        std::optional<WriteOutcome> outcome = run_until_done(worker);
        if (!outcome) return;
        const bool is_stored = std::holds_alternative<model::Event>(*outcome);
        write_->settle(*std::move(outcome));
        if (is_stored && settings_->stored) settings_->stored();
    } catch (const Error& error) {
        write_->settle(Unavailable{error.what(), error.is(ErrorCategory::kUncertain)});
    } catch (const std::exception& exception) {
        write_->settle(Unavailable{exception.what(), true});
    }
}

std::optional<WriteOutcome> LonePublication::run_until_done(Worker& worker) {
    const auto work = [&](Connection& connection) { return attempt(worker, connection); };
    const Find find = [&](Connection& other) -> std::optional<std::optional<WriteOutcome>> {
        if (!is_event_stored(other, id_)) return std::nullopt;
        return event_;
    };
    const auto deadline = Write::Clock::now() + kLongestTime;
    try {
        return worker.session().run(work, find, deadline);
    } catch (const Error& error) {
        if (!error.duplicate_key()) throw;
    }
    id_ = model::generate_id();  // the previous id was in use
    return worker.session().run(work, find, deadline);
}

std::optional<WriteOutcome> LonePublication::attempt(Worker& worker, Connection& connection) {
    if (!has_begun_ && write_->has_given_up()) return Unavailable{"the request has expired"};
    const AccessOutcome access = check_access(connection, write_->access(), write_->right());
    if (std::holds_alternative<Unauthorised>(access)) return Unauthorised{};
    if (std::holds_alternative<Forbidden>(access)) return Forbidden{};
    if (std::holds_alternative<NoSuchTarget>(access)) return NoSuchTarget{};
    const auto& caller = std::get<model::Caller>(access);
    if (!worker.take_share(caller.owner.account_id, AccountShares::Work::kOther)) return std::nullopt;
    return store(connection, caller);
}

// Claims the key. Waits for another transaction that has claimed it. Returns the outcome of a repeat.
std::optional<WriteOutcome> claim(Connection& connection, const std::optional<IdempotencyKey>& key) {
    if (!key) return std::nullopt;
    IdempotencyOutcome outcome = claim_idempotency_key(connection, *key);
    if (auto* const answered = std::get_if<AnsweredBefore>(&outcome)) return std::move(*answered);
    if (std::holds_alternative<OtherRequest>(outcome)) return OtherRequest{};
    return std::nullopt;
}

// Counts the publication, unless it is a repeat, in a transaction of its own: the counter of the key's rate must not
// be locked while the event is recorded.
std::optional<WriteOutcome> LonePublication::count(Connection& connection, model::Id key_id,
                                                   const std::optional<IdempotencyKey>& key) const {
    if (settings_->limits.publications_per_second == 0) return std::nullopt;
    {
        const Transaction look(connection);
        if (auto repeat = claim(connection, key)) return repeat;
    }
    Transaction counting(connection);
    if (!count_publication(connection, settings_->limits, key_id)) return Throttled{};
    counting.commit();
    return std::nullopt;
}

WriteOutcome LonePublication::store(Connection& connection, const model::Caller& caller) {
    const std::optional<IdempotencyKey> key = write_->idempotency_key(caller.owner.account_id);
    if (!has_begun_) {
        if (auto refused = count(connection, caller.key_id, key)) return *std::move(refused);
    }
    Transaction transaction(connection);
    if (auto repeat = claim(connection, key)) return *std::move(repeat);
    if (!has_begun_ && !write_->start_commit()) return Unavailable{"the request has expired"};
    has_begun_ = true;
    event_ = record(connection, caller.owner);
    if (key) remember_answer(connection, *key, {id_, model::event_to_json(*event_)});
    transaction.commit();
    return *event_;
}

model::Event LonePublication::record(Connection& connection, const model::Owner& owner) {
    const PublishedEvent& event = *write_->publication()->event;
    record_event(connection,
                 {.owner = owner,
                  .event_type = event.event_type,
                  .content = event.content,
                  .occurred_at = event.occurred_at},
                 [this] { return id_; });
    return find_event(connection, owner, id_).value();
}

}  // namespace

std::unique_ptr<Job> make_lone_publication(std::unique_ptr<Write> write,
                                           std::shared_ptr<const LonePublicationSettings> settings) {
    return std::make_unique<LonePublication>(std::move(write), std::move(settings));
}

}  // namespace db
