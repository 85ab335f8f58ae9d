#define BOOST_TEST_MODULE schema
#include "sql/connection/schema.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace {

using Statements = std::vector<std::string>;

void check_split(std::string_view sql, const Statements& expected) {
    const Statements statements = db::split_statements(sql);
    BOOST_TEST_CONTEXT(sql) BOOST_TEST(statements == expected, boost::test_tools::per_element());
}

constexpr db::Migration kKnown[] = {{1, "0001_initial", ""}, {2, "0002_more", ""}, {3, "0003_most", ""}};
const db::AppliedMigration kFirst{1, "0001_initial"};
const db::AppliedMigration kSecond{2, "0002_more"};
const db::AppliedMigration kThird{3, "0003_most"};

std::string mismatch(const std::vector<db::AppliedMigration>& applied) {
    return db::schema_mismatch(applied, kKnown).value_or("");
}

bool says(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_statement_ends_with_a_semicolon_at_the_end_of_a_line) {
    check_split("", {});
    check_split("\n \t\n-- nothing; here\n", {});
    check_split("SELECT 1;", {"SELECT 1"});
    check_split("SELECT 1", {"SELECT 1"});
    check_split("SELECT 1;\nSELECT 2;\n", {"SELECT 1", "SELECT 2"});
    check_split("SELECT 1; \t\r\nSELECT 2;\r\n", {"SELECT 1", "SELECT 2"});
    check_split("SELECT ';' AS a,\n  '--' AS b;\n", {"SELECT ';' AS a,\n  '--' AS b"});
    check_split("SELECT 1;SELECT 2;\n", {"SELECT 1;SELECT 2"});
    check_split("CREATE TABLE a (\n  -- of b;\n  b INT\n\n);\n", {"CREATE TABLE a (\n  b INT\n)"});
    check_split("SELECT [1;2];", {"SELECT [1;2]"});
}

BOOST_AUTO_TEST_CASE(the_migrations_are_compiled_in) {
    const auto migrations = db::migrations();
    BOOST_REQUIRE(!migrations.empty());
    BOOST_TEST(migrations.front().name == "0001_initial");
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        BOOST_TEST(migrations[i].number == i + 1);
        BOOST_TEST(!db::split_statements(migrations[i].sql).empty());
    }
    for (const std::string& statement : db::split_statements(migrations.front().sql)) {
        BOOST_TEST(statement.starts_with("CREATE TABLE IF NOT EXISTS "), statement);
        BOOST_TEST(statement.ends_with("COLLATE utf8mb4_bin"), statement);
    }
}

BOOST_AUTO_TEST_CASE(a_schema_fits_only_if_all_migrations_are_the_same) {
    BOOST_TEST(mismatch({kFirst, kSecond, kThird}) == "");
}

BOOST_AUTO_TEST_CASE(a_mismatch_is_explained) {
    const std::string none = mismatch({});
    BOOST_TEST(says(none, "no tables"), none);
    BOOST_TEST(says(none, "targethooks migrate"), none);

    const std::string older = mismatch({kFirst});
    BOOST_TEST(says(older, "is at 0001_initial"), older);
    BOOST_TEST(says(older, "needs 0002_more"), older);
    BOOST_TEST(says(older, "targethooks migrate"), older);

    const std::string gap = mismatch({kFirst, kThird});
    BOOST_TEST(says(gap, "needs 0002_more"), gap);

    for (const auto& unknown :
         {db::AppliedMigration{4, "0004_future"}, db::AppliedMigration{3, "0003_other"}}) {
        const std::string newer = mismatch({kFirst, kSecond, unknown});
        BOOST_TEST(says(newer, "is at " + unknown.name), newer);
        BOOST_TEST(says(newer, "newer than this program (0003_most)"), newer);
        BOOST_TEST(says(newer, "install the newer version"), newer);
    }
}
