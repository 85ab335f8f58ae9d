#define BOOST_TEST_MODULE operation
#include "handlers/operation.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/collected_reply.hpp"
#include "tests/support/webhook_database.hpp"

using handlers::Call;
using handlers::do_again;
using handlers::Operation;
using Phase = http::InHand::Phase;

namespace {

const http::Response kDone{.status = 200, .body = R"({"done":true})"};

void ignore(std::string_view /*event*/, std::string_view /*detail*/) {}

// Two workers, of which an account may occupy one.
struct Fixture : testing::WebhookDatabase {
    security::Destinations destinations{};
    base::WakeupSender wakeup{""};
    db::Availability availability{ignore};
    db::WorkerPool workers{{.connection = schema.settings_of("api"), .threads = 2}, availability};
    db::GroupCommit writes{{.connection = schema.settings_of("api")}, cipher, availability, workers, ignore};
    handlers::Services services{writes, workers, cipher, destinations, wakeup};

    Fixture() { db::AdminStore(connection).create_key(user.id, "key", base::sha256("secret"), std::nullopt); }

    static std::shared_ptr<CollectedReply> request(const std::string& credentials = "JWT secret") {
        http::Request sent;
        sent.id = "request";
        sent.headers = {{"AUTHORIZATION", credentials}};
        return std::make_shared<CollectedReply>(std::move(sent));
    }

    void start(const std::shared_ptr<CollectedReply>& in_hand, Operation operation,
               std::optional<std::vector<model::Id>> ids = std::vector<model::Id>()) const {
        handlers::RoutedRequest routed{http::Reply(in_hand), {target.id}, std::move(ids)};
        handlers::serve_by(model::Right::kManage, std::move(operation))(services, routed);
    }

