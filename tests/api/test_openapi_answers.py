"""The running service follows docs/openapi.yaml, operation by operation.

Every status, header, content type and body of an answer must be documented. Every status that is documented for an
operation must occur here, except those of NOT_SEEN.
"""

import itertools
from dataclasses import dataclass
from typing import Callable

import pytest
from support.http_client import CONTENT_TYPES, encode, exchange, request_bytes
from support.mariadb import PrivateMariaDB
from support.nginx import Nginx
from support.openapi import Document
from support.service import Service

DOCUMENT = Document()
OPERATIONS = DOCUMENT.operations()
MEDIA_TYPES = dict(zip(("application/json", "application/x-www-form-urlencoded", "multipart/form-data"),
                       CONTENT_TYPES))
METHODS = ("get", "put", "post", "patch", "delete", "trace", "foo")
KEY_SCHEMES = ("JWT", "Bearer")
BURST = 2  # requests that support.nginx.RATE_LIMITS let pass
NOBODYS_ID = "11111111111"
URL = "https://ci.example.com/hook"

# Documented, but this service can't be made to answer it; with the reason.
NOT_SEEN = {
    408: "nginx closes a connection that is too slow without an answer",
}


class World:
    """The objects of the requests: a target with a webhook, an account with one, an event for both, and keys."""

    def __init__(self, service):
        self.service = service
        self.key = service.make_key("all", rights="read,manage,publish")
        self.reader = service.make_key("reader", rights="read")
        self.publisher = service.make_key("publisher", rights="publish")
        self.target = service.make_target("Documented", "https://documented.example.com")
        self.webhooks = {owner: self.register(owner) for owner in ("target", "account")}
        self.event = self._publish()

    def register(self, owner):
        path = f"/targets/{self.target.id}/webhooks/" if owner == "target" else "/webhooks/"
        return self._post(path, {"url": URL})["webhooks"][0]["id"]

    def _publish(self):
        return self._post(f"/targets/{self.target.id}/events/", {"event_type": "scan_started", "content": {}})["id"]

    def _post(self, path, fields):
        content_type, body = encode("json", fields)
        response = self.service.send(body, content_type, path=path, authorization=f"JWT {self.key}")
        assert response.status == 200, response.body
        return response.json()

    def path(self, operation, **others):
        """The operation's path with the ids of existing objects, except for `others`."""
        owner = owner_of(operation)
        ids = {"target_id": self.target.id, "webhook_id": self.webhooks[owner], "event_id": self.event, **others}
        return operation.path.format(**ids)

    def send(self, operation, body=None, content_type=None, *, path=None, key=None, **how):
        """A good request, except for the arguments that are given."""
        if body is None and DOCUMENT.has_body(operation):
            content_type, body = encode("json", good_body(operation))
        how.setdefault("authorization", f"JWT {key or self.key}")
        return self.service.send(body or b"", content_type, method=operation.method.upper(),
                                 path=path or self.path(operation), **how)

    def send_raw(self, operation, version="HTTP/1.1", **how):
        """The same on the wire's level: an operation's request without a body."""
        headers = [("Authorization", f"JWT {self.key}"), *how.pop("headers", ())]
        data = request_bytes(operation.method.upper(), how.pop("path", None) or self.path(operation), headers,
                             version=version, **how)
        return exchange(self.service.port, data, operation.method.upper())


@pytest.fixture(scope="module")
def world(service):
    return World(service)


def owner_of(operation):
    return "target" if "{target_id}" in operation.path else "account"


def good_body(operation):
    return next(value for _, _, value in DOCUMENT.request_examples(operation))


def needed_right(operation):
    if operation.id.startswith("publish"):
        return "publish"
    return "read" if operation.method == "get" and not operation.path.endswith("/secret/") else "manage"


# Cases: an operation, and a request that has to be answered with that status.


@dataclass(frozen=True)
class Case:
    name: str
    status: int
    send: Callable  # of the world and the operation


def without_right(world, operation):
    return world.send(operation, key=world.publisher if needed_right(operation) != "publish" else world.reader)


