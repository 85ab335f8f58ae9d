"""headers/: what a webhook's requests carry beside the standard headers. They are kept like secrets."""

import json

import pytest
from support.http_client import CONTENT_TYPES
from support.ids import from_base58
from support.service import wait_until

from expect import expect_fields, expect_detail
from webhooks import OWNERS, Tenant, expect_forbidden, expect_not_found

SECRET = "s3cret-of-the-receiver"
HEADERS = {"X-Api-Key": SECRET, "authorization": f"Bearer {SECRET}", "X-Empty": ""}


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


@pytest.fixture
def webhook(tenant):
    return tenant.register()


def put(tenant, webhook, wanted, kind="json", **how):
    value = wanted if kind == "json" else json.dumps(wanted)
    return tenant.send("PUT", f"{webhook}/headers/", {"headers": value}, kind, **how)


def read(tenant, webhook, **how):
    return tenant.send("GET", f"{webhook}/headers/", **how)


def expect_headers(response, headers):
    assert response.status == 200, response.body
    assert response.header_values("Cache-Control") == ["no-store"]
    assert response.json() == {"headers": headers}
    assert list(response.json()["headers"]) == list(headers)


def test_a_new_webhook_has_none(tenant, webhook):
    expect_headers(read(tenant, webhook), {})


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_all_are_replaced(tenant, webhook, kind):
    expect_headers(put(tenant, webhook, {"X-Old": "old"}, kind), {"X-Old": "old"})
    expect_headers(put(tenant, webhook, HEADERS, kind), HEADERS)
    expect_headers(read(tenant, webhook), HEADERS)
    expect_headers(put(tenant, webhook, {}, kind), {})
    expect_headers(read(tenant, webhook), {})


def test_texts_are_trimmed_and_the_last_of_a_name_counts(tenant, webhook):
    body = b'{"headers": {"X-A": "first", "X-B": "\\u00a0 b c\\t", "X-A": "last"}}'
    response = tenant.service.send(body, "application/json", method="PUT", path=tenant.path(f"{webhook}/headers/"),
                                   authorization=f"JWT {tenant.key}")
    expect_headers(response, {"X-B": "b c", "X-A": "last"})


def test_the_limits(tenant, webhook):
    most = {f"{i:02}" + "n" * 62: "\"" * 1024 for i in range(20)}
    expect_headers(put(tenant, webhook, most), most)
    for headers, message in (({f"X-{i}": "" for i in range(21)}, "Ensure this field has no more than 20 headers."),
                             ({"n" * 65: ""}, f'"{"n" * 65}": Ensure this name has no more than 64 characters.'),
                             ({"X": "t" * 1025}, '"X": Ensure this field has no more than 1024 characters.')):
        expect_fields(put(tenant, webhook, headers), {"headers": [message]})
    expect_headers(read(tenant, webhook), most)


@pytest.mark.parametrize("name", ["Host", "connection", "Keep-Alive", "proxy-x", "TE", "Trailer", "upgrade", "Transfer-Encoding",
                                  "Content-Type", "content-x", "User-Agent", "webhook-id", "Webhook-X"])
def test_names_that_are_not_the_owners(tenant, webhook, name):
    expect_fields(put(tenant, webhook, {name: "x"}), {"headers": [f'"{name}": This header may not be set.']})


@pytest.mark.parametrize("headers, messages", [
    ({"a b": ""}, ['"a b": Not a valid header name.']), ({"": ""}, ['"": Not a valid header name.']),
    ({"X-A": "", "x-a": ""}, ['"x-a": This header is repeated.']),
    ({"X": "a\r\nSet-Cookie: b"}, ['"X": Only printable ASCII characters are allowed.']),
    ({"X": "ä", "Y": 1, "Z": None}, ['"Y": Not a valid string.', '"Z": This field may not be null.',
                                     '"X": Only printable ASCII characters are allowed.']),
    ([], ["Invalid data. Expected a dictionary, but got list."]), (None, ["This field may not be null."])])
def test_what_are_no_headers(tenant, webhook, headers, messages):
    put(tenant, webhook, HEADERS)
    expect_fields(put(tenant, webhook, headers), {"headers": messages})
    expect_headers(read(tenant, webhook), HEADERS)


def test_headers_are_required(tenant, webhook):
    for kind in CONTENT_TYPES:
        expect_fields(tenant.send("PUT", f"{webhook}/headers/", {"other": "x"}, kind),
                          {"headers": ["This field is required."]})


def test_conditions(tenant, webhook):
    first = put(tenant, webhook, HEADERS).header("ETag")
    response = read(tenant, webhook, headers=[("If-None-Match", first)])
    assert (response.status, response.body, response.header("ETag")) == (304, b"", first)
    second = put(tenant, webhook, {"X": "x"}, headers=[("If-Match", first)])
    expect_headers(second, {"X": "x"})
    expect_detail(put(tenant, webhook, {}, headers=[("If-Match", first)]), 412, "Precondition failed.")
    expect_headers(read(tenant, webhook), {"X": "x"})
    assert read(tenant, webhook).header("ETag") == second.header("ETag")


def test_who_may(tenant, webhook):
    put(tenant, webhook, HEADERS)
    key = tenant.make_key("read,publish")
    expect_forbidden(read(tenant, webhook, key=key))
    expect_forbidden(put(tenant, webhook, {}, key=key))
    other = Tenant(tenant.service, "account" if tenant.owner == "target" else "target")
    expect_not_found(read(other, webhook))
    expect_not_found(put(other, webhook, {}))
    expect_not_found(put(other, webhook, 1))


def test_they_are_told_nowhere_else(service, tenant, webhook):
    responses = [put(tenant, webhook, HEADERS), read(tenant, webhook)]
    others = [put(tenant, webhook, {"X-Api-Key": f"{SECRET}\n"[:-1] + "\x7f"}), tenant.send("GET", f"{webhook}/"),
              tenant.send("GET"), tenant.send("PATCH", f"{webhook}/", {"name": "x"})]
    assert [response.status for response in others] == [400, 200, 200, 200]
    assert not [response for response in others if SECRET.encode() in response.body]
    last = responses[-1].header("X-Request-Id")
    wait_until(lambda: last in service.log_text("api.log"), "the log is written")
    assert not [path for path in service.log_files() if SECRET in path.read_text(errors="replace")]
    for table in ("webhooks", "audit", "events", "deliveries"):
        assert SECRET not in repr(service.rows(f"SELECT * FROM {table}"))


def test_reading_and_changing_is_in_the_audit(service, tenant, webhook):
    def actions():
        return [row["action"] for row in service.rows("SELECT action FROM audit WHERE object = %s ORDER BY id",
                                                       f"webhook {webhook}")]
    put(tenant, webhook, HEADERS)
    read(tenant, webhook)
    assert actions() == ["headers change", "headers read"]
    row = service.row("SELECT * FROM audit WHERE object = %s AND action = 'headers read'", f"webhook {webhook}")
    assert (row["account_id"], row["user_id"]) == (from_base58(tenant.account_id), from_base58(tenant.user["id"]))


def test_a_deleted_webhook_keeps_none(service, tenant, webhook):
    put(tenant, webhook, HEADERS)
    assert tenant.send("DELETE", f"{webhook}/").status == 204
    assert service.row("SELECT headers FROM webhooks WHERE id = %s", from_base58(webhook))["headers"] is None
    expect_not_found(read(tenant, webhook))
    expect_not_found(put(tenant, webhook, {}))
