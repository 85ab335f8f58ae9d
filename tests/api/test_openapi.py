"""docs/openapi.yaml is a sound OpenAPI document, and says what the service does.

Every status, header, content type and body that comes back here must be documented, and every documented
status must come back, except those of `NOT_SEEN`.
"""

import copy

import pytest
from support.http_client import CONTENT_TYPES, encode, exchange, request_bytes
from support.mariadb import PrivateMariaDB
from support.nginx import CONFIGURATION, Nginx
from support.openapi import Document
from support.service import Service

DOCUMENT = Document()
PATH, METHOD = "/targets/{target_id}/webhooks/", "post"
MEDIA_TYPES = dict(zip(("application/json", "application/x-www-form-urlencoded", "multipart/form-data"),
                       CONTENT_TYPES))
URL = "https://ci.example.com/hook"
KEY_SCHEMES = ("JWT", "Bearer")

# Documented, but not to be had from this service, and why.
NOT_SEEN = {
    408: "nginx closes a connection that is too slow without an answer",
}


# The document by itself


def test_the_document_is_sound():
    assert DOCUMENT.faults() == []


def test_examples_and_defaults_keep_their_schemas():
    examples = list(DOCUMENT.examples())
    assert len(examples) > 40
    faults = [(place, fault) for place, schema, value in examples for fault in DOCUMENT.schema_faults(schema, value)]
    assert faults == []


def delete(*path):
    def change(root):
        for key in path[:-1]:
            root = root[key]
        del root[path[-1]]
    return change


def put(value, *path):
    def change(root):
        for key in path[:-1]:
            root = root[key]
        root[path[-1]] = value
    return change


RESPONSES = ("paths", PATH, METHOD, "responses")
SCHEMAS = ("components", "schemas")


@pytest.mark.parametrize("change", [
    delete("info", "title"),
    put("3.0.3", "openapi"),
    put({}, "paths", PATH, "fetch"),
    delete(*RESPONSES, "200", "$ref"),
    put({"$ref": "#/components/responses/Nowhere"}, *RESPONSES, "200"),
    put({"$ref": "#/components/schemas/Detail"}, *RESPONSES, "408"),
    delete(*RESPONSES, "401"),
    delete("paths", PATH, METHOD, "parameters"),
    put([{"nobody": []}], "paths", PATH, METHOD, "security"),
    put({"type": "strin"}, *SCHEMAS, "Id"),
    put({"type": "string", "patern": "x"}, *SCHEMAS, "Id"),
    put({"type": "string"}, *SCHEMAS, "Unused"),
])
def test_the_checks_find_a_fault(change):
    root = copy.deepcopy(DOCUMENT.root)
    change(root)
    assert Document(root).faults()


@pytest.mark.parametrize("schema, value", [
    ("Id", "2Nq8Zr4VxK0"), ("Id", "2Nq8Zr4VxK"), ("Id", 1),
    ("Time", "2026-01-31T16:32:17Z"), ("Time", "2026-13-31T16:32:17.238553Z"), ("Time", "2026-01-31 16:32:17.238553"),
    ("NewWebhook", {}), ("NewWebhook", {"url": None}), ("NewWebhook", {"url": 1}), ("NewWebhook", [URL]),
    ("NewWebhook", {"url": "http://ci.example.com/"}), ("NewWebhook", {"url": "https://a b/"}),
    ("NewWebhook", {"url": URL, "name": "n" * 256}), ("NewWebhook", {"url": URL, "name": "a\0"}),
    ("NewWebhook", {"url": URL, "check_cert": 2}), ("NewWebhook", {"url": URL, "check_cert": "maybe"}),
    ("NewWebhook", {"url": URL, "check_cert": ""}), ("NewWebhook", {"url": URL, "check_cert": None}),
    ("NewWebhook", {"url": URL, "api_version": "v9"}), ("NewWebhook", {"url": URL, "api_version": ""}),
    ("NewWebhookForm", {"url": URL, "check_cert": "2"}), ("NewWebhookForm", {"url": URL, "api_version": "v9"}),
    ("FieldErrors", {}), ("FieldErrors", {"url": []}), ("FieldErrors", {"url": ["Something else."]}),
    ("FieldErrors", {"other": ["This field is required."]}),
    ("NonFieldErrors", {"non_field_errors": []}),
    ("Detail", {}), ("Detail", {"detail": "x", "more": "y"}), ("NotFoundDetail", {"detail": "Gone."}),
])
def test_the_schemas_refuse(schema, value):
    assert DOCUMENT.schema_faults({"$ref": f"#/components/schemas/{schema}"}, value)