# For every operation.
GENERAL = [
    Case("two credentials", 400, lambda world, operation: world.send_raw(operation, headers=[("Authorization", "x")])),
    Case("no Host", 400, lambda world, operation: world.send_raw(operation, host=None)),
    Case("no credentials", 401, lambda world, operation: world.send(operation, authorization=None)),
    Case("wrong credentials", 401, lambda world, operation: world.send(operation, authorization="JWT wrong")),
    Case("a key without the right", 403, without_right),
    Case("no such route", 404, lambda world, operation: world.send(operation, path=world.path(operation) + "no/such/")),
    Case("large body", 413, lambda world, operation: world.send(operation, b" " * 65537)),
    Case("long URI", 414, lambda world, operation: world.send_raw(
        operation, path=world.path(operation) + "?" + "x" * 40_000)),
    Case("large header", 431, lambda world, operation: world.send_raw(operation, headers=[("X-Large", "x" * 40_000)])),
    Case("transfer coding", 501, lambda world, operation: world.send_raw(
        operation, headers=[("Transfer-Encoding", "gzip")], length=False)),
    Case("HTTP version", 505, lambda world, operation: world.send_raw(operation, "HTTP/3.0")),
]


def elsewhere(**ids):
    return lambda world, operation: world.send(operation, path=world.path(operation, **ids))


def with_id(name):
    return [Case(f"no such {name}", 404, elsewhere(**{name: NOBODYS_ID})),
            Case(f"malformed {name}", 404, elsewhere(**{name: "0"}))]


OF_A_TARGET = [*with_id("target_id"), Case("another account's target", 404, lambda world, operation: world.send(
    operation, path=world.path(operation, target_id=world.service.other_target.id)))]
OF_A_WEBHOOK = [*with_id("webhook_id"), Case("another owner's webhook", 404, lambda world, operation: world.send(
    operation, path=world.path(operation, webhook_id=other_owners_webhook(world, operation))))]


def other_owners_webhook(world, operation):
    if operation.path.endswith("/retry/"):
        return world.register("target")  # it has got no such event
    return world.webhooks["account" if owner_of(operation) == "target" else "target"]


def json_of(**fields):
    content_type, body = encode("json", fields)
    return lambda world, operation: world.send(operation, body, content_type)


def form_of(**fields):
    content_type, body = encode("urlencoded", fields)
    return lambda world, operation: world.send(operation, body, content_type)


def body_of(body, content_type="application/json", **how):
    return lambda world, operation: world.send(operation, body, content_type, **how)


def file_of(name):
    head = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="x"\r\n\r\n{}\r\n--b--\r\n' % name
    return body_of(head, "multipart/form-data; boundary=b")


WITH_A_BODY = [
    Case("array", 400, body_of(b"[]")),
    Case("malformed JSON", 400, body_of(b'{"url" 1}')),
    Case("malformed form", 400, body_of(b"url=%ff", "application/x-www-form-urlencoded")),
    Case("malformed multipart", 400, body_of(b"--b\r\n", "multipart/form-data; boundary=b")),
    Case("wrong charset", 400, body_of('{"x": "é"}'.encode(), "application/json; charset=latin1")),
    Case("text", 415, body_of(b"x", "text/plain")),
    Case("no media type", 415, body_of(b"x", None)),
    Case("gzip", 415, body_of(b"{}", headers=[("Content-Encoding", "gzip")])),
]
WEBHOOK_FIELDS = [
    Case("fields that are wrong", 400, json_of(url="http://x/", name="n" * 256, check_cert="maybe", api_version="v9")),
    Case("nulls", 400, json_of(url=None, name=None, check_cert=None, api_version=None)),
    Case("no strings", 400, json_of(url=[], name=1, check_cert={}, api_version=True)),
    Case("empty url", 400, json_of(url=" ")),
    Case("long url", 400, json_of(url=URL + "/" + "u" * 2048)),
    Case("NUL", 400, json_of(url=URL + "\0", name="\0", check_cert="\0", api_version="\0")),
    Case("forbidden address", 400, json_of(url="https://127.0.0.1/")),
    Case("quotes in a choice", 400, json_of(url=URL, api_version='"\n\\')),
    Case("wrong form", 400, form_of(url="", check_cert="2", api_version="2")),
    Case("file", 400, file_of(b"check_cert")),
]
EVENT_FIELDS = [
    Case("nothing", 400, json_of()),
    Case("fields that are wrong", 400, json_of(event_type="user_created", content=[], occurred_at="now")),
    Case("nulls", 400, json_of(event_type=None, content=None, occurred_at=None)),
    Case("no strings", 400, json_of(event_type=1, content="{}", occurred_at=[])),
    Case("no such day", 400, json_of(event_type="scan_failed", content={}, occurred_at="2026-02-30T00:00:00Z")),
    Case("far ahead", 400, json_of(event_type="scan_failed", content={}, occurred_at="9999-01-01T00:00:00Z")),
    Case("wrong form", 400, form_of(event_type="", content="", occurred_at="x")),
    Case("no object in a form", 400, form_of(event_type="scan_failed", content="[]")),
    Case("no JSON in a form", 400, form_of(event_type="scan_failed", content="{")),
    Case("file", 400, file_of(b"content")),
    Case("long key", 400, lambda world, operation: world.send(operation, headers=[("Idempotency-Key", "k" * 256)])),
    Case("two keys", 400, lambda world, operation: world.send(operation, headers=[("Idempotency-Key", "k")] * 2)),
]