    [[nodiscard]] http::Response run(Operation operation) const {
        const auto in_hand = request();
        start(in_hand, std::move(operation));
        return in_hand->response();
    }
};

// Keeps operations from ending until it is opened.
class Door {
  public:
    void wait() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
    }
    void wait_for_somebody() {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return waiting_ > 0; });
    }
    void open() {
        const std::lock_guard lock(mutex_);
        open_ = true;
        changed_.notify_all();
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    int waiting_ = 0;
    bool open_ = false;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(operation_tests, Fixture)

BOOST_AUTO_TEST_CASE(an_operation_knows_who_asks_and_answers) {
    const auto in_hand = request();
    model::Caller caller;
    std::string request_id;
    start(in_hand, {[&](const Call& call) {
              caller = call.caller;
              request_id = call.request.id;
              return kDone;
          }});
    BOOST_TEST(in_hand->response().body == kDone.body);
    BOOST_TEST(caller.user_id == user.id);
    BOOST_TEST((caller.owner.target_id == target.id));
    BOOST_TEST(request_id == "request");
    const auto notes = in_hand->notes();
    BOOST_REQUIRE(notes.size() == 2U);
    BOOST_TEST(notes[0].first == "key");
    BOOST_TEST(notes[1].first == "account");
    BOOST_TEST(notes[1].second == model::to_base58(target.account_id));
}

BOOST_AUTO_TEST_CASE(what_is_read_with_the_access_is_there) {
    const model::Id webhook = add_webhook(of_target());
    const auto in_hand = request();
    start(in_hand,
          {.run =
               [](const Call& call) {
                   return http::Response{.status = 200,
                                         .body = std::to_string(call.read.number(0, Call::kFirstColumn))};
               },
           .read =
               [](const db::Scope&, std::span<const model::Id> ids) {
                   return db::JoinedRead{.columns = {", ? + 1", {ids[0]}}};
               }},
          std::vector{webhook});
    BOOST_TEST(in_hand->response().body == std::to_string(webhook + 1));
}

BOOST_AUTO_TEST_CASE(requests_that_fail_a_check_run_no_operation) {
    const Operation never{[](const Call&) -> http::Response { throw std::logic_error("was run"); }, do_again};
    const auto expect = [&](const std::string& credentials, std::optional<std::vector<model::Id>> ids,
                            int status) {
        const auto in_hand = request(credentials);
        start(in_hand, never, std::move(ids));
        BOOST_TEST(in_hand->response().status == status);
    };
    expect("secret", std::vector<model::Id>(), 401);
    expect("JWT other", std::vector<model::Id>(), 401);
    expect("JWT secret", std::nullopt, 404);
    expect("JWT other", std::nullopt, 401);
    connection.execute_text("UPDATE api_keys SET rights = 'read'");
    expect("JWT secret", std::vector<model::Id>(), 403);
}

BOOST_AUTO_TEST_CASE(a_request_that_has_expired_does_not_begin) {
    std::atomic<bool> has_run = false;
    const auto in_hand = request();
    static_cast<void>(in_hand->expire());
    start(in_hand, {[&](const Call&) {
              has_run = true;
              return kDone;
          }});
    BOOST_TEST(run({[](const Call&) { return kDone; }}).status == 200);  // the queue is worked off in order
    BOOST_TEST(!has_run);
    BOOST_TEST(!in_hand->is_answered());
}

BOOST_AUTO_TEST_CASE(only_operations_that_commit_may_be_stored_after_the_deadline) {
    for (const bool commits : {false, true}) {
        const auto in_hand = request();
        std::promise<Phase> phase;
        Operation operation{[&](const Call&) {
            phase.set_value(in_hand->expire());
            return kDone;
        }};
        if (commits) operation.confirm = do_again;
        start(in_hand, std::move(operation));
        BOOST_TEST((phase.get_future().get() == (commits ? Phase::kCommitting : Phase::kOpen)));
        BOOST_TEST(!in_hand->is_answered());
    }
}

BOOST_AUTO_TEST_CASE(an_exception_is_a_500_and_nothing_is_stored) {
    const auto response =
        run({[](const Call&) -> http::Response { throw std::runtime_error("broken"); }, do_again});
    BOOST_TEST(response.status == 500);
    BOOST_TEST((response.log == http::NamedTexts{{"fault", "broken"}, {"stored", "no"}}));
}

BOOST_AUTO_TEST_CASE(an_uncertain_commit_is_confirmed) {
    int tries = 0;
    const Operation operation{.run = [&](const Call&) -> http::Response {
                                  ++tries;
                                  throw db::CommitUncertain(db::Error(0, "lost"));
                              },
                              .confirm = [](const Call& other) -> std::optional<http::Response> {
                                  BOOST_TEST(other.request.id == "request");
                                  return kDone;
                              }};
    BOOST_TEST(run(operation).body == kDone.body);
    BOOST_TEST(tries == 1);
}

BOOST_AUTO_TEST_CASE(a_job_without_a_share_waits_and_occupies_no_worker) {
    Door door;
    const auto first = request();
    start(first, {[&](const Call&) {
              door.wait();
              return kDone;
          }});
    door.wait_for_somebody();
    std::atomic<bool> has_run = false;
    const auto second = request();
    start(second, {[&](const Call&) {
              has_run = true;
              return kDone;
          }});
    // The other worker is free: a request of another account is served.
    const auto others =
        db::AdminStore(connection).create_user(others_target.account_id, "x@example.com", "X");
    db::AdminStore(connection).create_key(others.id, "key", base::sha256("other"), std::nullopt);
    const auto third = request("JWT other");
    handlers::RoutedRequest routed{http::Reply(third), {others_target.id}, std::vector<model::Id>()};
    handlers::serve_by(model::Right::kManage, Operation{[](const Call&) { return kDone; }})(services, routed);
    BOOST_TEST(third->response().status == 200);
    BOOST_TEST(!has_run);
    door.open();
    BOOST_TEST(first->response().status == 200);
    BOOST_TEST(second->response().status == 200);
    BOOST_TEST(has_run);
}

BOOST_AUTO_TEST_SUITE_END()