@pytest.mark.parametrize("word", ["true", "T", "yEs", "y", "ON", "1", "False", "f", "No", "n", "oFF", "0", " on\n"])
@pytest.mark.parametrize("schema", ["CheckCert", "CheckCertForm"])
def test_the_schemas_know_the_words_of_check_cert(schema, word):
    assert DOCUMENT.schema_faults({"$ref": f"#/components/schemas/{schema}"}, word) == []


# What the service answers


def expect_documented(response, status, body_expected=True):
    assert response.status == status, (response.status, response.body)
    assert DOCUMENT.response_faults(PATH, METHOD, response, body_expected) == []


@pytest.mark.parametrize("media_type, name, value", [
    pytest.param(*example, id="-".join(example[:2])) for example in DOCUMENT.request_examples(PATH, METHOD)
])
@pytest.mark.parametrize("scheme", KEY_SCHEMES)
def test_the_examples_of_requests_are_accepted(service, media_type, name, value, scheme):
    content_type, body = encode(MEDIA_TYPES[media_type], value)
    expect_documented(service.send(body, content_type, authorization=f"{scheme} {service.key}"), 200)


def test_the_content_types_are_the_documented_ones():
    documented = DOCUMENT.operation(PATH, METHOD)["requestBody"]["content"]
    assert set(documented) == set(MEDIA_TYPES)


def send_json(service, value, **how):
    content_type, body = encode("json", value)
    return service.send(body, content_type, **how)


def send_raw(service, **how):
    """A good registration, but for what `how` changes about its bytes."""
    content_type, body = encode("json", {"url": URL})
    return exchange(service.port, service.request(body, content_type, **how))


def send_http(service, method, target, version="HTTP/1.1", **how):
    return exchange(service.port, request_bytes(method, target, version=version, **how), method)


ANSWERS = {
    "fields that are wrong": (400, lambda service: send_json(
        service, {"url": "http://x/", "name": "n" * 256, "check_cert": "maybe", "api_version": "v9"})),
    "absent url": (400, lambda service: send_json(service, {"name": "CI"})),
    "nulls": (400, lambda service: send_json(
        service, {"url": None, "name": None, "check_cert": None, "api_version": None})),
    "no strings": (400, lambda service: send_json(service, {"url": [], "name": 1, "check_cert": {}, "api_version": True})),
    "empty url": (400, lambda service: send_json(service, {"url": " "})),
    "long url": (400, lambda service: send_json(service, {"url": URL + "/" + "u" * 2048})),
    "NUL": (400, lambda service: send_json(service, {"url": URL + "\0", "name": "\0", "check_cert": "\0",
                                                     "api_version": "\0"})),
    "forbidden address": (400, lambda service: send_json(service, {"url": "https://127.0.0.1/"})),
    "quotes in a choice": (400, lambda service: send_json(service, {"url": URL, "api_version": '"\n\\'})),
    "wrong form": (400, lambda service: service.post({"url": "", "check_cert": "2", "api_version": "2"}, "urlencoded")),
    "file": (400, lambda service: service.send(
        b'--b\r\nContent-Disposition: form-data; name="check_cert"; filename="x"\r\n\r\ntrue\r\n--b--\r\n',
        "multipart/form-data; boundary=b")),
    "array": (400, lambda service: service.send(b"[]")),
    "malformed JSON": (400, lambda service: service.send(b'{"url" 1}')),
    "malformed form": (400, lambda service: service.send(b"url=%ff", "application/x-www-form-urlencoded")),
    "malformed multipart": (400, lambda service: service.send(b"--b\r\n", "multipart/form-data; boundary=b")),
    "wrong charset": (400, lambda service: service.send(b"{}", "application/json; charset=latin1")),
    "no Host": (400, lambda service: send_raw(service, host=None)),
    "two credentials": (400, lambda service: send_raw(service, headers=[("Authorization", "JWT x")])),
    "no HTTP": (400, lambda service: exchange(service.port, b"nonsense\r\n\r\n")),
    "no credentials": (401, lambda service: send_json(service, {"url": URL}, authorization=None)),
    "wrong credentials": (401, lambda service: send_json(service, {"url": URL}, authorization="JWT wrong")),
    "no such route": (404, lambda service: send_json(service, {"url": URL}, path="/targets/")),
    "outside of the API": (404, lambda service: send_json(service, {"url": URL}, path="/elsewhere")),
    "no such target": (404, lambda service: send_json(service, {"url": URL}, path="/targets/11111111111/webhooks/")),
    "malformed target": (404, lambda service: send_json(service, {"url": URL}, path="/targets/0/webhooks/")),
    "another account's target": (404, lambda service: send_json(
        service, {"url": URL}, path=service.path(service.other_target))),
    "large body": (413, lambda service: service.send(b" " * 65537)),
    "long URI": (414, lambda service: send_http(service, "POST", service.path() + "?" + "x" * 40_000)),
    "text": (415, lambda service: service.send(b"x", "text/plain")),
    "no media type": (415, lambda service: service.send(b"x", None)),
    "gzip": (415, lambda service: send_json(service, {"url": URL}, headers=[("Content-Encoding", "gzip")])),
    "large header": (431, lambda service: send_raw(service, headers=[("X-Large", "x" * 40_000)])),
    "transfer coding": (501, lambda service: send_raw(service, headers=[("Transfer-Encoding", "gzip")], length=False)),
    "HTTP version": (505, lambda service: send_http(service, "POST", service.path(), "HTTP/3.0")),
    **{method: (405, lambda service, method=method: send_http(service, method, service.path()))
       for method in ("GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")},
}


