#define BOOST_TEST_MODULE multipart_body
#include "fcgi/http/multipart_body.hpp"

#include <array>
#include <boost/test/unit_test.hpp>

#include "tests/support/forms.hpp"

using namespace std::string_literals;
using Lines = std::vector<std::string>;

namespace {

constexpr std::array<std::string_view, 2> kKnown = {"url", "name"};
constexpr const char* kCharset = "Unsupported charset of a part; only UTF-8 is read.";
constexpr const char* kCharsetStart =
    "Multipart parse error - Unsupported charset of a part; only UTF-8 is read. (offset ";

base::Result<http::Form, std::string> decode(std::string_view body) {
    return http::decode_multipart(body, "B", kKnown);
}

void check(const std::string& body, const Lines& expected) {
    BOOST_TEST_CONTEXT(body) {
        const Lines lines = test::format_out(decode(body));
        BOOST_TEST(lines == expected, boost::test_tools::per_element());
    }
}

void check_fault(const std::string& body, const std::string& what, std::size_t offset) {
    check(body, {"! Multipart parse error - " + what + " (offset " + std::to_string(offset) + ")"});
}

// A body of one part.
std::string part(const std::string& headers, const std::string& content) {
    return "--B\r\n" + headers + "\r\n\r\n" + content + "\r\n--B--\r\n";
}

std::string with_disposition(const std::string& parameters) {
    return part("Content-Disposition: form-data" + parameters, "v");
}

std::string field(const std::string& name, const std::string& value) {
    return part("Content-Disposition: form-data; name=\"" + name + "\"", value);
}

constexpr std::size_t kHeaders = 5;  // the offset of the first part's headers

}  // namespace

BOOST_AUTO_TEST_SUITE(multipart_body_tests)

BOOST_AUTO_TEST_CASE(parts_become_fields_in_order) {
    check(
        "--B\r\nContent-Disposition: form-data; name=\"url\"\r\n\r\nhttps://x\r\n"
        "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: "
        "text/plain\r\n\r\nabc\r\n"
        "--B\r\ncontent-disposition:form-data;name=url\r\n\r\n\r\n--B--\r\n",
        {"url=text:https://x", "f=file:", "url=text:"});
}

BOOST_AUTO_TEST_CASE(no_parts_are_an_empty_form) {
    for (const char* const body : {"--B--", "--B--\r\n", "--B-- \t", "--B-- \t\r\n", "pre\r\n--B--\r\nepi"}) {
        check(body, {});
    }
}

BOOST_AUTO_TEST_CASE(preamble_and_epilogue_are_ignored) {
    check("preamble --B\r\n--Bx\r\n\r\n" + field("a", "v") + "--B\r\n--B--x\r\nepilogue", {"a=text:v"});
    check("\r\n" + field("a", "v") + "\r\n\r\n", {"a=text:v"});
    check(field("a", "v") + field("b", "w"), {"a=text:v"});
    check_fault("pre\xFF\r\n" + field("a", "v"), "Invalid UTF-8.", 3);
    check_fault("--B--\r\nepi\xFF", "Invalid UTF-8.", 10);
}

BOOST_AUTO_TEST_CASE(a_delimiter_is_a_whole_line) {
    for (const char* const value : {"x--B", "\r\n--Bx", "\r\n--B-", "\r\n--B x", "\r\n--B\n", "\n--B--\n",
                                    "\r--B--", "\r\n --B--", "\r\n-B--", "\r\n--b--", "\r\n--B\r", "\r\n",
                                    "\r\n\r\n", "\r", "\n", "-", "--", "\r\n--", "\r\r\n\n"}) {
        const std::string text = value;
        check(field("a", text), {"a=text:" + text});
        check(field("a", "x" + text + "y"), {"a=text:x" + text + "y"});
    }
    check(
        "--B \t \r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n--B \r\n"
        "Content-Disposition: form-data; name=b\r\n\r\nw\r\n--B--\t\r\n",
        {"a=text:v", "b=text:w"});
}

