#define BOOST_TEST_MODULE id
#include "common/model/id.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

namespace {

using namespace std::chrono_literals;
constexpr std::chrono::sys_days kEpoch = std::chrono::year{2020} / 1 / 1;

BOOST_AUTO_TEST_CASE(time_is_in_the_upper_42_bits_and_chance_in_the_lower_22) {
    BOOST_TEST(model::make_id(kEpoch, 0) == 0U);
    BOOST_TEST(model::make_id(kEpoch + 1ms, 0) == model::Id{1} << 22);
    BOOST_TEST(model::make_id(kEpoch + 1ms, 5) == (model::Id{1} << 22 | 5));
    BOOST_TEST(model::make_id(kEpoch, 0xffffffff) == (model::Id{1} << 22) - 1);
    BOOST_TEST(model::make_id(kEpoch - 1h, 7) == 7U);
}

BOOST_AUTO_TEST_CASE(generated_ids_differ_and_are_of_now) {
    const auto before = model::make_id(std::chrono::system_clock::now(), 0);
    std::set<model::Id> generated;
    for (int i = 0; i < 100; ++i) generated.insert(model::generate_id());
    const auto after = model::make_id(std::chrono::system_clock::now(), 0xffffffff);
    BOOST_TEST(generated.size() >= 99U);
    BOOST_TEST(*generated.begin() >= before);
    BOOST_TEST(*generated.rbegin() <= after);
}

BOOST_AUTO_TEST_CASE(every_id_has_one_text_of_eleven_characters) {
    BOOST_TEST(model::to_base58(0) == "11111111111");
    BOOST_TEST(model::to_base58(1) == "11111111112");
    BOOST_TEST(model::to_base58(57) == "1111111111z");
    BOOST_TEST(model::to_base58(58) == "11111111121");
    BOOST_TEST(model::to_base58(std::numeric_limits<model::Id>::max()) == "jpXCZedGfVQ");
}

BOOST_AUTO_TEST_CASE(text_order_is_number_order) {
    model::Id previous = 0;
    for (model::Id id = 1; id < std::numeric_limits<model::Id>::max() / 3; id = id * 3 + 1) {
        BOOST_TEST(model::to_base58(previous) < model::to_base58(id));
        previous = id;
    }
}

BOOST_AUTO_TEST_CASE(formatted_ids_are_parsed_back) {
    for (const model::Id id : {model::Id{0}, model::Id{1}, model::Id{58}, model::Id{1} << 63,
                               std::numeric_limits<model::Id>::max()}) {
        BOOST_TEST((model::parse_id(model::to_base58(id)) == id));
    }
    for (int i = 0; i < 1000; ++i) {
        const model::Id id = model::generate_id();
        BOOST_TEST((model::parse_id(model::to_base58(id)) == id));
    }
}

BOOST_AUTO_TEST_CASE(other_texts_are_not_ids) {
    const std::string_view invalid[] = {
        "",
        "1",
        "1111111111",    // one character short
        "111111111111",  // one too many
        "jpXCZedGfVR",   // 2^64
        "zzzzzzzzzzz",
        "0jpXCZedGfV",  // letters that are no digits
        "OjpXCZedGfV",
        "IjpXCZedGfV",
        "ljpXCZedGfV",
        "5Kd3NBUAdU ",
        " 5Kd3NBUAdU",
        "5Kd3NBUAd/n",
        "5Kd3NBUAd\xc3\xa9",
        std::string_view("5Kd3NBUAdU\0", 11),
    };
    for (const auto text : invalid) BOOST_TEST(!model::parse_id(text).has_value(), "accepted: " << text);
}

}  // namespace