def asking(query):
    return lambda world, operation: world.send(operation, path=f"{world.path(operation)}?{query}")


LISTS = [
    Case("page and length", 200, asking("page=1&length=100")),
    Case("no numbers", 400, asking("page=x&length=")),
    Case("small numbers", 400, asking("page=0&length=0")),
    Case("large numbers", 400, asking("page=99999999999999999999&length=101")),
    Case("no position", 400, asking("after=x")),
    Case("a position and a page", 400, lambda world, operation: asking(f"page=1&after={position_in(operation)}")(world, operation)),
    Case("the end of a list", 200, lambda world, operation: asking(f"after={position_in(operation)}")(world, operation)),
    Case("several pages", 200, asking("length=1")),
    Case("malformed query", 400, asking("page=%ff")),
    Case("a page beyond the last", 404, asking("page=1000")),
]
def position_in(operation):
    return dict(DOCUMENT.query_parameters(operation))["after"]


WEBHOOK_FILTERS = [
    Case("filters", 200, asking("enabled=true&url=https://ci.example.com/hook")),
    Case("filters that are wrong", 400, asking("enabled=maybe")),
    Case("filters that are empty", 200, asking("enabled=&url=")),
]
FILTERS = [
    Case("filters", 200, asking("event_type=scan_started&status=scheduled&since=2020-01-01T00:00:00Z"
                                "&until=2120-01-01T00:00:00%2B02:00")),
    Case("filters that are wrong", 400, asking("event_type=scan&status=lost&since=now&until=2026-02-30T00:00:00Z")),
    Case("filters that are empty", 200, asking("event_type=&status=&since=&until=")),
]


def succeed(world, operation):
    path = None
    if operation.method == "delete":
        path = world.path(operation, webhook_id=world.register(owner_of(operation)))
    return world.send(operation, path=path)


def not_modified(world, operation):
    known = world.send(operation).header("ETag")
    return world.send(operation, headers=[("If-None-Match", known)])


def with_stale_tag(world, operation):
    return world.send(operation, headers=[("If-Match", '"x"')])


def head(world, operation):
    return world.service.send(b"", None, method="HEAD", path=world.path(operation), authorization=f"JWT {world.key}")


def cases_of(operation):
    cases = [Case("success", 204 if operation.method == "delete" else 200, succeed), *GENERAL]
    is_list = operation.id.startswith("list")
    if owner_of(operation) == "target":
        cases += OF_A_TARGET
    if "{webhook_id}" in operation.path:
        cases += OF_A_WEBHOOK
    if "{event_id}" in operation.path:
        cases += with_id("event_id")
    if DOCUMENT.has_body(operation):
        cases += [*WITH_A_BODY, *(EVENT_FIELDS if operation.id.startswith("publish") else WEBHOOK_FIELDS)]
    if operation.method in ("post", "put") and DOCUMENT.has_body(operation):
        cases.append(Case("required field", 400, json_of(name="CI")))
        cases.append(Case("JSON that is called a form", 400, body_of(b'{"a": 1}', "application/x-www-form-urlencoded")))
    if is_list:
        cases += [*LISTS, *(FILTERS if "Events" in operation.id else WEBHOOK_FILTERS)]
    if 304 in DOCUMENT.statuses(operation):
        cases.append(Case("not modified", 304, not_modified))
    if 412 in DOCUMENT.statuses(operation):
        cases.append(Case("a condition that does not hold", 412, with_stale_tag))
    if operation.method == "get":
        cases.append(Case("HEAD", 200, head))
    return cases


CASES = [(operation, case) for operation in OPERATIONS for case in cases_of(operation)]


def expect_documented(operation, response, status, body_expected=True):
    assert response.status == status, (response.status, response.body)
    assert DOCUMENT.response_faults(operation, response, body_expected) == []


