"""PUT, PATCH and enable: which fields change, which stay, and what is refused, by the same rules as registration."""

import pytest
from support.http_client import BOUNDARY, CONTENT_TYPES, multipart_of, part
from support.ids import from_base58

from expect import (
    BLANK,
    GOOD_URL,
    NOT_ALLOWED,
    NOT_BOOLEAN,
    NOT_STRING,
    NOT_URL,
    NUL,
    NULL,
    REQUIRED,
    expect_fields,
    expect_malformed,
    expect_unsupported,
    not_a_choice,
    too_long,
)
from webhooks import NOBODY, OWNERS, Tenant, expect_not_found, expect_webhook

KINDS = pytest.mark.parametrize("kind", CONTENT_TYPES)
METHODS = pytest.mark.parametrize("method", ["PUT", "PATCH"])
OLD = {"name": "old", "url": "https://old.example.com/", "check_cert": False, "api_version": "v1"}
DEFAULTS = {"name": "", "check_cert": True, "api_version": "v1"}
NEW_URL = "https://new.example.com/"


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


@pytest.fixture
def webhook(tenant):
    return tenant.register(**OLD)


@KINDS
@pytest.mark.parametrize("fields, changed", [
    ({"url": NEW_URL}, {"url": NEW_URL}),
    ({"url": NEW_URL, "name": "new"}, {"url": NEW_URL, "name": "new"}),
    ({"url": NEW_URL, "name": " new\t", "check_cert": "no", "api_version": " v1 "},
     {"url": NEW_URL, "name": "new", "check_cert": False}),
    ({"url": OLD["url"], "check_cert": True, "id": NOBODY, "created": "x"}, {"url": OLD["url"]}),
])
def test_put_sets_every_field(tenant, webhook, kind, fields, changed):
    before = tenant.get(webhook)
    after = expect_webhook(tenant.send("PUT", f"{webhook}/", fields, kind), id=webhook, **{**DEFAULTS, **changed})
    assert after == tenant.get(webhook)
    assert after["changed"] > before["changed"] == before["created"] == after["created"]
    assert after["enabled"] is True


@KINDS
@pytest.mark.parametrize("fields, changed", [
    ({"url": f" {NEW_URL}\n"}, {"url": NEW_URL}), ({"name": "new"}, {"name": "new"}), ({"name": ""}, {"name": ""}),
    ({"check_cert": True}, {"check_cert": True}), ({"check_cert": "on"}, {"check_cert": True}),
    ({"api_version": "v1"}, {}), ({"name": "old"}, {}),
    ({"url": NEW_URL, "name": "new", "check_cert": "1", "api_version": "v1"},
     {"url": NEW_URL, "name": "new", "check_cert": True}),
    ([("name", "first"), ("name", "last")], {"name": "last"}),
    ({"name": "new", "Name": "x"}, {"name": "new"}),
])
def test_patch_sets_the_fields_that_are_there(tenant, webhook, kind, fields, changed):
    before = tenant.get(webhook)
    after = expect_webhook(tenant.send("PATCH", f"{webhook}/", fields, kind), id=webhook, **{**OLD, **changed})
    assert after == tenant.get(webhook)
    assert after["changed"] > before["changed"]


@KINDS
@pytest.mark.parametrize("fields", [{}, {"unknown": "x"}, {"Name": "x", "URL": "x", "Enabled": "no", "secret": "x"}])
def test_patch_without_any_field_changes_nothing(tenant, webhook, kind, fields):
    before = tenant.get(webhook)
    other = tenant.make_key("read,manage", user=tenant.make_user(f"{webhook}@example.com"))
    assert expect_webhook(tenant.send("PATCH", f"{webhook}/", fields, kind, key=other)) == before
    assert tenant.get(webhook) == before


