#define BOOST_TEST_MODULE worker_pool
#include "sql/connection/worker_pool.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>
#include <latch>
#include <map>
#include <mutex>
#include <string>

#include "tests/support/database_proxy.hpp"
#include "tests/support/test_database.hpp"

namespace {

using namespace std::chrono_literals;
using Work = db::AccountShares::Work;
using Clock = db::Session::Clock;

constexpr model::Id kGreedy = 1;
constexpr model::Id kNeighbour = 2;

// What became of the jobs.
struct Ends {
    std::mutex mutex;
    std::map<std::string, int> count{};

    void add(const std::string& how) {
        const std::lock_guard lock(mutex);
        ++count[how];
    }
    int of(const std::string& how) {
        const std::lock_guard lock(mutex);
        return count[how];
    }
};

// Takes a share of its account, unless that is 0, then does something.
class TestJob : public db::Job {
  public:
    TestJob(Ends& ends, model::Id account, std::function<void(db::Session&)> then, Work kind = Work::kOther)
        : ends_(ends), account_(account), then_(std::move(then)), kind_(kind) {}

    [[nodiscard]] bool is_expired() const override { return expired != nullptr && *expired; }
    void run(db::Worker& worker) noexcept override {
        if (account_ != 0 && !worker.take_share(account_, kind_)) return;
        try {
            then_(worker.session());
            ends_.add("done");
        } catch (const std::exception& exception) {
            ends_.add(exception.what());
        }
    }
    void refuse(std::string_view reason) noexcept override { ends_.add(std::string(reason)); }

    const std::atomic<bool>* expired = nullptr;

  private:
    Ends& ends_;
    model::Id account_;
    std::function<void(db::Session&)> then_;
    Work kind_;
};

struct Fixture {
    testing::TestSchema schema;
    testing::DatabaseProxy proxy{schema.settings()};
    db::Availability availability{[](std::string_view, std::string_view) {}};
    Ends ends;

    db::WorkerPool pool(std::size_t threads = 4, std::size_t queue = 100, std::size_t line = 100) {
        return {{.connection = proxy.settings(),
                 .threads = threads,
                 .longest_queue = queue,
                 .longest_line = line},
                availability};
    }

    std::unique_ptr<TestJob> job(model::Id account, std::function<void(db::Session&)> then,
                                 Work kind = Work::kOther) {
        return std::make_unique<TestJob>(ends, account, std::move(then), kind);
    }