BOOST_AUTO_TEST_CASE(a_part_may_be_empty) {
    check(field("a", ""), {"a=text:"});
    // Headers without content: the end of the empty line is also the line end before the delimiter.
    check("--B\r\nContent-Disposition: form-data; name=a\r\n\r\n--B--\r\n", {"a=text:"});
    check_fault("--B\r\n\r\n--B--\r\n", "A part has no Content-Disposition.", kHeaders);
}

BOOST_AUTO_TEST_CASE(the_closing_delimiter_must_be_there_alone) {
    const std::string open = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nv";
    check_fault("", "The closing delimiter is missing.", 0);
    check_fault("text", "The closing delimiter is missing.", 4);
    check_fault(open, "The closing delimiter is missing.", open.size());
    check_fault(open + "\r\n--B", "The closing delimiter is missing.", open.size() + 5);
    check_fault(open + "\r\n--B-", "The closing delimiter is missing.", open.size() + 6);
    check_fault(open + "\r\n--B\r\n", "The headers of a part do not end.", open.size() + 7);
    check_fault(open + "--B--\r\n", "The closing delimiter is missing.", open.size() + 7);
    for (const std::string tail : {"x", " x", "-", "--", "\n", "\r", "\rx"}) {
        const std::size_t blanks = tail == " x" ? 1 : 0;
        check_fault(std::string(open).append("\r\n--B--").append(tail),
                    "Text follows the closing delimiter on its line.", open.size() + 7 + blanks);
    }
    check_fault("--B--x\r\n--B--\r\n", "Text follows the closing delimiter on its line.", 5);
}

BOOST_AUTO_TEST_CASE(lines_end_in_crlf_alone) {
    std::string body = field("a", "v");
    std::erase(body, '\r');
    check_fault(body, "The closing delimiter is missing.", body.size());
    check_fault("--B\r\nContent-Disposition: form-data; name=a\n\nv\r\n--B--\r\n",
                "A bare CR, LF or NUL in a header.", 43);
    check_fault(part("Content-Disposition: form-data; name=a\nX: y", "v"),
                "A bare CR, LF or NUL in a header.", 43);
    check_fault(part("Content-Disposition: form-data; name=a\rX: y", "v"),
                "A bare CR, LF or NUL in a header.", 43);
    check_fault(part("Content-Disposition: form-data; name=\"a\0b\""s, "v"),
                "A bare CR, LF or NUL in a header.", 44);
}

