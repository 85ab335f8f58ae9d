"""The Content-Type and Content-Encoding of requests."""

import pytest
from support.http_client import BOUNDARY, CONTENT_TYPES, encode

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
    "latin1", "iso-8859-1", "utf-16", "utf-7", "ascii", "utf-8x", "utf", '""', "", '"latin1"', "utf_8", "windows-1252",
    "\u00fctf-8",
])
def test_other_charsets(service, stores_nothing, kind, charset):
    content_type, body = encode(kind, FIELDS)
    expect_malformed(service.send(body, f"{content_type}; charset={charset}"))


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
