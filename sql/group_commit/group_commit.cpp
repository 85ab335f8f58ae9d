#include "sql/group_commit/group_commit.hpp"

#include <algorithm>
#include <deque>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "sql/group_commit/batch_writer.hpp"
#include "sql/group_commit/key_wait.hpp"
#include "sql/group_commit/lone_publication.hpp"
#include "sql/group_commit/write.hpp"
#include "sql/group_commit/write_queue.hpp"
#include "sql/group_commit/writer.hpp"

namespace db {
namespace {

ConnectionSettings for_batches(ConnectionSettings settings) {
    settings.multi_statements = true;
    return settings;
}

void add_to(WriteQueue& queue, std::unique_ptr<Write> write) {
    if (!queue.add(write)) write->settle(Unavailable{"too many requests wait for the database"});
}

// What becomes of the writes that leave a batch.
BatchPlan::Exits exits_to(WorkerPool& workers, const GroupCommit::Settings& settings,
                          const std::shared_ptr<WriteQueue>& queue) {
    const auto lone = std::make_shared<const LonePublicationSettings>(
        LonePublicationSettings{settings.limits, settings.stored});
    const auto come_back = [queue](std::unique_ptr<Write> write) { add_to(*queue, std::move(write)); };
    return {.alone =
                [&workers, lone](std::unique_ptr<Write> write) {
                    workers.submit(make_lone_publication(std::move(write), lone));
                },
            .busy =
                [&workers, come_back](std::unique_ptr<Write> write) {
                    workers.submit(make_key_wait(std::move(write), come_back));
                }};
}

}  // namespace

class GroupCommit::Implementation {
  public:
    Implementation(const Settings& settings, const security::SecretCipher& secrets,
                   Availability& availability, WorkerPool& workers, base::Report report)
        : patience_(settings.patience),
          availability_(availability),
          report_(std::move(report)),
          queue_(std::make_shared<WriteQueue>(settings.longest_queue, settings.max_batch)),
          batches_(settings.limits, secrets,
                   {.leave = exits_to(workers, settings, queue_), .stored = settings.stored}) {
        for (std::size_t i = 0; i < settings.writers; ++i) {
            writers_.emplace_back(for_batches(settings.connection), batches_, *queue_, availability, report_);
            writers_.back().connect();
        }
        threads_.reserve(writers_.size());
        for (Writer& writer : writers_) threads_.emplace_back([&writer] { writer.run(); });
    }

    ~Implementation() { queue_->close(); }  // the threads finish what is queued and are joined
    Implementation(const Implementation&) = delete;
    Implementation& operator=(const Implementation&) = delete;

    void submit(std::variant<Registration, Publication> what, std::unique_ptr<WriteRequest> request) {
        auto write =
            std::make_unique<Write>(std::move(what), std::move(request), Write::Clock::now() + patience_);
        if (const auto reason = reason_to_refuse()) return write->settle(Unavailable{std::string(*reason)});
        add_to(*queue_, std::move(write));
    }

  private:
    // Waiting would only end with the request's patience.
    [[nodiscard]] std::optional<std::string_view> reason_to_refuse() const {
        if (availability_.is_away()) return "the database is away";
        const auto is_stuck = [](const Writer& writer) { return writer.is_stuck(); };
        if (!writers_.empty() && !queue_->has_idle_writer() && std::ranges::all_of(writers_, is_stuck)) {
            return "the database does not answer";
        }
        return std::nullopt;
    }

    const std::chrono::milliseconds patience_;
    Availability& availability_;
    const base::Report report_;
    const std::shared_ptr<WriteQueue> queue_;  // shared with writes that wait for their keys
    const BatchWriter batches_;
    std::deque<Writer> writers_;
    std::vector<std::jthread> threads_;
};

GroupCommit::GroupCommit(const Settings& settings, const security::SecretCipher& secrets,
                         Availability& availability, WorkerPool& workers, base::Report report)
    : implementation_(
          std::make_unique<Implementation>(settings, secrets, availability, workers, std::move(report))) {}

GroupCommit::~GroupCommit() = default;

void GroupCommit::submit(Registration registration, std::unique_ptr<WriteRequest> request) {
    implementation_->submit(std::move(registration), std::move(request));
}

void GroupCommit::submit(Publication publication, std::unique_ptr<WriteRequest> request) {
    implementation_->submit(std::move(publication), std::move(request));
}

}  // namespace db
