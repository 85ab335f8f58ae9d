#define BOOST_TEST_MODULE account_shares
#include "sql/connection/account_shares.hpp"

#include <boost/test/unit_test.hpp>
#include <memory>
#include <string_view>

namespace {

using db::AccountShares;
using Share = AccountShares::Share;
using Work = AccountShares::Work;

constexpr model::Id kGreedy = 1;
constexpr model::Id kNeighbour = 2;
constexpr Share kOne{kGreedy, Work::kOther};
constexpr Share kList{kGreedy, Work::kList};

class NoJob : public db::Job {
    [[nodiscard]] bool is_expired() const override { return false; }
    void run(db::Worker& /*worker*/) noexcept override {}
    void refuse(std::string_view /*reason*/) noexcept override {}
};

// Parks a new job and returns it, or nullptr.
const db::Job* park(AccountShares& shares, const Share& wanted) {
    std::unique_ptr<db::Job> job = std::make_unique<NoJob>();
    const db::Job* const parked = job.get();
    BOOST_TEST(!shares.try_take(wanted));
    return shares.park(job, wanted) ? parked : nullptr;
}

const db::Job* give_back(AccountShares& shares, const Share& share) {
    static std::unique_ptr<db::Job> kept;  // so that no other job gets its address
    auto resumed = shares.give_back(share);
    if (!resumed) return nullptr;
    kept = std::move(resumed->job);
    return kept.get();
}

BOOST_AUTO_TEST_SUITE(account_shares_tests)

BOOST_AUTO_TEST_CASE(an_account_has_no_more_than_its_shares) {
    AccountShares shares({.all = 4, .lists = 1, .line = 8});
    for (int i = 0; i < 4; ++i) BOOST_TEST(shares.try_take(kOne));
    BOOST_TEST(!shares.try_take(kOne));
    BOOST_TEST(shares.try_take({kNeighbour, Work::kOther}));
    BOOST_TEST(give_back(shares, kOne) == nullptr);
    BOOST_TEST(shares.try_take(kOne));
}

BOOST_AUTO_TEST_CASE(parked_jobs_get_the_next_shares_in_their_order) {
    AccountShares shares({.all = 1, .lists = 1, .line = 8});
    BOOST_TEST(shares.try_take(kOne));
    const db::Job* const first = park(shares, kOne);
    const db::Job* const second = park(shares, kOne);
    BOOST_TEST(give_back(shares, kOne) == first);
    BOOST_TEST(!shares.try_take(kOne));
    BOOST_TEST(give_back(shares, kOne) == second);
    BOOST_TEST(give_back(shares, kOne) == nullptr);
    BOOST_TEST(shares.try_take(kOne));
}

BOOST_AUTO_TEST_CASE(a_share_is_wanted_while_a_job_with_such_work_waits) {
    AccountShares shares({.all = 4, .lists = 1, .line = 8});
    BOOST_TEST(shares.try_take(kList));
    BOOST_TEST(!shares.is_wanted(kList));
    BOOST_TEST(park(shares, kList) != nullptr);
    BOOST_TEST(shares.is_wanted(kList));
    BOOST_TEST(!shares.is_wanted(kOne));
    BOOST_TEST(give_back(shares, kList) != nullptr);
    BOOST_TEST(!shares.is_wanted(kList));
}

BOOST_AUTO_TEST_CASE(the_line_has_an_end) {
    AccountShares shares({.all = 1, .lists = 1, .line = 2});
    BOOST_TEST(shares.try_take(kOne));
    BOOST_TEST(park(shares, kOne) != nullptr);
    BOOST_TEST(park(shares, kOne) != nullptr);
    BOOST_TEST(park(shares, kOne) == nullptr);
    BOOST_TEST(give_back(shares, kOne) != nullptr);
    BOOST_TEST(park(shares, kOne) != nullptr);
}

BOOST_AUTO_TEST_CASE(lists_have_fewer) {
    AccountShares shares({.all = 4, .lists = 1, .line = 8});
    BOOST_TEST(shares.try_take(kList));
    BOOST_TEST(!shares.try_take(kList));
    BOOST_TEST(shares.try_take({kNeighbour, Work::kList}));
    for (int i = 0; i < 3; ++i) BOOST_TEST(shares.try_take(kOne));
    BOOST_TEST(!shares.try_take(kOne));
    BOOST_TEST(give_back(shares, kList) == nullptr);
    BOOST_TEST(shares.try_take(kList));
}

BOOST_AUTO_TEST_CASE(lists_that_wait_hold_up_nothing_else) {
    AccountShares shares({.all = 2, .lists = 1, .line = 8});
    BOOST_TEST(shares.try_take(kList));
    const db::Job* const list = park(shares, kList);
    BOOST_TEST(shares.try_take(kOne));
    const db::Job* const other = park(shares, kOne);
    BOOST_TEST(give_back(shares, kOne) == other);
    BOOST_TEST(give_back(shares, kList) == list);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