@pytest.mark.parametrize("kind", ["urlencoded", "multipart"])
def test_a_form_leaves_choices_open_by_an_empty_value(tenant, webhook, kind):
    fields = {"check_cert": "", "api_version": "", "ordered": "", "enabled": ""}
    expect_webhook(tenant.send("PATCH", f"{webhook}/", fields, kind), **OLD)
    expect_webhook(tenant.send("PUT", f"{webhook}/", {"url": NEW_URL, **fields}, kind), **DEFAULTS)


def test_who_changed_it(tenant, webhook):
    other = tenant.make_user(f"{webhook}@example.com", "Other")
    key = tenant.make_key("manage", user=other)
    for method, fields in (("PATCH", {"name": "new"}), ("PUT", {"url": NEW_URL})):
        after = expect_webhook(tenant.send(method, f"{webhook}/", fields, key=key))
        assert (after["created_by"], after["changed_by"]) == (tenant.user, other)
        after = expect_webhook(tenant.send(method, f"{webhook}/", fields))
        assert (after["created_by"], after["changed_by"]) == (tenant.user, tenant.user)


WRONG = {
    "url without https": ({"url": "http://ci.example.com/"}, {"url": NOT_URL}),
    "empty url": ({"url": " "}, {"url": BLANK}),
    "long url": ({"url": GOOD_URL + "u" * 2048}, {"url": too_long(2048)}),
    "forbidden address": ({"url": "https://127.0.0.1/"}, {"url": NOT_ALLOWED}),
    "long name": ({"url": NEW_URL, "name": "n" * 256}, {"name": too_long(255)}),
    "NUL": ({"url": NEW_URL, "name": "a\0"}, {"name": NUL}),
    "check_cert": ({"url": NEW_URL, "check_cert": "maybe"}, {"check_cert": NOT_BOOLEAN}),
    "api_version": ({"url": NEW_URL, "api_version": "v9"}, {"api_version": not_a_choice("v9")}),
    "all": ({"url": "x", "name": "n" * 256, "check_cert": "2", "api_version": "2"},
            {"url": NOT_URL, "name": too_long(255), "check_cert": NOT_BOOLEAN, "api_version": not_a_choice("2")}),
    "event_types and ordered": ({"url": NEW_URL, "event_types": ["x"], "ordered": "x"},
                                {"event_types": not_a_choice("x"), "ordered": NOT_BOOLEAN}),
}


@KINDS
@METHODS
@pytest.mark.parametrize("case", WRONG)
def test_wrong_fields(tenant, webhook, kind, method, case):
    before = tenant.get(webhook)
    fields, errors = WRONG[case]
    expect_fields(tenant.send(method, f"{webhook}/", fields, kind), errors)
    assert tenant.get(webhook) == before


@METHODS
def test_wrong_json(tenant, webhook, method):
    before = tenant.get(webhook)
    fields = {"url": None, "name": 1, "check_cert": [], "api_version": {}}
    expect_fields(tenant.send(method, f"{webhook}/", fields),
                  {"url": NULL, "name": NOT_STRING, "check_cert": NOT_BOOLEAN, "api_version": NOT_STRING})
    send = tenant.service.send
    how = {"method": method, "path": tenant.path(f"{webhook}/"), "authorization": f"JWT {tenant.key}"}
    expect_malformed(send(b'{"url" 1}', **how))
    expect_malformed(send(b"[]", **how))
    expect_malformed(send(b"", **how))
    expect_malformed(send(b"url=%ff", "application/x-www-form-urlencoded", **how))
    expect_unsupported(send(b"{}", "text/plain; charset=utf-8", **how), "text/plain")
    expect_unsupported(send(b"{}", None, **how), "")
    file = multipart_of([part("name", b"x", b'; filename="x"'), part("url", GOOD_URL)])
    expect_fields(send(file, f"multipart/form-data; boundary={BOUNDARY}", **how), {"name": NOT_STRING})
    assert tenant.get(webhook) == before