    void wait_for(const std::string& how, int count) {
        while (ends.of(how) < count) std::this_thread::sleep_for(1ms);
    }
};

int look(db::Connection& connection) {
    return static_cast<int>(connection.query_text("SELECT 1").size());
}

void use(db::Session& session) {
    session.run(look, Clock::now() + 10s);
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(jobs_are_done_by_all_threads_at_once, Fixture) {
    auto workers = pool();
    std::latch together(4);
    for (int i = 0; i < 4; ++i) {
        workers.submit(job(0, [&](db::Session& session) {
            together.arrive_and_wait();
            use(session);
        }));
    }
    wait_for("done", 4);
}

BOOST_FIXTURE_TEST_CASE(an_account_occupies_half_of_the_threads, Fixture) {
    auto workers = pool();
    std::promise<void> open;
    auto opened = open.get_future().share();
    std::atomic<int> at_once = 0;
    std::atomic<int> most = 0;
    for (int i = 0; i < 20; ++i) {
        workers.submit(job(kGreedy, [&](db::Session&) {
            most = std::max<int>(most, ++at_once);
            opened.wait();
            --at_once;
        }));
    }
    for (int i = 0; i < 20; ++i) workers.submit(job(kNeighbour, use));
    wait_for("done", 20);
    open.set_value();
    wait_for("done", 40);
    BOOST_TEST(most == 2);
}

BOOST_FIXTURE_TEST_CASE(lists_of_an_account_occupy_an_eighth, Fixture) {
    auto workers = pool(8);
    std::promise<void> open;
    auto opened = open.get_future().share();
    for (int i = 0; i < 3; ++i) {
        workers.submit(job(
            kGreedy, [&](db::Session&) { opened.wait(); }, Work::kList));
    }
    std::latch together(3);
    for (int i = 0; i < 3; ++i) {
        workers.submit(job(kGreedy, [&](db::Session&) { together.arrive_and_wait(); }));
    }
    wait_for("done", 3);
    open.set_value();
    wait_for("done", 6);
}

BOOST_FIXTURE_TEST_CASE(between_lists_of_an_account_its_share_rests, Fixture) {
    constexpr auto kTime = 50ms;  // of a list
    constexpr int kLists = 4;
    auto workers = pool(8);
    std::latch all_wait(1);
    const auto start = Clock::now();
    for (int i = 0; i < kLists; ++i) {
        workers.submit(job(
            kGreedy,
            [&](db::Session&) {
                all_wait.wait();
                std::this_thread::sleep_for(kTime);
            },
            Work::kList));
    }
    // The threads serve others meanwhile.
    for (int i = 0; i < 20; ++i) workers.submit(job(kNeighbour, use));
    wait_for("done", 20);
    all_wait.count_down();
    wait_for("done", kLists + 20);
    BOOST_CHECK(Clock::now() - start >= (2 * kLists - 1) * kTime);
}

BOOST_FIXTURE_TEST_CASE(at_the_end_nothing_rests, Fixture) {
    {
        auto workers = pool(8);
        for (int i = 0; i < 20; ++i) {
            workers.submit(job(
                kGreedy, [](db::Session&) { std::this_thread::sleep_for(1ms); }, Work::kList));
        }
    }
    BOOST_TEST(ends.of("done") == 20);
}

BOOST_FIXTURE_TEST_CASE(a_full_line_and_a_full_queue_are_refused, Fixture) {
    auto workers = pool(4, 10, 3);
    std::promise<void> open;
    auto opened = open.get_future().share();
    const auto wait = [&](db::Session&) { opened.wait(); };
    for (int i = 0; i < 7; ++i) workers.submit(job(kGreedy, wait));
    wait_for("the account has too many requests in hand", 2);
    std::latch all_busy(3);
    for (int i = 0; i < 2; ++i) {
        workers.submit(job(kNeighbour, [&](db::Session&) {
            all_busy.count_down();
            opened.wait();
        }));
    }
    all_busy.arrive_and_wait();
    for (int i = 0; i < 12; ++i) workers.submit(job(0, use));
    BOOST_TEST(ends.of("too many requests wait for the database") == 2);
    open.set_value();
    wait_for("done", 5 + 2 + 10);
}

BOOST_FIXTURE_TEST_CASE(expired_jobs_are_not_run, Fixture) {
    std::atomic<bool> is_expired = false;
    {
        auto workers = pool(2);
        std::promise<void> open;
        auto opened = open.get_future().share();
        std::latch has_share(1);
        workers.submit(job(kGreedy, [&, opened](db::Session&) {
            has_share.count_down();
            opened.wait();
        }));
        has_share.wait();
        for (int i = 0; i < 5; ++i) {
            auto parked = job(kGreedy, [](db::Session&) { BOOST_ERROR("it was run"); });
            parked->expired = &is_expired;
            workers.submit(std::move(parked));
        }
        workers.submit(job(kGreedy, use));
        workers.submit(job(kNeighbour, use));
        wait_for("done", 1);
        is_expired = true;
        open.set_value();
    }
    BOOST_TEST(ends.of("done") == 3);
}

BOOST_FIXTURE_TEST_CASE(at_the_end_all_jobs_are_done, Fixture) {
    {
        auto workers = pool(4);
        for (int i = 0; i < 90; ++i) {
            workers.submit(job(i % 3 == 0 ? kNeighbour : kGreedy, [](db::Session& session) {
                std::this_thread::sleep_for(1ms);
                use(session);
            }));
        }
    }
    BOOST_TEST(ends.of("done") == 90);
}

BOOST_FIXTURE_TEST_CASE(many_jobs_of_few_accounts, Fixture) {
    {
        auto workers = pool(4, 10'000, 10'000);
        std::vector<std::jthread> clients;
        for (int client = 0; client < 4; ++client) {
            clients.emplace_back([&] {
                for (model::Id i = 0; i < 1000; ++i) {
                    workers.submit(job(
                        1 + i % 3, [](db::Session&) {}, i % 5 == 0 ? Work::kList : Work::kOther));
                }
            });
        }
    }
    BOOST_TEST(ends.of("done") == 4000);
}

BOOST_FIXTURE_TEST_CASE(while_the_database_is_away_jobs_are_refused_at_once, Fixture) {
    auto workers = pool(2);
    workers.submit(job(0, use));
    wait_for("done", 1);
    proxy.stay_away(true);
    proxy.cut_all();
    workers.submit(job(0, use));
    wait_for("the database is away", 1);
    const auto start = Clock::now();
    for (int i = 0; i < 100; ++i) workers.submit(job(0, use));
    wait_for("the database is away", 101);
    BOOST_CHECK(Clock::now() - start < 10s);
    proxy.stay_away(false);
    // The threads notice without a job.
    while (availability.is_away()) std::this_thread::sleep_for(1ms);
    workers.submit(job(0, use));
    wait_for("done", 2);
}

BOOST_FIXTURE_TEST_CASE(while_the_database_does_not_answer_jobs_are_refused_at_once, Fixture) {
    auto workers = pool(2);
    std::promise<void> open;
    auto opened = open.get_future().share();
    const auto hang = [&](db::Session& session) {
        session.run(
            [&](db::Connection&) {
                opened.wait();
                return 0;
            },
            Clock::now() + 100ms);
    };
    int submitted = 0;
    for (; submitted < 2; ++submitted) workers.submit(job(0, hang));
    for (; ends.of("the database does not answer") == 0; ++submitted) {
        std::this_thread::sleep_for(10ms);
        workers.submit(job(0, use));
    }
    open.set_value();
    wait_for("done", submitted - 1);
    workers.submit(job(0, use));
    wait_for("done", submitted);
}
