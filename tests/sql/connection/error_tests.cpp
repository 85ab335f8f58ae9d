#define BOOST_TEST_MODULE error
#include "sql/connection/error.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <string>
#include <type_traits>
#include <vector>

namespace {

using Category = db::ErrorCategory;

const std::map<Category, std::vector<int>> kCodes{
    {Category::kLost, {2000, 2002, 2003, 2006, 2013, 2020, 2026, 2030, 2999, 1040, 1053, 1152,
                       1153, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161, 1927, 3169, 4031}},
    {Category::kWrongServer, {1047, 1290, 1792, 1836, 3032, 3100}},
    {Category::kRetry, {1020, 1205, 1213, 3101}},
    {Category::kFull, {1021, 1030, 1114}},
    {Category::kSchema, {1044, 1045, 1049, 1054, 1064, 1142, 1143, 1146, 1176, 1227}},
    {Category::kOther, {0, 1043, 1048, 1050, 1062, 1105, 1144, 1151, 1162, 1317, 1406, 1999, 3000, 3819}},
};

}  // namespace

BOOST_AUTO_TEST_CASE(each_code_has_its_category) {
    for (const auto& [category, codes] : kCodes) {
        for (const int code : codes) {
            BOOST_TEST_CONTEXT(code) {
                BOOST_CHECK(db::category_of(code, "what the server says") == category);
                BOOST_CHECK(db::Error(code, "what the server says").category() == category);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_node_without_its_cluster_is_known_by_the_message) {
    for (const int code : {0, 1105, 1180}) {
        const db::Error error(code, "Got error, provider status: Not connected to Primary Component");
        BOOST_CHECK(error.is(Category::kWrongServer));
    }
}

BOOST_AUTO_TEST_CASE(which_errors_end_the_connection) {
    for (const auto& [category, codes] : kCodes) {
        const bool ends = category == Category::kLost || category == Category::kWrongServer;
        for (const int code : codes) BOOST_TEST(db::Error(code, "").ends_connection() == ends);
    }
}

BOOST_AUTO_TEST_CASE(after_which_errors_a_commit_is_known_to_be_undone) {
    const std::vector<int> undone{1213, 1290, 1792, 1836, 3100, 3101};
    for (const auto& [category, codes] : kCodes) {
        for (const int code : codes) {
            const bool wanted = std::ranges::find(undone, code) != undone.end();
            BOOST_TEST_CONTEXT(code) {
                BOOST_TEST(db::Error(code, "").undoes_commit() == wanted);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(an_uncertain_commit_is_neither_repeated_nor_forgotten) {
    static_assert(std::is_base_of_v<db::Error, db::CommitUncertain>);
    const db::CommitUncertain uncertain(db::Error(1205, "lock wait"));
    BOOST_CHECK(uncertain.is(Category::kUncertain));
    BOOST_TEST(uncertain.ends_connection());
    BOOST_TEST(uncertain.code() == 1205);
    BOOST_TEST(uncertain.what() == std::string("lock wait"));
}