@pytest.mark.parametrize("operation, case", [
    pytest.param(operation, case, id=f"{operation}-{case.name}") for operation, case in CASES])
def test_answers_are_documented(world, operation, case):
    expect_documented(operation, case.send(world, operation), case.status, body_expected=case.name != "HEAD")


def examples():
    for operation in filter(DOCUMENT.has_body, OPERATIONS):
        for (media_type, name, value), scheme in itertools.product(DOCUMENT.request_examples(operation), KEY_SCHEMES):
            yield pytest.param(operation, media_type, value, scheme, id=f"{operation}-{media_type}-{name}-{scheme}")


@pytest.mark.parametrize("operation, media_type, value, scheme", examples())
def test_the_examples_of_requests_are_accepted(world, operation, media_type, value, scheme):
    content_type, body = encode(MEDIA_TYPES[media_type], value)
    response = world.send(operation, body, content_type, authorization=f"{scheme} {world.key}")
    expect_documented(operation, response, 200)


@pytest.mark.parametrize("operation", filter(DOCUMENT.query_parameters, OPERATIONS), ids=str)
def test_the_examples_of_queries_are_accepted(world, operation):
    parameters = [(name, str(value).lower() if value is True else value)
                  for name, value in DOCUMENT.query_parameters(operation)]
    for alternative in ("page", "after"):  # not both at once
        query = "&".join(f"{name}={value}" for name, value in parameters if name != alternative)
        expect_documented(operation, asking(query)(world, operation), 200)


@pytest.mark.parametrize("operation", filter(DOCUMENT.has_body, OPERATIONS), ids=str)
def test_the_content_types_are_the_documented_ones(operation):
    assert set(DOCUMENT.request_contents(operation)) == set(MEDIA_TYPES)


PATHS = {path: [operation for operation in OPERATIONS if operation.path == path]
         for path in dict.fromkeys(operation.path for operation in OPERATIONS)}


def allowed(response):
    return sorted(response.header("Allow").split(", "))


@pytest.mark.parametrize("path", PATHS)
def test_the_methods_are_the_documented_ones(world, path):
    methods = {operation.method for operation in PATHS[path]}
    listed = sorted({method.upper() for method in methods} | {"OPTIONS"} | ({"HEAD"} if "get" in methods else set()))
    first = PATHS[path][0]
    for method in [*METHODS, *([] if "get" in methods else ["head"])]:
        if method in methods:
            continue
        response = world.service.send(b"", None, method=method.upper(), path=world.path(first))
        expect_documented(first, response, 405, body_expected=method != "head")
        assert allowed(response) == listed
    options = world.service.send(b"", None, method="OPTIONS", path=world.path(first), authorization=None)
    assert (options.status, options.body, allowed(options)) == (204, b"", listed)
    assert options.header("Cache-Control") == "no-store" and options.header("X-Request-Id")


def send_to(port, operation):
    ids = {"target_id": NOBODYS_ID, "webhook_id": NOBODYS_ID, "event_id": NOBODYS_ID}
    data = request_bytes(operation.method.upper(), operation.path.format(**ids), [("Authorization", "JWT x")])
    return exchange(port, data, operation.method.upper())


@pytest.mark.parametrize("rate_limits, status", [(False, 500), (True, 429)])
def test_a_pool_that_is_away_and_a_limit(tmp_path, rate_limits, status):
    with Nginx(tmp_path / "nginx", tmp_path / "nobody.sock", rate_limits) as nginx:
        for _ in range(BURST if rate_limits else 0):
            assert send_to(nginx.port, OPERATIONS[0]).status == 500
        for operation in OPERATIONS:
            expect_documented(operation, send_to(nginx.port, operation), status)


def test_a_database_that_is_away():
    with PrivateMariaDB(external_allowed=False) as database, Service(processes=1, database=database) as service:
        world = World(service)
        database.stop()
        for operation in OPERATIONS:
            response = world.send(operation)
            expect_documented(operation, response, 500)
            assert response.header("Retry-After")


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_documented_status_is_seen(operation):
    seen = {case.status for case in cases_of(operation)} | {405, 429, 500}
    assert DOCUMENT.statuses(operation) == seen | NOT_SEEN.keys()
    assert not seen & NOT_SEEN.keys()


def test_a_key_of_other_targets_is_refused(world):
    key = world.service.make_key("limited", rights="read,manage,publish", targets=[world.service.target])
    for operation in OPERATIONS:
        expect_documented(operation, world.send(operation, key=key), 403)