@KINDS
def test_put_needs_a_url(tenant, webhook, kind):
    expect_fields(tenant.send("PUT", f"{webhook}/", {"name": "n" * 256}, kind), {"url": REQUIRED, "name": too_long(255)})
    expect_fields(tenant.send("PUT", f"{webhook}/", {}, kind), {"url": REQUIRED})
    expect_webhook(tenant.send("GET", f"{webhook}/"), **OLD)


@METHODS
def test_a_deleted_one(tenant, webhook, method):
    assert tenant.send("DELETE", f"{webhook}/").status == 204
    expect_not_found(tenant.send(method, f"{webhook}/", {"url": NEW_URL}))
    expect_not_found(tenant.send(method, f"{webhook}/", {"url": "wrong"}))


@pytest.mark.parametrize("body", [None, {"enabled": False}, "text"])
def test_enable(tenant, webhook, body):
    tenant.disable(webhook)
    other = tenant.make_user(f"{webhook}@example.com", "Other")
    how = {"key": tenant.make_key("manage", user=other)}
    if body == "text":  # the body is ignored
        response = tenant.service.send(b"\xff", "text/plain", path=tenant.path(f"{webhook}/enable/"),
                                       authorization=f"JWT {how['key']}")
    else:
        response = tenant.send("POST", f"{webhook}/enable/", body, **how)
    after = expect_webhook(response, enabled=True, disabled_reason=None, **OLD)
    assert after["changed_by"] == other and after["changed"] > after["created"]
    assert tenant.get(webhook) == after
    assert expect_webhook(tenant.send("POST", f"{webhook}/enable/")) == after


@KINDS
@METHODS
def test_a_change_can_disable_and_enable(tenant, webhook, kind, method):
    def change(value, **expected):
        fields = {"url": NEW_URL, "enabled": value}
        return expect_webhook(tenant.send(method, f"{webhook}/", fields, kind), **expected)

    change(False, enabled=False, disabled_reason="disabled by a user")
    change("off", enabled=False, disabled_reason="disabled by a user")
    change(" ON ", enabled=True, disabled_reason=None)
    change("1", enabled=True, disabled_reason=None)
    tenant.disable(webhook)
    change(False, enabled=False, disabled_reason="Too many failures.")
    assert change(True, enabled=True, disabled_reason=None) == tenant.get(webhook)


@METHODS
@pytest.mark.parametrize("value, message", [(None, NULL), ("maybe", NOT_BOOLEAN), ([True], NOT_BOOLEAN), (2, NOT_BOOLEAN)])
def test_enabled_is_a_boolean(tenant, webhook, method, value, message):
    expect_fields(tenant.send(method, f"{webhook}/", {"url": NEW_URL, "enabled": value}), {"enabled": message})


def test_a_replacement_enables_and_a_change_of_other_fields_does_not(tenant, webhook):
    tenant.disable(webhook)
    expect_webhook(tenant.send("PATCH", f"{webhook}/", {"url": NEW_URL}), enabled=False)
    expect_webhook(tenant.send("PUT", f"{webhook}/", {"url": NEW_URL}), enabled=True, disabled_reason=None)


def test_a_change_is_logged_with_the_webhook(service, tenant, webhook):
    before = service.log_count(f"webhook={webhook}")
    tenant.send("PATCH", f"{webhook}/", {"name": "new"})
    tenant.send("PUT", f"{webhook}/", {"url": NEW_URL})
    tenant.send("POST", f"{webhook}/enable/")
    tenant.send("POST", f"{webhook}/secret/rotate/")
    tenant.send("POST", f"{webhook}/test/")
    tenant.send("POST", f"{webhook}/disable/")
    tenant.send("POST", f"{webhook}/recover/", {"since": "2026-01-01T00:00:00Z"})
    tenant.send("PUT", f"{webhook}/headers/", {"headers": {}})
    tenant.send("DELETE", f"{webhook}/")
    assert service.log_count(f"webhook={webhook}") == before + 9
    assert service.row("SELECT deleted_at FROM webhooks WHERE id = %s", from_base58(webhook))["deleted_at"]