@pytest.mark.parametrize("case", ANSWERS)
def test_answers_are_documented(service, case):
    status, send = ANSWERS[case]
    expect_documented(send(service), status, body_expected=case != "HEAD")


class LimitingNginx(Nginx):
    """nginx with the limit of the shipped snippets switched on, at one request a minute, and nothing behind it."""

    def __init__(self, directory):
        super().__init__(directory, directory / "nobody.sock")

    def _write_configuration(self):
        super()._write_configuration()
        replacements = (("# limit_req", "limit_req"), ("rate=50r/s", "rate=1r/m"), (" burst=50 nodelay", ""))
        snippet = CONFIGURATION / "targethooks.conf"
        site = self.directory / "site.conf"
        site.write_text(site.read_text().replace(str(snippet), str(self.directory / snippet.name)))
        for source, name in ((snippet, snippet.name), (self.directory / "targethooks-http.conf",) * 2):
            text = source.read_text()
            for old, new in replacements:
                text = text.replace(old, new)
            (self.directory / name).write_text(text)


def test_a_pool_that_is_away_and_a_limit(tmp_path):
    with LimitingNginx(tmp_path / "nginx") as nginx:
        data = request_bytes("POST", "/targets/11111111111/webhooks/", [("Authorization", "JWT x")])
        expect_documented(exchange(nginx.port, data), 500)
        expect_documented(exchange(nginx.port, data), 429)


def test_a_database_that_is_away():
    with PrivateMariaDB(external_allowed=False) as database, Service(processes=1, database=database) as service:
        database.stop()
        response = send_json(service, {"url": URL})
        expect_documented(response, 500)
        assert response.header("Retry-After")


def test_every_documented_status_is_seen():
    seen = {status for status, _ in ANSWERS.values()} | {200, 429, 500}
    assert DOCUMENT.statuses(PATH, METHOD) == seen | NOT_SEEN.keys()
    assert not seen & NOT_SEEN.keys()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body


@pytest.mark.parametrize("answer, fault", [
    (Answer(418, [], b""), "status 418 is not documented"),
    (Answer(404, [("X-More", "1")], b""), "header x-more is not documented"),
    (Answer(404, [], b""), "header X-Request-Id is there 0 times"),
    (Answer(404, [("X-Request-Id", "f" * 32)] * 2, b""), "header X-Request-Id is there 2 times"),
    (Answer(404, [("X-Request-Id", "f" * 31)], b""), "does not match"),
    (Answer(429, [("Retry-After", "soon")], b""), "not of type 'integer'"),
    (Answer(404, [("Content-Type", "text/html")], b""), "Content-Type ['text/html'] is not documented"),
    (Answer(404, [("Content-Type", "application/json")], b"<html>"), "the body is no JSON"),
    (Answer(404, [("Content-Type", "application/json")], b'{"detail": "Gone."}'), "'Not found.' was expected"),
])
def test_what_is_not_documented_is_found(answer, fault):
    faults = DOCUMENT.response_faults(PATH, METHOD, answer)
    assert any(fault in found for found in faults), faults
