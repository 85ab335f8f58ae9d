#define BOOST_TEST_MODULE service_main
#include "common/base/service_main.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>

BOOST_AUTO_TEST_CASE(memory_goes_neither_to_a_core_file_nor_to_a_tracer) {
    base::keep_memory_private();
    BOOST_TEST(prctl(PR_GET_DUMPABLE) == 0);
    rlimit limit{};
    BOOST_REQUIRE(getrlimit(RLIMIT_CORE, &limit) == 0);
    BOOST_TEST(limit.rlim_cur == 0U);
    BOOST_TEST(limit.rlim_max == 0U);
}
