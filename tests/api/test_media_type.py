"""The Content-Type and Content-Encoding of requests."""

import json

import pytest
from support.http_client import BOUNDARY, CONTENT_TYPES, encode, multipart_of, part

from expect import GOOD_URL, expect_malformed, expect_registered, expect_unsupported

FIELDS = {"url": GOOD_URL, "name": "é"}
JSON, JSON_BODY = encode("json", FIELDS)


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("form", [
    "{type}", "{upper}", "{type};charset=utf-8", "{type} ; charset=UTF-8", "{type};\tcharset=Utf-8",
    '{type}; charset="utf-8"',
    "{type}; charset=utf8", "{type}; charset=UTF8", "{type}; charset=us-ascii", "{type}; CHARSET=utf-8", "{type}; x=y",
    "{type}; x", "{type};", "{type};;", "{type}; =", "{type}; =x", "{type}; x=", '{type}; x="y', '{type}; x="a;b"',
    "{type}; version=1; charset=utf-8; x=y", "{type}; action=\"urn:x:y\"",
])
def test_accepted(service, kind, form):
    content_type, body = encode(kind, FIELDS)
    essence, _, parameter = content_type.partition("; ")
    header = form.format(type=essence, upper=essence.upper())
    if parameter:  # the boundary comes first where parameters follow that could swallow it
        header = header.replace(";", f"; {parameter};", 1) if ";" in header else f"{header}; {parameter}"
    expect_registered(service, service.send(body, header), name="é")


@pytest.mark.parametrize("essence", [
    "text/plain", "text/html", "application/xml", "text/json", "application/jsonx", "application/json5",
    "application/ld+json",
    "application/vnd.api+json", "application/x-json", "json", "application", "application/", "/json", "multipart/mixed",
    "multipart/form-dat", "multipart/form-data2", "multipart", "application/octet-stream", "*/*", "application/*",
    "application/x-www-form-urlencode", "form-data", "application/json/x", "application json",
    "application/json, text/plain",
    'te"xt\\', "image/png",
])
@pytest.mark.parametrize("parameters", ["", "; charset=utf-8", ";charset=latin1", f"; boundary={BOUNDARY}"])
def test_other_media_types(service, stores_nothing, essence, parameters):
    expect_unsupported(service.send(JSON_BODY, essence + parameters), essence)


@pytest.mark.parametrize("body", [b"", JSON_BODY])
def test_none(service, stores_nothing, body):
    expect_unsupported(service.send(body, None), "")
    expect_unsupported(service.send(body, ""), "")
    expect_unsupported(service.send(body, "; charset=utf-8"), "")


def test_a_type_of_no_text_is_still_answered_in_json(service, stores_nothing):
    response = service.send(JSON_BODY, b"text/\xff\xfe")
    assert response.status == 415
    assert response.json()["detail"].startswith('Unsupported media type "text/')


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("charset", [
    "latin1", "iso-8859-1", "iso-8859-15", "utf-16", "utf-7", "ascii", "utf-8x", "utf", '""', "", '"latin1"', "utf_8", "windows-1252",
    "\u00fctf-8",
])
def test_other_charsets(service, stores_nothing, kind, charset):
    content_type, body = encode(kind, FIELDS)
    if kind == "json":
        body = json.dumps(FIELDS, ensure_ascii=False).encode()
    expect_malformed(service.send(body, f"{content_type}; charset={charset}"))


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("charset", ["ISO-8859-1", "iso-8859-16", "latin1", "Windows-1252", '"windows-1258"', "utf-8; charset=latin1"])
def test_charsets_that_clients_put_on_plain_ascii(service, kind, charset):
    content_type, body = encode(kind, {"url": GOOD_URL, "name": "plain"})
    expect_registered(service, service.send(body, f"{content_type}; charset={charset}"), name="plain")


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("charset", ["utf-16", "utf-7", "ascii", "", '""', "iso-8859-17", "iso-8859-0", "cp1252", "latin2", "x"])
def test_charsets_that_are_refused_on_plain_ascii(service, stores_nothing, kind, charset):
    content_type, body = encode(kind, {"url": GOOD_URL, "name": "plain"})
    assert "only UTF-8 is read" in expect_malformed(service.send(body, f"{content_type}; charset={charset}"))


@pytest.mark.parametrize("body", [b"url=%s&name=\xe9", b"url=%s&name=%%E9", b"url=%s&name=%%c3%%a9", b"url=%s&x=%%80"])
def test_a_form_that_is_not_ascii_once_decoded(service, stores_nothing, body):
    content_type = "application/x-www-form-urlencoded; charset=ISO-8859-1"
    message = expect_malformed(service.send(body % GOOD_URL.encode(), content_type))
    assert "only UTF-8 is read" in message


def test_escapes_in_json_need_no_charset(service):
    body = b'{"url": "%s", "name": "\\u00e9"}' % GOOD_URL.encode()
    expect_registered(service, service.send(body, "application/json; charset=latin1"), name="é")


def test_apache_http_client(service):
    """Its defaults for both forms."""
    form = b"url=https%3A%2F%2Fci.example.com%2Fhook&name=CI+1"
    response = service.send(form, "application/x-www-form-urlencoded; charset=ISO-8859-1")
    expect_registered(service, response, name="CI 1")
    extra = b"\r\nContent-Type: text/plain; charset=ISO-8859-1\r\nContent-Transfer-Encoding: 8bit"
    body = multipart_of([part("url", GOOD_URL, extra), part("name", "CI", extra)])
    for charset in ("", "; charset=ISO-8859-1"):
        response = service.send(body, f"multipart/form-data; boundary={BOUNDARY}{charset}")
        expect_registered(service, response, name="CI")


@pytest.mark.parametrize("around", ["\t{}", "{}\t", " \t{} \t "])
def test_tabs_around_the_value(service, around):
    expect_registered(service, service.send(JSON_BODY, around.format(JSON)), name="é")
    headers = [("Content-Encoding", around.format("identity"))]
    expect_registered(service, service.send(JSON_BODY, JSON, headers=headers), name="é")


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "x-gzip", "GZIP", "gzip, identity", "utf-8"])
def test_content_encodings(service, stores_nothing, kind, coding):
    content_type, body = encode(kind, FIELDS)
    response = service.send(body, content_type, headers=[("Content-Encoding", coding)])
    assert response.status == 415
    assert response.json()["detail"].startswith('Unsupported media type "')


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_identity(service, kind):
    content_type, body = encode(kind, FIELDS)
    expect_registered(service, service.send(body, content_type, headers=[("Content-Encoding", "identity")]), name="é")


@pytest.mark.parametrize("declared, sent", [(a, b) for a in CONTENT_TYPES for b in CONTENT_TYPES if a != b])
def test_a_body_of_another_type_than_declared(service, stores_nothing, declared, sent):
    assert service.send(encode(sent, FIELDS)[1], encode(declared, FIELDS)[0]).status == 400


def test_white_space_around(service):
    expect_registered(service, service.send(JSON_BODY, f"  {JSON}  "), name="é")
