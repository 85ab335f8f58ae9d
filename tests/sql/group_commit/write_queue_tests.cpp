#define BOOST_TEST_MODULE write_queue
#include "sql/group_commit/write_queue.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using db::Batch;
using db::WriteQueue;

constexpr auto kLong = 1h;

// Ends as soon as it is told to.
class Request final : public db::WriteRequest {
  public:
    explicit Request(std::shared_ptr<bool> given_up) : given_up_(std::move(given_up)) {}
    [[nodiscard]] bool has_given_up() const override { return *given_up_; }
    [[nodiscard]] bool start_commit() override { return !*given_up_; }
    void cancel_commit() override {}
    void identify(const model::Identity& /*by*/) override {}
    void settle(db::WriteOutcome /*outcome*/) override {}

  private:
    std::shared_ptr<bool> given_up_;
};

struct Fixture {
    static constexpr std::size_t kLongest = 100;
    static constexpr std::size_t kMost = 64;
    WriteQueue queue{kLongest, kMost};
    std::shared_ptr<bool> given_up = std::make_shared<bool>(false);

    // by: the key. content: of an event; without it, the write is a registration.
    std::unique_ptr<db::Write> write(std::uint8_t by, const std::string& content = "") const {
        auto request = std::make_unique<Request>(given_up);
        if (content.empty()) {
            return std::make_unique<db::Write>(
                db::Registration{.key = {by}, .scope = {1}, .webhook = model::WebhookFields{}},
                std::move(request), db::Write::Clock::now());
        }
        return std::make_unique<db::Write>(
            db::Publication{
                .key = {by},
                .scope = {1},
                .event =
                    db::PublishedEvent{.event_type = "scan_started", .content = content, .occurred_at = {}}},
            std::move(request), db::Write::Clock::now());
    }

    bool add(std::unique_ptr<db::Write> one) { return queue.add(one); }

    // By one writer after the other.
    Batch take(WriteQueue& from) {
        Batch batch = from.take(kLong);
        from.done();
        return batch;
    }
    Batch take() { return take(queue); }
};

std::string keys_of(const Batch& batch) {
    std::string keys;
    for (const auto& write : batch) keys += static_cast<char>('a' + write->access().key[0]);
    return keys;
}

}  // namespace

BOOST_FIXTURE_TEST_CASE(all_that_wait_are_taken_together_in_order, Fixture) {
    for (const std::uint8_t by : std::vector<std::uint8_t>{2, 0, 1, 0}) BOOST_TEST(add(write(by)));
    BOOST_TEST(keys_of(take()) == "caba");
    BOOST_TEST(queue.take(0ms).empty());
}

BOOST_FIXTURE_TEST_CASE(keys_share_batches_round_robin, Fixture) {
    WriteQueue small(kLongest, 3);
    for (const std::uint8_t by : std::vector<std::uint8_t>{0, 0, 0, 0, 1, 0, 1, 2}) {
        auto one = write(by);
        BOOST_TEST(small.add(one));
    }
    BOOST_TEST(keys_of(take(small)) == "abc");
    BOOST_TEST(keys_of(take(small)) == "aba");
    BOOST_TEST(keys_of(take(small)) == "aa");
}

BOOST_FIXTURE_TEST_CASE(what_is_put_back_comes_first_but_shares_the_batch, Fixture) {
    WriteQueue small(kLongest, 3);
    for (const std::uint8_t by : std::vector<std::uint8_t>{0, 0, 2, 0, 1}) {
        auto one = write(by);
        BOOST_TEST(small.add(one));
    }
    Batch batch = take(small);
    BOOST_TEST(keys_of(batch) == "acb");
    small.put_back(std::move(batch));
    BOOST_TEST(keys_of(take(small)) == "acb");
    BOOST_TEST(keys_of(take(small)) == "aa");
}

BOOST_FIXTURE_TEST_CASE(a_full_queue_takes_no_more, Fixture) {
    for (int i = 0; i < 100; ++i) BOOST_TEST(add(write(0)));
    auto one_more = write(1);
    BOOST_TEST(!queue.add(one_more));
    BOOST_TEST((one_more != nullptr));
    BOOST_TEST(take().size() == kMost);
    BOOST_TEST(queue.add(one_more));
}

BOOST_FIXTURE_TEST_CASE(requests_that_have_given_up_make_room_and_are_not_taken, Fixture) {
    for (int i = 0; i < 100; ++i) BOOST_TEST(add(write(0)));
    *given_up = true;
    given_up = std::make_shared<bool>(false);
    BOOST_TEST(add(write(1)));
    BOOST_TEST(keys_of(take()) == "b");
    BOOST_TEST(add(write(1)));
    *given_up = true;
    BOOST_TEST(queue.take(0ms).empty());
}

BOOST_FIXTURE_TEST_CASE(a_batch_holds_a_megabyte_or_one_write, Fixture) {
    constexpr std::size_t kMegabyte = 1024 * 1024;
    for (const std::size_t bytes : {kMegabyte - 1, std::size_t{1}, std::size_t{1}, 2 * kMegabyte}) {
        BOOST_TEST(add(write(0, std::string(bytes, 'x'))));
    }
    BOOST_TEST(take().size() == 2U);
    BOOST_TEST(take().size() == 1U);
    BOOST_TEST(take().size() == 1U);
}

BOOST_FIXTURE_TEST_CASE(beside_a_writer_at_work_another_takes_half_a_batch, Fixture) {
    WriteQueue patient(kLongest, kMost, kLong);
    const auto add_one = [&] {
        auto one = write(0);
        BOOST_TEST(patient.add(one));
    };
    add_one();
    BOOST_TEST(patient.take(kLong).size() == 1U);  // this writer is at work from now on
    for (std::size_t i = 0; i < kMost / 2; ++i) {
        BOOST_TEST(patient.take(0ms).empty());
        add_one();
    }
    BOOST_TEST(patient.take(0ms).size() == kMost / 2);
}

BOOST_FIXTURE_TEST_CASE(beside_a_writer_at_work_nothing_waits_for_long, Fixture) {
    BOOST_TEST(add(write(0)));
    BOOST_TEST(queue.take(kLong).size() == 1U);
    std::size_t taken = 0;
    std::jthread other([&] { taken = queue.take(kLong).size(); });
    while (!queue.has_idle_writer()) std::this_thread::sleep_for(1ms);
    BOOST_TEST(add(write(0)));
    other.join();
    BOOST_TEST(taken == 1U);
}

BOOST_FIXTURE_TEST_CASE(what_is_queued_is_taken_after_the_close, Fixture) {
    BOOST_TEST(add(write(0)));
    queue.close();
    BOOST_TEST(!queue.is_at_end());
    BOOST_TEST(queue.take(kLong).size() == 1U);
    BOOST_TEST(queue.is_at_end());
    BOOST_TEST(queue.take(kLong).empty());
}

BOOST_FIXTURE_TEST_CASE(a_writer_that_waits_is_idle, Fixture) {
    BOOST_TEST(!queue.has_idle_writer());
    std::size_t taken = 0;
    std::jthread writer([&] { taken = queue.take(kLong).size(); });
    while (!queue.has_idle_writer()) std::this_thread::sleep_for(1ms);
    BOOST_TEST(add(write(0)));
    writer.join();
    BOOST_TEST(taken == 1U);
    BOOST_TEST(!queue.has_idle_writer());
}
