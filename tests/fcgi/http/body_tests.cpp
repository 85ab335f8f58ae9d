#define BOOST_TEST_MODULE body
#include "fcgi/http/body.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/support/forms.hpp"

using http::BodyError;
using Lines = std::vector<std::string>;

namespace {

constexpr std::array<std::string_view, 1> kKnown = {"url"};
constexpr std::string_view kJson = R"({"url":"x"})";
constexpr std::string_view kUrlencoded = "url=x";
constexpr const char* kCharset = "Unsupported charset in the Content-Type header; only UTF-8 is read.";
constexpr std::string_view kMultipart =
    "--B\r\nContent-Disposition: form-data; name=\"url\"\r\n\r\nx\r\n--B--\r\n";

base::Result<http::Form, BodyError> decode(std::vector<http::Header> headers, std::string_view body) {
    http::Request request;
    request.headers = std::move(headers);
    request.body = body;
    return http::decode_body(request, kKnown);
}

base::Result<http::Form, BodyError> decode(const std::string& content_type, std::string_view body) {
    return decode({{"CONTENT_TYPE", content_type}}, body);
}

void check(const std::string& content_type, std::string_view body, const Lines& expected) {
    BOOST_TEST_CONTEXT(content_type) {
        const auto form = decode(content_type, body);
        BOOST_REQUIRE(form.ok());
        const Lines lines = test::format_out(form.value());
        BOOST_TEST(lines == expected, boost::test_tools::per_element());
    }
}

void check_error(const base::Result<http::Form, BodyError>& form, BodyError::Kind kind,
                 const std::string& message) {
    BOOST_REQUIRE(!form.ok());
    BOOST_TEST((form.error().kind == kind));
    BOOST_TEST(form.error().message == message);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(body_tests)

BOOST_AUTO_TEST_CASE(the_media_type_picks_the_decoder) {
    check("application/json", kJson, {"url=string:x"});
    check("application/x-www-form-urlencoded", kUrlencoded, {"url=text:x"});
    check("multipart/form-data; boundary=B", kMultipart, {"url=text:x"});
    check("APPLICATION/Json ; q=1", kJson, {"url=string:x"});
    check("Application/X-WWW-Form-URLencoded;;;=;charset", kUrlencoded, {"url=text:x"});
    check("Multipart/Form-Data; foo; BOUNDARY=\"B\"", kMultipart, {"url=text:x"});
    check("application/json;;;=;charset", kJson, {"url=string:x"});
}

BOOST_AUTO_TEST_CASE(another_media_type_is_unsupported) {
    const auto kind = BodyError::Kind::kUnsupportedMediaType;
    check_error(decode(std::vector<http::Header>(), kJson), kind, "");
    check_error(decode("", kJson), kind, "");
    check_error(decode("; charset=utf-8", kJson), kind, "");
    check_error(decode("text/plain", kJson), kind, "text/plain");
    check_error(decode("Text/JSON; charset=latin1", kJson), kind, "Text/JSON");
    check_error(decode("application/json5", kJson), kind, "application/json5");
    check_error(decode("application/jso", kJson), kind, "application/jso");
    check_error(decode("application/json, text/plain", kJson), kind, "application/json, text/plain");
    check_error(decode("multipart/mixed; boundary=B", kMultipart), kind, "multipart/mixed");
}

BOOST_AUTO_TEST_CASE(an_encoded_body_is_unsupported) {
    const auto decode_with = [](std::vector<std::string> codings) {
        std::vector<http::Header> headers = {{"CONTENT_TYPE", "Application/JSON; charset=latin1"}};
        for (std::string& coding : codings) headers.push_back({"CONTENT_ENCODING", std::move(coding)});
        return decode(std::move(headers), kJson);
    };
    for (const std::string coding : {"gzip", "br", "x", "identity, gzip", "gzip, identity"}) {
        check_error(decode_with({coding}), BodyError::Kind::kUnsupportedMediaType, "Application/JSON");
        check_error(decode_with({"identity", coding}), BodyError::Kind::kUnsupportedMediaType,
                    "Application/JSON");
    }
    for (const std::string coding : {"identity", " Identity\t", ""}) {
        BOOST_TEST(decode({{"CONTENT_ENCODING", coding}, {"CONTENT_TYPE", "application/json"}}, kJson).ok());
    }
}

BOOST_AUTO_TEST_CASE(a_repeated_content_type_is_malformed) {
    check_error(decode({{"CONTENT_TYPE", "application/json"}, {"CONTENT_TYPE", "application/json"}}, kJson),
                BodyError::Kind::kMalformed, "Repeated Content-Type header.");
}

BOOST_AUTO_TEST_CASE(charsets_other_than_utf8_are_malformed_in_every_type) {
    const std::vector<std::pair<std::string, std::string_view>> types = {
        {"application/json", kJson},
        {"application/x-www-form-urlencoded", kUrlencoded},
        {"multipart/form-data; boundary=B", kMultipart},
    };
    for (const auto& [type, body] : types) {
        for (const char* const charset :
             {"utf-8", "UTF8", "\"Us-Ascii\"", "utf-8; charset=utf8", "utf-8 ; a=b", "ISO-8859-1",
              "\"latin1\"", "windows-1252", "utf-8; charset=latin1"}) {
            BOOST_TEST_CONTEXT(type << " " << charset) {
                BOOST_TEST(decode(type + "; Charset=" + charset, body).ok());
            }
        }
        for (const char* const charset :
             {"", "\"\"", "ascii", "utf-16", "\"utf-8", "utf-8; charset=utf-16", "latin1; charset="}) {
            check_error(decode(type + "; charset=" + charset, body), BodyError::Kind::kMalformed, kCharset);
        }
    }
}

BOOST_AUTO_TEST_CASE(charsets_that_extend_ascii_are_taken_on_ascii_alone) {
    const std::string multipart(kMultipart);
    const std::vector<std::pair<std::string, std::string>> bodies = {
        {"application/json", "{\"url\":\"\xE9\"}"},
        {"application/json", "{\"url\":\"x\",\"unknown\":\"\xC3\xA9\"}"},
        {"application/x-www-form-urlencoded", "url=\xE9"},
        {"application/x-www-form-urlencoded", "url=%E9"},
        {"application/x-www-form-urlencoded", "url=%c3%a9"},
        {"application/x-www-form-urlencoded", "url=x&unknown=%80"},
        {"application/x-www-form-urlencoded", "url=x&%C3%A9"},
        {"multipart/form-data; boundary=B", "\xC3\xA9\r\n" + multipart},
        {"multipart/form-data; boundary=B", multipart + "\xE9"},
    };
    for (const auto& [type, body] : bodies) {
        for (const char* const charset :
             {"iso-8859-1", "ISO-8859-15", "latin1", "windows-1252", "utf-8; charset=latin1"}) {
            BOOST_TEST_CONTEXT(body)
            check_error(decode(type + "; charset=" + charset, body), BodyError::Kind::kMalformed, kCharset);
        }
    }
    check("application/json; charset=latin1", R"({"url":"\u00e9"})", {"url=string:\xC3\xA9"});
    check("application/x-www-form-urlencoded; charset=ISO-8859-1", "url=%7F%4%&a=%",
          {"url=text:\x7F%4%", "a=text:%"});
}

BOOST_AUTO_TEST_CASE(multipart_needs_one_boundary) {
    const std::string type = "multipart/form-data";
    const auto kind = BodyError::Kind::kMalformed;
    const std::string prefix = "Multipart parse error - The boundary ";
    check_error(decode(type, kMultipart), kind, prefix + "is missing. (in Content-Type)");
    check_error(decode(type + "; boundary", kMultipart), kind, prefix + "is missing. (in Content-Type)");
    check_error(decode(type + "; boundary=", kMultipart), kind,
                prefix + "is empty or malformed. (in Content-Type)");
    check_error(decode(type + "; boundary=\"B", kMultipart), kind,
                prefix + "is empty or malformed. (in Content-Type)");
    check_error(decode(type + "; boundary=B; boundary=B", kMultipart), kind,
                prefix + "is repeated. (in Content-Type)");
    check_error(decode(type + "; boundary=B ; a=b", kMultipart), kind,
                prefix + "ends in a space. (in Content-Type)");
    check_error(decode(type + "; boundary=\"B \"", kMultipart), kind,
                prefix + "ends in a space. (in Content-Type)");
}

BOOST_AUTO_TEST_CASE(the_messages_of_the_decoders_are_passed_on) {
    check_error(decode("application/json", "[]"), BodyError::Kind::kMalformed,
                "Invalid data. Expected a dictionary, but got list.");
    check_error(decode("application/json", kUrlencoded), BodyError::Kind::kMalformed,
                "JSON parse error - Invalid value. (offset 0)");
    check_error(decode("application/x-www-form-urlencoded", "a=%FF"), BodyError::Kind::kMalformed,
                "Form parse error - Invalid UTF-8 in a value. (offset 2)");
    check_error(decode("multipart/form-data; boundary=C", kMultipart), BodyError::Kind::kMalformed,
                "Multipart parse error - The closing delimiter is missing. (offset 61)");
}

BOOST_AUTO_TEST_CASE(known_fields_reach_the_multipart_decoder) {
    std::string body(kMultipart);
    body.replace(body.find("\r\n\r\n"), 2, "; filename=f\r\n");
    body.replace(body.find("\r\n\r\nx") + 4, 1, "\xFF");
    BOOST_TEST(!decode("multipart/form-data; boundary=B", body).ok());
    body.replace(body.find("url"), 3, "uri");
    check("multipart/form-data; boundary=B", body, {"uri=file:"});
}

BOOST_AUTO_TEST_SUITE_END()
