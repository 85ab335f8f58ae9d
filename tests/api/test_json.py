"""application/json bodies: which are malformed, which are not objects, and how values are read."""

import pytest

from expect import GOOD_URL, NOT_STRING, REQUIRED, expect_fields, expect_malformed, expect_registered

URL = GOOD_URL.encode()
OBJECT = b'{"url": "%s"}' % URL

MALFORMED = {
    "empty body": b"",
    "white space alone": b" \r\n\t",
    "byte order mark": b"\xef\xbb\xbf" + OBJECT,
    "UTF-16": b"\xff\xfe" + OBJECT.decode().encode("utf-16-le"),
    "UTF-16 without mark": OBJECT.decode().encode("utf-16-be"),
    "cut off": OBJECT[:-1],
    "cut off in a string": OBJECT[:-3],
    "cut off in a literal": b'{"url": tru',
    "brace alone": b"{",
    "closing alone": b"}",
    "wrong closing": b'{"url": "x"]',
    "trailing comma": b'{"url": "%s",}' % URL,
    "leading comma": b'{,"url": "%s"}' % URL,
    "no comma": b'{"url": "%s" "name": "x"}' % URL,
    "no colon": b'{"url" "%s"}' % URL,
    "no value": b'{"url": }',
    "single quotes": b"{'url': '%s'}" % URL,
    "bare key": b'{url: "%s"}' % URL,
    "number as key": b'{1: "x"}',
    "comment": b'{"url": "%s" /* x */}' % URL,
    "line comment": OBJECT + b" // x",
    "text after": OBJECT + b" x",
    "two values": OBJECT + OBJECT,
    "NUL after": OBJECT + b"\0",
    "NUL before": b"\0" + OBJECT,
    "white space of another kind": b"\xc2\xa0" + OBJECT,
    "vertical tab": b"\x0b" + OBJECT,
    "NaN": b'{"url": "%s", "x": NaN}' % URL,
    "Infinity": b'{"url": "%s", "x": Infinity}' % URL,
    "-Infinity": b'{"url": "%s", "x": -Infinity}' % URL,
    "True": b'{"url": "%s", "check_cert": True}' % URL,
    "undefined": b'{"url": undefined}',
    "urlencoded instead": b"url=" + URL,
    **{
        f"number {number.decode()}": b'{"url": "%s", "x": %s}' % (URL, number)
        for number in (b"01", b"+1", b".5", b"1.", b"1e", b"1e+", b"-", b"0x1", b"1_0", b"--1", b"1.e5", b"00", b"-01")
    },
    **{
        f"string {text!r}": b'{"url": "%s", "x": "%s"}' % (URL, text)
        for text in (
            b"a\nb", b"a\tb", b"\x00", b"\x1f", b"\\x41", b"\\'", b"\\u12", b"\\u12g4", b"\\U00000041", b"\\0", b"\\a",
            b"\\ ",
            b"\\ud800", b"\\udc00", b"\\ud800x", b"\\ud800\\n", b"\\udc00\\ud800", b"\\ud800\\ud800", b"\\uDBFF",
            b"\xff", b"\xc3", b"\xc3(", b"\x80", b"\xc0\xaf", b"\xc1\x81", b"\xe0\x80\xaf", b"\xed\xa0\x80",
            b"\xed\xb0\x80", b"\xf0\x80\x80\xaf", b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\xe4\xb8",
            b"\xf0\x9f\x98",
        )
    },
    "bytes that are not UTF-8 in a key": b'{"url": "%s", "\xff": 1}' % URL,
    "lone surrogate in a key": b'{"url": "%s", "\\ud800": 1}' % URL,
    "bytes that are not UTF-8 outside": OBJECT + b"\xff",
    "malformed deep inside": b'{"url": "%s", "x": [[{"a": [1, 2,]}]]}' % URL,
    "repeated, the first one malformed": b'{"url": "\\ud800", "url": "%s"}' % URL,
}


@pytest.mark.parametrize("case", MALFORMED)
def test_malformed(service, stores_nothing, case):
    expect_malformed(service.send(MALFORMED[case]))


def test_the_message_says_what_and_where(service, stores_nothing):
    message = expect_malformed(service.send(b'{"url": "https:" "x"}'))
    assert message == "JSON parse error - Missing a comma or } after an object member. (offset 17)"


def test_offsets_count_bytes(service, stores_nothing):
    message = expect_malformed(service.send('{"url": "ééé" "x"}'.encode()))
    assert message.endswith("(offset 17)")


