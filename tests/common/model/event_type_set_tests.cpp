#define BOOST_TEST_MODULE event_type_set
#include "common/model/event_type_set.hpp"

#include <boost/test/unit_test.hpp>

#include "common/model/event_types.hpp"

using model::EventTypeSet;
using model::format_event_types;
using model::parse_event_types;

BOOST_AUTO_TEST_CASE(a_set_starts_empty) {
    BOOST_TEST(EventTypeSet().empty());
    BOOST_TEST(format_event_types({}).empty());
    BOOST_CHECK(parse_event_types("") == EventTypeSet());
}

BOOST_AUTO_TEST_CASE(names_are_in_the_order_of_all_types_each_once) {
    EventTypeSet types;
    for (const char* const name : {"finding_fixed", "user_created", "scan_failed", "user_created"}) {
        BOOST_TEST(types.add(name));
    }
    BOOST_TEST(format_event_types(types) == "user_created,scan_failed,finding_fixed");
    BOOST_CHECK(parse_event_types("scan_failed,finding_fixed,user_created") == types);
}

BOOST_AUTO_TEST_CASE(all_types_can_be_in_a_set) {
    EventTypeSet types;
    for (const std::string_view name : model::kEventTypes) BOOST_TEST(types.add(name));
    BOOST_TEST(types.names().size() == model::kEventTypes.size());
    BOOST_CHECK(parse_event_types(format_event_types(types)) == types);
}

BOOST_AUTO_TEST_CASE(other_names_are_refused) {
    EventTypeSet types;
    for (const char* const name : {"", "scan", "Scan_failed", "scan_failed ", "scan_failed,scan_started"}) {
        BOOST_TEST(!types.add(name));
    }
    BOOST_TEST(types.empty());
    for (const char* const text : {",", "scan", "scan_failed,,scan_started", ",scan_failed"}) {
        BOOST_TEST(!parse_event_types(text).has_value());
    }
}
