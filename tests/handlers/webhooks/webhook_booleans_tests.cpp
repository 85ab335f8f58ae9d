#define BOOST_TEST_MODULE webhook_booleans
#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "handlers/webhooks/webhook_fields.hpp"

using Kind = http::Value::Kind;
using Messages = std::vector<std::string>;
using namespace std::string_literals;

namespace {

const Messages kNoBoolean{"Must be a valid boolean."};

std::optional<bool> boolean_of(Kind kind, const std::string& text) {
    const auto result = handlers::validate_boolean({kind, text});
    if (!result.ok()) return std::nullopt;
    return result.value();
}

Messages messages_about(Kind kind, const std::string& text) {
    const auto result = handlers::validate_boolean({kind, text});
    return result.ok() ? Messages{} : result.error();
}

}  // namespace

BOOST_AUTO_TEST_CASE(boolean_words_are_read_in_any_case) {
    for (const Kind kind : {Kind::kString, Kind::kFormText}) {
        for (const char* word :
             {"true", "t", "yes", "y", "on", "1", "TRUE", "True", "tRuE", "T", "YES", "Y", "On"}) {
            BOOST_TEST((boolean_of(kind, word) == true), word);
        }
        for (const char* word :
             {"false", "f", "no", "n", "off", "0", "FALSE", "False", "F", "NO", "N", "oFF"}) {
            BOOST_TEST((boolean_of(kind, word) == false), word);
        }
    }
    BOOST_TEST((boolean_of(Kind::kBoolean, "true") == true));
    BOOST_TEST((boolean_of(Kind::kBoolean, "false") == false));
}

BOOST_AUTO_TEST_CASE(other_values_are_no_booleans) {
    const std::string texts[] = {"2",     "-1",      "1.0", "0.0",   "00",        "01",     "+1",
                                 "tru",   "truee",   "ja",  "ok",    "null",      "none",   "enabled",
                                 "t rue", "true\0"s, "\0"s, "\"1\"", "true,true", "\uff11", "\u2003-"};
    for (const Kind kind : {Kind::kString, Kind::kFormText}) {
        for (const std::string& text : texts) {
            BOOST_TEST(messages_about(kind, text) == kNoBoolean);
        }
        BOOST_TEST(messages_about(kind, " ") == kNoBoolean);
    }
    BOOST_TEST(messages_about(Kind::kArray, "[]") == kNoBoolean);
    BOOST_TEST(messages_about(Kind::kArray, "[true]") == kNoBoolean);
    BOOST_TEST(messages_about(Kind::kObject, "{}") == kNoBoolean);
}

BOOST_AUTO_TEST_CASE(numbers_that_equal_one_or_zero_are_booleans) {
    const std::string zeros(60'000, '0');
    const std::string ones[] = {"1",
                                "1.0",
                                "1.000000",
                                "1e0",
                                "1E0",
                                "1e+0",
                                "1e-0",
                                "10e-1",
                                "100E-2",
                                "0.1e1",
                                "0.1e+1",
                                "0.01e2",
                                "1.0e00",
                                "1000.00e-3",
                                "1e-000",
                                "0.10e0001",
                                "1." + zeros,
                                "1" + zeros + "e-60000",
                                "0." + zeros + "1e60001",
                                "1e" + zeros,
                                "10e-" + zeros + "1"};
    for (const std::string& number : ones) {
        BOOST_TEST((boolean_of(Kind::kNumber, number) == true), number.substr(0, 40));
    }
    const std::string nulls[] = {"0",
                                 "-0",
                                 "0.0",
                                 "-0.0",
                                 "0e0",
                                 "0e99",
                                 "0E-99",
                                 "-0e+99",
                                 "0.000e7",
                                 "0e99999999999999999999",
                                 "0e-99999999999999999999",
                                 "0." + zeros,
                                 "0e" + zeros};
    for (const std::string& number : nulls) {
        BOOST_TEST((boolean_of(Kind::kNumber, number) == false), number.substr(0, 40));
    }
}

BOOST_AUTO_TEST_CASE(other_numbers_are_no_booleans) {
    for (const char* number : {"2",
                               "3",
                               "-1",
                               "-1.0",
                               "10",
                               "11",
                               "101",
                               "0.1",
                               "1.1",
                               "1e1",
                               "1e-1",
                               "10e-2",
                               "10e0",
                               "0.1e2",
                               "0.1e0",
                               "0.01e1",
                               "-10e-1",
                               "20e-1",
                               "5e-1",
                               "0.9999999999999999999999",
                               "1.00000000000000000000000000001",
                               "0.00000000000000000000000000001",
                               "1e-400",
                               "1e400",
                               "1e99999999999999999999",
                               "1e-99999999999999999999",
                               "1e9223372036854775807",
                               "1e9223372036854775808",
                               "1e-9223372036854775808",
                               "10e-9223372036854775809",
                               "1e18446744073709551616",
                               "1e4294967296"}) {
        BOOST_TEST(messages_about(Kind::kNumber, number) == kNoBoolean, number);
    }
    const std::string zeros(60'000, '0');
    for (const std::string& number :
         {"1" + zeros, "1" + zeros + "e-59999", "0." + zeros + "1e60000", "1." + zeros + "1"}) {
        BOOST_TEST(messages_about(Kind::kNumber, number) == kNoBoolean, number.substr(0, 4));
    }
}

// Tries every mantissa of up to three digits, with the point anywhere and with every small exponent.
BOOST_AUTO_TEST_CASE(small_numbers_agree_with_arithmetic) {
    for (int digits = 0; digits < 1000; ++digits) {
        for (int decimals = 0; decimals <= 3; ++decimals) {
            for (int exponent = -3; exponent <= 3; ++exponent) {
                std::string number = std::to_string(digits);
                if (decimals > 0) {
                    while (number.size() <= static_cast<std::size_t>(decimals)) number.insert(0, "0");
                    number.insert(number.size() - static_cast<std::size_t>(decimals), ".");
                }
                number += "e" + std::to_string(exponent);
                std::int64_t value = digits;  // in millionths
                for (int power = 6 - decimals + exponent; power > 0; --power) value *= 10;
                const std::optional<bool> answer = boolean_of(Kind::kNumber, number);
                BOOST_REQUIRE_MESSAGE(answer.has_value() == (value == 0 || value == 1'000'000), number);
                BOOST_REQUIRE_MESSAGE(!answer || *answer == (value != 0), number);
            }
        }
    }
}