@pytest.mark.parametrize("body, name", [
    (b"[]", "list"), (b"[%s]" % OBJECT, "list"), (b'"text"', "str"), (b'""', "str"), (b"5", "int"), (b"-5", "int"),
    (b"0", "int"), (b"-0", "int"), (b"123456789012345678901234567890", "int"), (b"1.5", "float"), (b"1.0", "float"),
    (b"1e5", "float"), (b"-1E-5", "float"), (b"1e999", "float"), (b"true", "bool"), (b"false", "bool"),
    (b"null", "NoneType"),
    (b" \n[ ] \t", "list"), (b" null ", "NoneType"), (b"[[[1], 2], {}]", "list"),
])
def test_not_an_object(service, stores_nothing, body, name):
    message = expect_malformed(service.send(body))
    assert message == f"Invalid data. Expected a dictionary, but got {name}."


@pytest.mark.parametrize("body", [b"[1,]", b"[] x", b'"\\ud800"', b"nul", b"truefalse", b"1 2", b"[", b'"'])
def test_malformed_before_not_an_object(service, stores_nothing, body):
    assert "dictionary" not in expect_malformed(service.send(body))


def nested(levels, opening=b"[", closing=b"]"):
    return opening * levels + closing * levels


def test_nesting_within_the_limit(service):
    for value in (nested(99), nested(98, b'{"a":', b"}").replace(b":}", b":{}}")):
        expect_registered(service, service.send(b'{"x": %s, "url": "%s"}' % (value, URL)))


def test_nesting_past_the_limit(service, stores_nothing):
    body = b'{"x": %s, "url": "%s"}'
    expect_malformed(service.send(body % (nested(100), URL)))
    expect_malformed(service.send(body % (nested(30_000), URL)))
    expect_malformed(service.send(b'{"a":' * 10_000))
    expect_malformed(service.send(b"[" * 60_000))
    assert "list" in expect_malformed(service.send(nested(100)))
    assert "dictionary" not in expect_malformed(service.send(nested(101)))


READ_AS = {
    "white space around": (b" \r\n\t" + OBJECT + b" \r\n\t", {}),
    "no white space": (b'{"url":"%s","name":"x"}' % URL, {"name": "x"}),
    "escapes": (b'{"url": "%s", "name": "\\"\\\\\\/\\b\\f\\u0041\\u00e9b"}' % URL, {"name": '"\\/\b\fAéb'}),
    "surrogate pair": (b'{"url": "%s", "name": "\\ud83d\\ude00\\uD83D\\uDE00"}' % URL,
        {"name": "\N{GRINNING FACE}" * 2}),
    "escaped white space is trimmed": (b'{"url": "%s", "name": "\\n\\u3000x\\t\\r"}' % URL, {"name": "x"}),
    "escaped key": (b'{"\\u0075\\u0072l": "%s"}' % URL, {}),
    "escaped url": (b'{"url": "%s"}' % GOOD_URL.replace("/", "\\/").encode(), {}),
    "key in two spellings": (b'{"name": "a", "url": "%s", "n\\u0061me": "b"}' % URL, {"name": "b"}),
    "the last counts, whatever the first was": (b'{"url": null, "url": 5, "url": [], "url": "%s"}' % URL, {}),
    "keys in objects of unknown fields": (b'{"x": {"url": 5, "name": 6}, "url": "%s"}' % URL, {}),
    "numbers of any size": (
        b'{"x": 1e999999, "y": -123456789012345678901234567890, "z": 1.%s, "url": "%s"}' % (b"1" * 5000, URL), {},
    ),
    "every type in unknown fields": (b'{"x": [null, true, false, 1, -1.5e3, "s", {}, []], "url": "%s"}' % URL, {}),
    "NUL in unknown fields": (b'{"x": "\\u0000", "y\\u0000": 1, "url\\u0000": 5, "url": "%s"}' % URL, {}),
    "empty key": (b'{"": "x", "url": "%s"}' % URL, {}),
    "noncharacters": (b'{"url": "%s", "name": "\\ufffe\xef\xbf\xbf"}' % URL, {"name": "\ufffe\uffff"}),
    "delete": (b'{"url": "%s", "name": "a\x7fb"}' % URL, {"name": "a\x7fb"}),
    "a long string elsewhere": (b'{"x": "%s", "url": "%s"}' % (b"x" * 60_000, URL), {}),
    "many keys": (b"{%s, \"url\": \"%s\"}" % (b", ".join(b'"k%d": 0' % i for i in range(4000)), URL), {}),
}


@pytest.mark.parametrize("case", READ_AS)
def test_read_as(service, case):
    body, stored = READ_AS[case]
    expect_registered(service, service.send(body), **stored)


def test_fields_are_validated_only_at_the_top(service, stores_nothing):
    expect_fields(service.send(b'{"x": {"url": "%s"}}' % URL), {"url": REQUIRED})
    expect_fields(service.send(b'{"url": {"url": "%s"}}' % URL), {"url": NOT_STRING})
    expect_fields(service.send(b"{}"), {"url": REQUIRED})
    expect_fields(service.send(b' {"\\u0000url": "%s"} ' % URL), {"url": REQUIRED})
