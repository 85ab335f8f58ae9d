#define BOOST_TEST_MODULE reply
#include "fcgi/http/reply.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/test/unit_test.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using http::InHand;
using http::Reply;
using Phase = InHand::Phase;

// Keeps what is delivered, and counts it.
class Delivered : public InHand {
  public:
    Delivered() : InHand({.id = "7", .method = "GET", .uri = "/", .headers = {}, .body = ""}, kDeadline) {}

    static constexpr Clock::time_point kDeadline{std::chrono::hours(1)};
    std::atomic<int> count = 0;
    http::Response response;

  private:
    void deliver(http::Response answer) noexcept override {
        ++count;
        response = std::move(answer);
    }
};

struct Fixture {
    std::shared_ptr<Delivered> in_hand = std::make_shared<Delivered>();
    std::optional<Reply> reply{std::in_place, in_hand};

    void expect(int count, int status) const {
        BOOST_TEST(in_hand->count == count);
        BOOST_TEST(in_hand->response.status == status);
    }
    [[nodiscard]] std::string logged(const std::string& key) const {
        for (const auto& [name, value] : in_hand->response.log)
            if (name == key) return value;
        return "";
    }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reply_tests, Fixture)

BOOST_AUTO_TEST_CASE(an_answer_is_delivered_once) {
    BOOST_TEST(reply->request().id == "7");
    BOOST_TEST((reply->deadline() == Delivered::kDeadline));
    BOOST_TEST(!reply->is_expired());
    reply->answer({.status = 204});
    BOOST_TEST(!*reply);
    expect(1, 204);
    reply.reset();
    expect(1, 204);
    BOOST_TEST((in_hand->expire() == Phase::kEnded));
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_dropped_is_a_500) {
    reply.reset();
    expect(1, 500);
    BOOST_TEST(logged("stored") == "no");
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_dropped_during_a_commit_says_so) {
    BOOST_TEST(reply->start_commit());
    reply.reset();
    expect(1, 500);
    BOOST_TEST(logged("stored") == "perhaps");
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_moved_answers_by_its_new_owner) {
    {
        Reply moved = *std::move(reply);
        BOOST_TEST(!*reply);
        reply.reset();
        BOOST_TEST(in_hand->count == 0);
        moved.answer({.status = 200});
    }
    expect(1, 200);
}

BOOST_AUTO_TEST_CASE(nothing_is_delivered_after_the_request_has_expired) {
    BOOST_TEST((in_hand->expire() == Phase::kOpen));
    BOOST_TEST((in_hand->expire() == Phase::kEnded));
    BOOST_TEST(reply->is_expired());
    BOOST_TEST(!reply->start_commit());
    reply->answer({.status = 200});
    reply.reset();
    BOOST_TEST(in_hand->count == 0);
}

BOOST_AUTO_TEST_CASE(a_reply_of_an_expired_request_is_dropped_without_an_answer) {
    BOOST_TEST((in_hand->expire() == Phase::kOpen));
    reply.reset();
    BOOST_TEST(in_hand->count == 0);
}

BOOST_AUTO_TEST_CASE(the_server_learns_that_a_commit_had_begun) {
    BOOST_TEST(reply->start_commit());
    BOOST_TEST(reply->start_commit());  // of a second try
    BOOST_TEST((in_hand->expire() == Phase::kCommitting));
    BOOST_TEST(!reply->start_commit());
    reply->cancel_commit();
    BOOST_TEST(reply->is_expired());
}

BOOST_AUTO_TEST_CASE(a_commit_that_did_not_happen_is_forgotten) {
    BOOST_TEST(reply->start_commit());
    reply->cancel_commit();
    BOOST_TEST(!reply->is_expired());
    BOOST_TEST((in_hand->expire() == Phase::kOpen));
}

BOOST_AUTO_TEST_CASE(a_commit_is_followed_by_its_answer) {
    BOOST_TEST(reply->start_commit());
    reply->answer({.status = 200});
    expect(1, 200);
}

BOOST_AUTO_TEST_CASE(notes_are_kept_in_their_order) {
    BOOST_TEST(in_hand->notes().empty());
    reply->note("key", "a");
    reply->note("account", "b");
    const http::NamedTexts expected{{"key", "a"}, {"account", "b"}};
    BOOST_TEST((in_hand->notes() == expected));
    BOOST_TEST((in_hand->expire() == Phase::kOpen));
    reply->note("event", "c");
    BOOST_TEST(in_hand->notes().size() == 3U);
}

BOOST_AUTO_TEST_CASE(a_request_is_answered_or_expires_whoever_is_first) {
    constexpr int kRounds = 2000;
    for (int i = 0; i < kRounds; ++i) {
        const auto shared = std::make_shared<Delivered>();
        Reply racing(shared);
        Phase phase{};
        {
            const std::jthread server([&] { phase = shared->expire(); });
            racing.answer({.status = 200});
        }
        BOOST_REQUIRE(shared->count == (phase == Phase::kEnded ? 1 : 0));
    }
}

BOOST_AUTO_TEST_SUITE_END()
