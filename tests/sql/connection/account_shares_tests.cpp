#define BOOST_TEST_MODULE account_shares
#include "sql/connection/account_shares.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

namespace {

using namespace std::chrono_literals;
using db::AccountShares;
using Work = AccountShares::Work;
using Share = std::optional<AccountShares::Share>;

constexpr model::Id kGreedy = 1;
constexpr model::Id kNeighbour = 2;

AccountShares::Clock::time_point in(std::chrono::milliseconds time) {
    return AccountShares::Clock::now() + time;
}

std::vector<Share> take_all(AccountShares& shares, model::Id account, std::size_t count) {
    std::vector<Share> taken;
    for (std::size_t i = 0; i < count; ++i) taken.push_back(shares.try_take(account, Work::kOther));
    BOOST_TEST(taken.back().has_value());
    return taken;
}

BOOST_AUTO_TEST_SUITE(account_shares_tests)

BOOST_AUTO_TEST_CASE(an_account_has_no_more_than_its_shares) {
    AccountShares shares({.all = 4, .lists = 1, .line = 8});
    auto taken = take_all(shares, kGreedy, 4);
    BOOST_TEST(!shares.try_take(kGreedy, Work::kOther).has_value());
    BOOST_TEST(shares.try_take(kNeighbour, Work::kOther).has_value());
    taken.pop_back();
    BOOST_TEST(shares.try_take(kGreedy, Work::kOther).has_value());
}

BOOST_AUTO_TEST_CASE(waiting_requests_get_the_next_shares) {
    AccountShares shares({.all = 1, .lists = 1, .line = 8});
    auto taken = take_all(shares, kGreedy, 1);
    std::vector<std::future<bool>> waiting;
    for (int i = 0; i < 5; ++i) {
        waiting.push_back(std::async(std::launch::async,
                                     [&] { return shares.take(kGreedy, Work::kOther, in(1h)).has_value(); }));
    }
    taken.clear();
    for (auto& one : waiting) BOOST_TEST(one.get());
    BOOST_TEST(shares.try_take(kGreedy, Work::kOther).has_value());
}

BOOST_AUTO_TEST_CASE(the_line_has_an_end) {
    AccountShares shares({.all = 1, .lists = 1, .line = 0});
    auto taken = take_all(shares, kGreedy, 1);
    BOOST_TEST(!shares.take(kGreedy, Work::kOther, in(1h)).has_value());
}

BOOST_AUTO_TEST_CASE(a_request_that_times_out_leaves_the_line) {
    AccountShares shares({.all = 1, .lists = 1, .line = 1});
    auto taken = take_all(shares, kGreedy, 1);
    for (int i = 0; i < 3; ++i) BOOST_TEST(!shares.take(kGreedy, Work::kOther, in(10ms)).has_value());
    taken.clear();
    BOOST_TEST(shares.take(kGreedy, Work::kOther, in(1h)).has_value());
}

BOOST_AUTO_TEST_CASE(lists_have_fewer) {
    AccountShares shares({.all = 4, .lists = 1, .line = 8});
    auto list = shares.try_take(kGreedy, Work::kList);
    BOOST_TEST(list.has_value());
    BOOST_TEST(!shares.try_take(kGreedy, Work::kList).has_value());
    BOOST_TEST(shares.try_take(kNeighbour, Work::kList).has_value());
    const auto others = take_all(shares, kGreedy, 3);
    BOOST_TEST(!shares.try_take(kGreedy, Work::kOther).has_value());
    list.reset();
    BOOST_TEST(shares.try_take(kGreedy, Work::kList).has_value());
}

BOOST_AUTO_TEST_CASE(lists_that_wait_hold_up_nothing_else) {
    AccountShares shares({.all = 2, .lists = 1, .line = 8});
    auto list = shares.try_take(kGreedy, Work::kList);
    auto waiting =
        std::async(std::launch::async, [&] { return shares.take(kGreedy, Work::kList, in(1h)).has_value(); });
    for (int i = 0; i < 3; ++i) BOOST_TEST(shares.take(kGreedy, Work::kOther, in(1h)).has_value());
    BOOST_TEST((waiting.wait_for(50ms) == std::future_status::timeout));
    list.reset();
    BOOST_TEST(waiting.get());
}

BOOST_AUTO_TEST_CASE(shares_are_moved_not_copied) {
    AccountShares shares({.all = 1, .lists = 1, .line = 1});
    auto first = std::make_unique<Share>(shares.try_take(kGreedy, Work::kOther));
    Share second = std::move(*first);
    first = nullptr;
    BOOST_TEST(!shares.try_take(kGreedy, Work::kOther).has_value());
    second.reset();
    BOOST_TEST(shares.try_take(kGreedy, Work::kOther).has_value());
}

BOOST_AUTO_TEST_CASE(many_at_once) {
    AccountShares shares({.all = 3, .lists = 1, .line = 100});
    std::atomic<int> in_use = 0;
    std::atomic<bool> too_many = false;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 24; ++i) {
        threads.emplace_back([&] {
            for (int round = 0; round < 200; ++round) {
                const auto share = shares.take(kGreedy, Work::kOther, in(1h));
                if (!share || ++in_use > 3) too_many = true;
                --in_use;
            }
        });
    }
    threads.clear();
    BOOST_TEST(!too_many);
    BOOST_TEST(take_all(shares, kGreedy, 3).size() == 3U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
