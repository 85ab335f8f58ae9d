#include "sql/group_commit/key_wait.hpp"

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "sql/connection/worker_pool.hpp"
#include "sql/webhooks/idempotency.hpp"

namespace db {
namespace {

class KeyWait final : public Job {
  public:
    KeyWait(std::unique_ptr<Write> write, std::function<void(std::unique_ptr<Write>)> done)
        : write_(std::move(write)), done_(std::move(done)) {}

    [[nodiscard]] bool is_expired() const override { return write_->has_given_up(); }

    void run(Worker& worker) noexcept override {
        try {
            if (!worker.take_share(write_->claim->account_id, AccountShares::Work::kOther)) return;
            const auto wait = [this](Connection& connection) {
                await_idempotency_key(connection, *write_->claim);
                return true;
            };
            worker.session().run(wait, write_->deadline());
            done_(std::move(write_));
        } catch (const std::exception& exception) {
            if (write_) write_->settle(Unavailable{exception.what()});
        }
    }

    void refuse(std::string_view reason) noexcept override {
        write_->settle(Unavailable{std::string(reason)});
    }

  private:
    std::unique_ptr<Write> write_;
    const std::function<void(std::unique_ptr<Write>)> done_;
};

}  // namespace

std::unique_ptr<Job> make_key_wait(std::unique_ptr<Write> write,
                                   std::function<void(std::unique_ptr<Write>)> done) {
    return std::make_unique<KeyWait>(std::move(write), std::move(done));
}

}  // namespace db
