"""Requests of every documented operation, each with the status that has to answer it."""

from dataclasses import dataclass
from typing import Callable

from support.http_client import encode, exchange, request_bytes
from support.openapi import Document

DOCUMENT = Document()
OPERATIONS = DOCUMENT.operations()
NOBODYS_ID = "11111111111"
URL = "https://ci.example.com/hook"


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


def owner_of(operation):
    return "target" if "{target_id}" in operation.path else "account"


def good_body(operation):
    return next(value for _, _, value in DOCUMENT.request_examples(operation))


def needed_right(operation):
    """None: any key may do it."""
    if operation.path in ("/me/", "/targets/", "/targets/{target_id}/"):
        return None
    if operation.id.startswith("publish"):
        return "publish"
    shown_to_few = operation.path.endswith(("/secret/", "/headers/"))
    return "read" if operation.method == "get" and not shown_to_few else "manage"


@dataclass(frozen=True)
class Case:
    name: str
    status: int
    send: Callable  # of the world and the operation


def without_right(world, operation):
    return world.send(operation, key=world.publisher if needed_right(operation) != "publish" else world.reader)


def by_limited_key(world, operation):
    return world.send(operation, key=world.service.make_key("limited", targets=[world.service.target]))


# For every operation that needs a right.
OF_A_RIGHT = [Case("a key without the right", 403, without_right)]
# For every operation.
GENERAL = [
    Case("two credentials", 400, lambda world, operation: world.send_raw(operation, headers=[("Authorization", "x")])),
    Case("no Host", 400, lambda world, operation: world.send_raw(operation, host=None)),
    Case("no credentials", 401, lambda world, operation: world.send(operation, authorization=None)),
    Case("wrong credentials", 401, lambda world, operation: world.send(operation, authorization="JWT wrong")),
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
    if "{event_id}" in operation.path:
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
    Case("no booleans", 400, json_of(url=URL, check_cert=[], ordered=2)),
    Case("no list", 400, json_of(url=URL, event_types="scan_failed")),
    Case("wrong items", 400, json_of(url=URL, event_types=["scan", 1, None])),
    Case("more nulls", 400, json_of(url=URL, event_types=None, ordered=None)),
    Case("wrong form", 400, form_of(url="", check_cert="2", api_version="2", event_types="scan", ordered="2")),
    Case("file", 400, file_of(b"check_cert")),
]
CHANGED_FIELDS = [
    Case("no boolean", 400, json_of(enabled="maybe")),
    Case("null", 400, json_of(enabled=None)),
    Case("list", 400, json_of(enabled=[])),
    Case("wrong form", 400, form_of(enabled="2")),
]
HEADERS_FIELDS = [
    Case("null", 400, json_of(headers=None)),
    Case("list", 400, json_of(headers=[])),
    Case("no string", 400, json_of(headers={"X-Number": 1})),
    Case("no name", 400, json_of(headers={"": "x"})),
    Case("forbidden name", 400, json_of(headers={"Host": "x"})),
    Case("no ASCII", 400, json_of(headers={"X-Text": "ä"})),
    Case("long", 400, json_of(headers={"X-Text": "x" * 1025})),
    Case("many", 400, json_of(headers={f"X-{number}": "x" for number in range(21)})),
    Case("no JSON in a form", 400, form_of(headers="{")),
]
DISABLING_FIELDS = [
    Case("long", 400, json_of(reason="r" * 256)),
    Case("null", 400, json_of(reason=None)),
    Case("no string", 400, json_of(reason=1)),
    Case("NUL", 400, json_of(reason="\0")),
]
TEST_FIELDS = [
    Case("no choice", 400, json_of(event_type="scan")),
    Case("null", 400, json_of(event_type=None)),
    Case("no string", 400, json_of(event_type=1)),
    Case("wrong form", 400, form_of(event_type="scan")),
]
RECOVERY_FIELDS = [
    Case("no times", 400, json_of(since="now", until="2026-02-30T00:00:00Z")),
    Case("nulls", 400, json_of(since=None, until=None)),
    Case("no strings", 400, json_of(since=1, until=[])),
    Case("wrong form", 400, form_of(since="x")),
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
]


def with_keys(*keys):
    return lambda world, operation: world.send(operation, headers=[
        ("Idempotency-Key", key or operation.id) for key in keys])


IDEMPOTENCY_KEYS = [
    Case("a key", 200, with_keys(None)),
    Case("a key again", 200, with_keys(None)),
    Case("long key", 400, with_keys("k" * 256)),
    Case("two keys", 400, with_keys("k", "k")),
]


def fields_of(operation):
    """The cases of the fields of its body."""
    by_id = {"publish": EVENT_FIELDS, "create": WEBHOOK_FIELDS, "disable": DISABLING_FIELDS, "test": TEST_FIELDS,
             "recover": RECOVERY_FIELDS}
    if operation.path.endswith("/headers/"):
        return HEADERS_FIELDS
    changes = [*WEBHOOK_FIELDS, *CHANGED_FIELDS]
    return next((cases for verb, cases in by_id.items() if operation.id.startswith(verb)), changes)


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


DELIVERY_FILTERS = [
    Case("filters", 200, asking("status=failed&since=2020-01-01T00:00:00Z&until=2120-01-01T00:00:00%2B02:00")),
    Case("filters that are wrong", 400, asking("status=lost&since=now&until=2026-02-30T00:00:00Z")),
    Case("filters that are empty", 200, asking("status=&since=&until=")),
]


def filters_of(operation):
    by_id = {"Events": FILTERS, "Webhooks": WEBHOOK_FILTERS, "WebhookDeliveries": DELIVERY_FILTERS}
    return next((cases for what, cases in by_id.items() if operation.id.endswith(what)), [])


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
    cases += OF_A_RIGHT if needed_right(operation) else []
    is_list = operation.id.startswith("list")
    if owner_of(operation) == "target":
        cases += OF_A_TARGET
        cases += [] if needed_right(operation) else [Case("a key of another target", 403, by_limited_key)]
    if "Idempotency-Key" in DOCUMENT.headers(operation):
        cases += IDEMPOTENCY_KEYS
    if "{webhook_id}" in operation.path:
        cases += OF_A_WEBHOOK
    if "{event_id}" in operation.path:
        cases += with_id("event_id")
    if DOCUMENT.has_body(operation):
        cases += [*WITH_A_BODY, *fields_of(operation)]
    if DOCUMENT.has_required_field(operation):
        cases.append(Case("required field", 400, json_of(other="x")))
        cases.append(Case("JSON that is called a form", 400, body_of(b'{"a": 1}', "application/x-www-form-urlencoded")))
    if is_list:
        cases += [*LISTS, *filters_of(operation)]
    if 304 in DOCUMENT.statuses(operation):
        cases.append(Case("not modified", 304, not_modified))
    if 412 in DOCUMENT.statuses(operation):
        cases.append(Case("a condition that does not hold", 412, with_stale_tag))
    if operation.method == "get":
        cases.append(Case("HEAD", 200, head))
    return cases