BOOST_AUTO_TEST_CASE(malformed_headers_are_refused) {
    const std::string good = "Content-Disposition: form-data; name=a";
    check_fault(part(good + "\r\nno colon", "v"), "A header without a colon.", kHeaders + good.size() + 2);
    check_fault(part(good + "\r\n x", "v"), "A folded header.", kHeaders + good.size() + 2);
    check_fault(part(good + "\r\n\tx: y", "v"), "A folded header.", kHeaders + good.size() + 2);
    check_fault(part(" " + good, "v"), "A folded header.", kHeaders);
    check_fault(part(": x", "v"), "Malformed header name.", kHeaders);
    check_fault(part("Content-Disposition : form-data; name=a", "v"), "Malformed header name.", kHeaders);
    check_fault(part("X-\xC3\xA9: y", "v"), "Malformed header name.", kHeaders);
    check_fault(part("X: \xFF", "v"), "Invalid UTF-8 in a header.", kHeaders + 3);
    check_fault("--B\r\n--B--", "The headers of a part do not end.", 10);
    check_fault("--B\r\n--B--\r\n\r\n", "A header without a colon.", kHeaders);
    check_fault("--B\r\n" + good + "\r\n--B--\r\n\r\n", "A header without a colon.",
                kHeaders + good.size() + 2);
    check_fault("--B\r\n" + good, "The headers of a part do not end.", kHeaders + good.size());
    const auto colon = test::format_out(
        http::decode_multipart("--a:b\r\n" + good + "\r\n--a:b\r\n\r\nv\r\n--a:b--", "a:b", kKnown));
    BOOST_TEST(
        colon == Lines{"! Multipart parse error - A delimiter among the headers of a part. (offset 47)"},
        boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_part_needs_one_form_data_disposition) {
    const std::string good = "Content-Disposition: form-data; name=a";
    check_fault(part("Content-Type: text/plain", "v"), "A part has no Content-Disposition.", kHeaders);
    check_fault(part(good + "\r\n" + good, "v"), "A repeated Content-Disposition.",
                kHeaders + good.size() + 2);
    for (const std::string value :
         {"attachment; name=a", "", "; name=a", "form-data name=a", "form-dat; name=a",
          "\"form-data\"; name=a", "file; name=a; filename=b", "form-data, name=a"}) {
        check_fault(part("Content-Disposition: " + value, "v"), "The Content-Disposition is not form-data.",
                    kHeaders);
    }
    check(part("CONTENT-DISPOSITION:Form-Data ; NAME=a", "v"), {"a=text:v"});
}

BOOST_AUTO_TEST_CASE(names_are_tokens_or_quoted) {
    const std::vector<std::pair<const char*, const char*>> rows = {
        {"; name=a", "a"},
        {";name=\"a\"", "a"},
        {" ; \tname=\"a b\" \t", "a b"},
        {"; name=\"\"", ""},
        {"; name=\"a;b=c\"", "a;b=c"},
        {"; name=\"\xC3\xA9\"", "\xC3\xA9"},
        {"; name=\"a%22b%0D%0A\"", "a%22b%0D%0A"},
        {"; name=\" url \"", " url "},
        {"; name=a;", "a"},
        {";; ;name=a", "a"},
        {"; size=5; name=a; foo=\"x\\\"y\"", "a"},
        {"; name=_charset_", "_charset_"},
        {"; foo=; name=a", "a"},
    };
    for (const auto& [parameters, name] : rows) check(with_disposition(parameters), {name + "=text:v"s});
}

BOOST_AUTO_TEST_CASE(ambiguous_dispositions_are_refused) {
    const std::vector<std::pair<const char*, const char*>> rows = {
        {"", "The Content-Disposition has no name."},
        {"; filename=a", "The Content-Disposition has no name."},
        {"; name*=UTF-8''url", "An extended name (name*) in Content-Disposition."},
        {"; name=a; name*=UTF-8''b", "An extended name (name*) in Content-Disposition."},
        {"; name*0=u; name*1=rl", "An extended name (name*) in Content-Disposition."},
        {"; name=a; name=b", "A repeated name in Content-Disposition."},
        {"; name=a; Name=\"a\"", "A repeated name in Content-Disposition."},
        {"; name=\"a\\\"b\"", "A backslash in the name of Content-Disposition."},
        {"; name=\"a\\b\"", "A backslash in the name of Content-Disposition."},
        {"; name=\"a", "Malformed parameter of Content-Disposition."},
        {"; name=\"a\\\"", "Malformed parameter of Content-Disposition."},
        {"; name=\"a\"b", "Malformed parameter of Content-Disposition."},
        {"; name=\"a\" filename=\"b\"", "Malformed parameter of Content-Disposition."},
        {"; name=a filename=b", "Malformed parameter of Content-Disposition."},
        {"; name=a b", "Malformed parameter of Content-Disposition."},
        {"; name='a b'", "Malformed parameter of Content-Disposition."},
        {"; name=", "Malformed parameter of Content-Disposition."},
        {"; name", "Malformed parameter of Content-Disposition."},
        {"; name =a", "Malformed parameter of Content-Disposition."},
        {"; name= a", "Malformed parameter of Content-Disposition."},
        {"; name=a; =b", "Malformed parameter of Content-Disposition."},
        {"; name=a\\b", "Malformed parameter of Content-Disposition."},
        {"; name=a, b=c", "Malformed parameter of Content-Disposition."},
    };
    for (const auto& [parameters, what] : rows) check_fault(with_disposition(parameters), what, kHeaders);
}

BOOST_AUTO_TEST_CASE(a_filename_makes_a_file) {
    for (const std::string filename :
         {"; filename=a.txt", "; filename=\"\"", "; filename=", "; FileName=\"x\"",
          "; filename*=UTF-8''%e2%82%ac", "; filename*=", "; filename=\"a\"; filename*=UTF-8''a",
          "; filename=a; filename=b", "; filename*0=a", "; filename=\"a\\\"; b\"", "; filename=\"C:\\x.txt\"",
          "; filename=\"\xC3\xA9\""}) {
        check(with_disposition("; name=url" + filename), {"url=file:"});
        check(with_disposition(filename + "; name=x"), {"x=file:"});
    }
    check(with_disposition("; name=filename"), {"filename=text:v"});
    check(with_disposition("; name=x; xfilename=y"), {"x=text:v"});
}

BOOST_AUTO_TEST_CASE(text_is_utf8_but_for_the_content_of_unknown_files) {
    const std::string name = "Content-Disposition: form-data; name=";
    const std::size_t content = kHeaders + name.size() + 4;
    check_fault(part(name + "u", "\xFF"), "Invalid UTF-8.", content + 1);
    check_fault(part(name + "url", "ab\xC3"), "Invalid UTF-8.", content + 5);
    check_fault(part(name + "url; filename=f", "\xFF"), "Invalid UTF-8.", content + 12 + 3);
    check(part(name + "u; filename=f", "\xFF\xC3\0\r\n--C"s), {"u=file:"});
    check_fault(part(name + "\"\xFF\"", "v"), "Invalid UTF-8 in a header.", kHeaders + name.size() + 1);
    check_fault(part(name + "u; filename=\"\xFF\"", "v"), "Invalid UTF-8 in a header.",
                kHeaders + name.size() + 13);
    check(field("a", "\0x\xC3\xA9"s), {"a=text:\0x\xC3\xA9"s});
}

BOOST_AUTO_TEST_CASE(another_charset_is_refused_in_known_fields_alone) {
    for (const std::string charset : {"utf-8", "UTF8", "\"us-ascii\"", "ISO-8859-1", "\"windows-1252\""}) {
        check(part("Content-Type: text/plain; charset=" + charset +
                       "\r\nContent-Disposition: form-data; name=url",
                   "v"),
              {"url=text:v"});
    }
    for (const std::string charset : {"utf-16", "", "\"\"", "\"utf-8", "utf-8; charset=utf-16"}) {
        const std::string headers = "Content-Type: text/plain; charset=" + charset;
        const std::string disposition = "\r\nContent-Disposition: form-data; name=";
        check_fault(part(headers + disposition + "url", "v"), kCharset, kHeaders);
        check_fault(part(headers + disposition + "url; filename=f", "v"), kCharset, kHeaders);
        check(part(headers + disposition + "u", "v"), {"u=text:v"});
        check(part(headers + disposition + "u; filename=f", "\xFF"), {"u=file:"});
    }
    for (const std::string headers :
         {"Content-Type: text/plain; charset=ISO-8859-1\r\n",
          "Content-Type: text/plain; charset=utf-8\r\nContent-Type: a/b; charset=latin1\r\n",
          "Content-Type: a/b; charset=latin1\r\nContent-Type: text/plain\r\n"}) {
        const std::string disposition = headers + "Content-Disposition: form-data; name=";
        check(part(disposition + "url", "v"), {"url=text:v"});
        for (const std::string content : {"\xE9", "\xC3\xA9"}) {
            BOOST_TEST(decode(part(disposition + "url", content)).error().starts_with(kCharsetStart));
        }
        check(part(disposition + "u", "\xC3\xA9"), {"u=text:\xC3\xA9"});
    }
    // _charset_ is an ordinary field (RFC 7578, section 4.6, is not followed), and a nested multipart is
    // text.
    check(field("_charset_", "iso-8859-1"), {"_charset_=text:iso-8859-1"});
    check(part("Content-Disposition: form-data; name=a\r\nContent-Type: multipart/mixed; boundary=C",
               "--C\r\n\r\nx\r\n--C--"),
          {"a=text:--C\r\n\r\nx\r\n--C--"});
}

BOOST_AUTO_TEST_CASE(transfer_encodings_must_leave_the_octets_alone) {
    const std::string disposition = "Content-Disposition: form-data; name=a";
    for (const std::string encoding : {"7bit", "8BIT", " binary "}) {
        check(part(std::string(disposition).append("\r\nContent-Transfer-Encoding:").append(encoding), "v"),
              {"a=text:v"});
    }
    for (const std::string encoding : {"base64", "quoted-printable", "", "x", "8bit; x=y", "7bit, 8bit"}) {
        std::string headers = "Content-Transfer-Encoding: ";
        headers.append(encoding).append("\r\n").append(disposition);
        check_fault(part(headers, "v"), "The Content-Transfer-Encoding is not 7bit, 8bit or binary.",
                    kHeaders);
    }
}

BOOST_AUTO_TEST_CASE(json_files_of_known_fields_are_kept) {
    const std::string disposition = "Content-Disposition: form-data; filename=f; name=";
    for (const std::string type : {"application/json", "Application/JSON; charset=utf-8; x=y"}) {
        const std::string headers = "\r\nContent-Type: " + type;
        check(part(disposition + "url" + headers, "{\"a\":\r\n1}"), {"url=json_file:{\"a\":\r\n1}"});
        check(part(disposition + "url" + headers, ""), {"url=json_file:"});
        check(part(disposition + "u" + headers, "\xFF"), {"u=file:"});
        check_fault(part(disposition + "url" + headers, "\xFF"), "Invalid UTF-8.",
                    kHeaders + disposition.size() + 3 + headers.size() + 4);
    }
    for (const std::string type :
         {"", "text/plain", "application/jsonx", "application/x-www-form-urlencoded"}) {
        check(part(disposition + "url\r\nContent-Type: " + type, "{}"), {"url=file:"});
    }
    check(part("Content-Type: application/json\r\nContent-Disposition: form-data; name=url", "{}"),
          {"url=text:{}"});
}

BOOST_AUTO_TEST_CASE(other_headers_are_ignored) {
    check(part("Content-Length: 99999\r\nContent-Length: -1\r\nX-Empty:\r\n"
               "Content-Disposition: form-data; name=a\r\nContent-Encoding: gzip",
               "v"),
          {"a=text:v"});
}

BOOST_AUTO_TEST_CASE(a_boundary_has_1_to_70_printable_characters) {
    const auto decode_with = [](const std::string& boundary) {
        const std::string line = "--" + boundary;
        return http::decode_multipart(
            line + "\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n" + line + "--\r\n", boundary,
            kKnown);
    };
    for (const std::string& boundary :
         {"x"s, "--"s, "a b"s, " a"s, "a;\"\\b"s, "'()+_,-./:=?"s, std::string(70, 'x'), "!~"s}) {
        BOOST_TEST_CONTEXT(boundary) BOOST_TEST(decode_with(boundary).ok());
    }
    const std::vector<std::pair<std::string, const char*>> rows = {
        {"", "empty or malformed."},
        {std::string(71, 'x'), "too long."},
        {"a ", "in a space."},
        {" ", "in a space."},
        {"a\t", "not printable ASCII."},
        {"a\r\nb", "not printable ASCII."},
        {"a\0"s, "not printable ASCII."},
        {"\x7F", "not printable ASCII."},
        {"\xC3\xA9", "not printable ASCII."},
        {"\xFF", "not printable ASCII."},
    };
    for (const auto& [boundary, what] : rows) {
        BOOST_TEST_CONTEXT(boundary) {
            const auto form = decode_with(boundary);
            BOOST_REQUIRE(!form.ok());
            BOOST_TEST(form.error().starts_with("Multipart parse error - The boundary "));
            BOOST_TEST(form.error().ends_with(what + " (in Content-Type)"s));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_thousand_parts_are_the_limit) {
    const std::string one = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\nv\r\n";
    std::string body;
    for (int i = 0; i < 1000; ++i) body += one;
    const auto at_limit = decode(body + "--B--");
    BOOST_REQUIRE(at_limit.ok());
    BOOST_TEST(at_limit.value().fields().size() == 1000U);
    check_fault(body + one + "--B--", "More than 1000 parts.", body.size());
    check_fault(body + "--B\r\n", "More than 1000 parts.", body.size());
    BOOST_TEST(http::decode_multipart(one + "--B--", "B", kKnown, {.max_parts = 1}).ok());
    BOOST_TEST(!http::decode_multipart(one + one + "--B--", "B", kKnown, {.max_parts = 1}).ok());
}

BOOST_AUTO_TEST_CASE(eight_kibibytes_of_headers_are_the_limit_of_a_part) {
    const std::string headers = "Content-Disposition: form-data; name=a\r\nX: ";
    const std::string padding(8192 - headers.size() - 2, 'x');
    check(part(headers + padding, "v"), {"a=text:v"});
    check_fault(part(headers + padding + "x", "v"), "A part has more than 8192 bytes of headers.",
                kHeaders + 40);
    std::string many = "Content-Disposition: form-data; name=a";
    for (int i = 0; i < 2038; ++i) many += "\r\nX:";
    check(part(many, "v"), {"a=text:v"});
    check_fault(part(many + "\r\nX:", "v"), "A part has more than 8192 bytes of headers.", kHeaders + 8192);
    // Each part has a limit of its own.
    std::string twice = part(headers + padding, "v");
    twice.resize(twice.size() - 4);
    twice += "\r\n" + headers + padding + "\r\n\r\nw\r\n--B--";
    check(twice, {"a=text:v", "a=text:w"});
}

BOOST_AUTO_TEST_CASE(hostile_repetitions_are_read_to_the_end) {
    for (const std::string unit :
         {"\r\n--", "\r\n--Bx", "\r\n--B .", "\r\n--B-", "\r", "\r\n", "--B", " ", "\r\n--B \t\r."}) {
        std::string value = "x";
        while (value.size() < 60000) value += unit;
        value += "x";
        BOOST_TEST((test::format_out(decode(field("a", value))) == Lines{"a=text:" + value}));
        BOOST_TEST(!decode(value).ok());
    }
    std::string quotes = "Content-Disposition: form-data; name=a";
    for (int i = 0; i < 1000; ++i) quotes += ";x=\"\\\"";
    BOOST_TEST(!decode(part(quotes, "v")).ok());
}

BOOST_AUTO_TEST_CASE(damaged_bodies_have_a_defined_result) {
    const std::string body =
        "p\r\n--B\r\nContent-Disposition: form-data; name=\"url\"\r\n\r\nh\xC3\xA9\r\n"
        "--B\r\nContent-Type: a/b;charset=utf8\r\nContent-Disposition: form-data; filename=\"\\\"\"; "
        "name=f\r\n\r\n"
        "\xFF\r\n--B--\r\ne";
    check(body, {"url=text:h\xC3\xA9", "f=file:"});
    BOOST_TEST(test::survives_damage(body, decode));
    const std::size_t closed = body.size() - 3;
    for (std::size_t length = 0; length < closed; ++length) BOOST_TEST(!decode(body.substr(0, length)).ok());
}

BOOST_AUTO_TEST_SUITE_END()
