#define BOOST_TEST_MODULE sha256_tests
#include "common/base/sha256.hpp"

#include <boost/test/unit_test.hpp>

#include "common/base/ascii.hpp"

namespace {

std::string hexadecimal(std::string_view key) {
    return base::to_hexadecimal(base::as_text(base::sha256(key)));
}

// The examples of FIPS 180-2, appendix B.
BOOST_AUTO_TEST_CASE(the_digest_is_sha256) {
    BOOST_TEST(hexadecimal("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    BOOST_TEST(hexadecimal("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
               "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    BOOST_TEST(hexadecimal("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

}  // namespace
