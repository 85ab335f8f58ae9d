"""application/x-www-form-urlencoded bodies, read as the WHATWG URL standard parses them."""

import pytest

from expect import BLANK, GOOD_URL, NOT_BOOLEAN, NUL, REQUIRED, expect_fields, expect_malformed, expect_registered

LOOKS_LIKE_JSON = "The body looks like JSON, but its Content-Type says application/x-www-form-urlencoded."
FORM = "application/x-www-form-urlencoded"
URL = b"url=" + GOOD_URL.encode()

READ_AS = {
    "nothing escaped": (URL, {}),
    "everything escaped": (b"url=" + b"".join(b"%%%02x" % byte for byte in GOOD_URL.encode()), {}),
    "upper-case escapes": (URL.replace(b":", b"%3A").replace(b"/", b"%2F") + b"&name=%C3%89", {"name": "É"}),
    "mixed-case escapes": (URL + b"&name=%c3%A9%C3%a9", {"name": "éé"}),
    "plus is a space": (URL + b"&name=a+b++c", {"name": "a b  c"}),
    "escaped plus is a plus": (URL + b"&name=a%2Bb", {"name": "a+b"}),
    "escaped space": (URL + b"&name=a%20b", {"name": "a b"}),
    "plus at the ends is trimmed": (URL + b"&name=+a+&check_cert=+no+", {"name": "a", "check_cert": False}),
    "a percent sign alone": (URL + b"&name=100%", {"name": "100%"}),
    "a percent sign before one digit": (URL + b"&name=%4", {"name": "%4"}),
    "a percent sign before no digits": (URL + b"&name=%zz%4g%g4%%", {"name": "%zz%4g%g4%%"}),
    "a percent sign before an escape": (URL + b"&name=%%41", {"name": "%A"}),
    "decoded once": (URL + b"&name=%2541", {"name": "%41"}),
    "second equals sign": (URL + b"&name=a=b==c", {"name": "a=b==c"}),
    "escaped equals sign": (URL + b"&name=a%3Db", {"name": "a=b"}),
    "escaped ampersand": (URL + b"&name=a%26url=x", {"name": "a&url=x"}),
    "semicolon is no separator": (URL + b"&name=a;url=x", {"name": "a;url=x"}),
    "empty pairs": (b"&&&" + URL + b"&&name=x&&&", {"name": "x"}),
    "empty names": (URL + b"&=v&=&==", {}),
    "names without value": (URL + b"&x&y&name", {}),
    "escaped name": (b"%75r%6C=" + GOOD_URL.encode(), {}),
    "name in two spellings": (URL + b"&name=a&n%61me=b", {"name": "b"}),
    "plus in a name": (URL + b"&na+me=x&name+=y", {}),
    "raw UTF-8": (URL + "&name=Zürich \u4e16".encode(), {"name": "Zürich \u4e16"}),
    "UTF-8, half escaped": (URL + b"&name=\xc3%BC", {"name": "ü"}),
    "escaped line ends": (URL + b"&name=a%0D%0Ab", {"name": "a\r\nb"}),
    "NUL in unknown fields": (URL + b"&x=%00&%00=y&url%00=z&z=\0", {}),
    "_charset_ is a field like any other": (b"_charset_=utf-16&" + URL, {}),
    "brackets mean nothing": (URL + b"&name[]=x&url[a]=y", {}),
    "a question mark means nothing": (b"?url=x&" + URL, {}),
}


@pytest.mark.parametrize("case", READ_AS)
def test_read_as(service, case):
    body, stored = READ_AS[case]
    expect_registered(service, service.send(body, FORM), **stored)


@pytest.mark.parametrize("body, errors", [
    (b"", {"url": REQUIRED}),
    (b"&", {"url": REQUIRED}),
    (b"=", {"url": REQUIRED}),
    (b"url", {"url": BLANK}),
    (b"url=", {"url": BLANK}),
    (b"url=+%20%09%0a", {"url": BLANK}),
    (b"name=x&" + URL.replace(b"url", b" url"), {"url": REQUIRED}),
    (b"+" + URL, {"url": REQUIRED}),
    (b"?" + URL, {"url": REQUIRED}),
    (b'{"url": "x"}', {"url": REQUIRED, "non_field_errors": LOOKS_LIKE_JSON}),
    (b'{', {"url": REQUIRED, "non_field_errors": LOOKS_LIKE_JSON}),
    (b' {"url": "x"}', {"url": REQUIRED}),
    (b'["url"]', {"url": REQUIRED}),
    (b'{"name": 1}&url=', {"url": BLANK}),
    (URL + b"&name=%00", {"name": NUL}),
    (URL + b"&name=a\0b", {"name": NUL}),
    (URL + b"&check_cert=%00", {"check_cert": NOT_BOOLEAN}),
])
def test_errors(service, stores_nothing, body, errors):
    expect_fields(service.send(body, FORM), errors)


@pytest.mark.parametrize("text", [
    b"%ff", b"\xff", b"%c3", b"%c3x", b"\xc3", b"%80", b"%C0%AF", b"%ed%a0%80", b"%f4%90%80%80", b"%e4%b8", b"\xc3%28",
    b"a%ffb",
])
@pytest.mark.parametrize("position", [b"name=%s", b"url=%s", b"x=%s", b"%s=x", b"%s"])
def test_text_that_is_not_utf8(service, stores_nothing, position, text):
    expect_malformed(service.send(URL + b"&" + position % text, FORM))


def test_a_repeated_field_that_is_not_utf8_is_malformed_too(service, stores_nothing):
    expect_malformed(service.send(b"url=%ff&" + URL, FORM))


@pytest.mark.parametrize("pairs, fits", [(1000, True), (1001, False), (20_000, False)])
def test_number_of_pairs(service, pairs, fits):
    body = b"&".join([b"a="] * (pairs - 1) + [URL])
    response = service.send(body, FORM)
    if fits:
        expect_registered(service, response)
    else:
        expect_malformed(response)


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", '"utf-8"', "utf8", "us-ascii", "US-ASCII"])
def test_charsets(service, charset):
    response = service.send(URL + b"&name=%C3%A9", f"{FORM}; charset={charset}")
    expect_registered(service, response, name="é")
