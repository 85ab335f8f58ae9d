"""If-Match and If-None-Match on changes of webhooks: if they don't match, the answer is 412 and nothing is changed."""

import pytest
from support.at_once import at_once
from support.http_client import CONTENT_TYPES
from support.ids import from_base58

from expect import GOOD_URL, REQUIRED, expect_detail, expect_fields, expect_malformed, expect_unsupported
from webhooks import NOBODY, OWNERS, Tenant, expect_not_found, expect_webhook

FAILED = "Precondition failed."
CHANGES = ("PUT", "PATCH", "DELETE")


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


def change(tenant, method, webhook, *headers, kind="json"):
    fields = None if method == "DELETE" else {"url": GOOD_URL, "name": "changed"}
    return tenant.send(method, f"{webhook}/", fields, kind, headers=headers)


def tag_of(tenant, webhook):
    return tenant.send("GET", f"{webhook}/").header("ETag")


def expect_changed(tenant, method, webhook, response):
    if method == "DELETE":
        assert (response.status, response.body) == (204, b"")
        return
    assert expect_webhook(response)["name"] == "changed"
    assert response.header_values("ETag") == [tag_of(tenant, webhook)]


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("header, value", [
    ("If-Match", "{tag}"), ("If-Match", "*"), ("If-Match", '"x", {tag}'), ("If-Match", '{tag},"x"'), ("If-Match", '"",, {tag} ,'),
    ("If-Match", '\t{tag}\t'), ("If-Match", 'W/{tag}, {tag}'), ("if-match", "{tag}"),
    ("If-None-Match", '"x"'), ("If-None-Match", 'W/"x", "y"'), ("If-None-Match", ""),
])
def test_conditions_that_hold(tenant, method, header, value):
    webhook = tenant.register()
    response = change(tenant, method, webhook, (header, value.format(tag=tag_of(tenant, webhook))))
    expect_changed(tenant, method, webhook, response)


@pytest.mark.parametrize("method", CHANGES)
@pytest.mark.parametrize("header, value", [
    ("If-Match", '"x"'), ("If-Match", "W/{tag}"), ("If-Match", '"x", W/{tag}'), ("If-Match", ""), ("If-Match", '""'),
    ("If-Match", "{bare}"), ("If-Match", "**"), ("If-Match", "*, {tag}"), ("If-Match", "nonsense, {tag}"),
    ("If-None-Match", "{tag}"), ("If-None-Match", "W/{tag}"), ("If-None-Match", '"x", {tag}'), ("If-None-Match", "*"),
])
def test_conditions_that_do_not(tenant, method, header, value):
    webhook = tenant.register()
    before = tenant.send("GET", f"{webhook}/")
    tag = before.header("ETag")
    response = change(tenant, method, webhook, (header, value.format(tag=tag, bare=tag.strip('"'))))
    expect_detail(response, 412, FAILED)
    assert tenant.send("GET", f"{webhook}/").body == before.body


@pytest.mark.parametrize("method", CHANGES)
def test_both_headers(tenant, method):
    webhook = tenant.register()
    tag = tag_of(tenant, webhook)
    expect_detail(change(tenant, method, webhook, ("If-Match", tag), ("If-None-Match", tag)), 412, FAILED)
    expect_detail(change(tenant, method, webhook, ("If-Match", '"x"'), ("If-None-Match", '"x"')), 412, FAILED)
    expect_changed(tenant, method, webhook, change(tenant, method, webhook, ("If-Match", tag), ("If-None-Match", '"x"')))


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_in_every_encoding(tenant, kind):
    webhook = tenant.register()
    tag = tag_of(tenant, webhook)
    expect_detail(change(tenant, "PATCH", webhook, ("If-Match", '"x"'), kind=kind), 412, FAILED)
    expect_changed(tenant, "PATCH", webhook, change(tenant, "PATCH", webhook, ("If-Match", tag), kind=kind))


def test_each_change_has_a_tag_of_its_own(tenant):
    """A client can make several changes without reading in between."""
    webhook = tenant.register()
    tag = tag_of(tenant, webhook)
    for method, name in (("PUT", "a"), ("PATCH", "b"), ("PATCH", "b"), ("PUT", "a")):
        response = tenant.send(method, f"{webhook}/", {"url": GOOD_URL, "name": name}, headers=[("If-Match", tag)])
        assert expect_webhook(response)["name"] == name
        assert response.header("ETag") != tag
        expect_detail(change(tenant, "PATCH", webhook, ("If-Match", tag)), 412, FAILED)
        tag = response.header("ETag")
    enabled = tenant.send("POST", f"{webhook}/enable/")
    assert enabled.header("ETag") == tag == tag_of(tenant, webhook)
    expect_changed(tenant, "DELETE", webhook, change(tenant, "DELETE", webhook, ("If-Match", tag)))


def test_a_change_of_nothing_has_its_condition_too(tenant):
    webhook = tenant.register()
    tag = tag_of(tenant, webhook)
    expect_detail(tenant.send("PATCH", f"{webhook}/", {}, headers=[("If-Match", '"x"')]), 412, FAILED)
    assert tenant.send("PATCH", f"{webhook}/", {}, headers=[("If-Match", tag)]).header("ETag") == tag


def test_a_webhook_that_begins_to_fail_can_still_be_changed(service, tenant):
    """If-Match compares what users change. A GET shows the rest as well, so its tag changes."""
    webhook = tenant.register()
    before = tag_of(tenant, webhook)
    service.execute("INSERT INTO failing_webhooks (webhook_id, since) VALUES (%s, '2026-01-31 16:32:17.238553')",
                    from_base58(webhook))
    shown = tenant.send("GET", f"{webhook}/", headers=[("If-None-Match", before)])
    expect_webhook(shown, failing_since="2026-01-31T16:32:17.238553Z")
    failing = shown.header("ETag")
    assert failing != before
    assert tenant.send("GET", f"{webhook}/", headers=[("If-None-Match", failing)]).status == 304
    changed = change(tenant, "PATCH", webhook, ("If-Match", before))
    expect_changed(tenant, "PATCH", webhook, changed)
    for known in (before, failing):
        expect_detail(change(tenant, "PATCH", webhook, ("If-Match", known)), 412, FAILED)
    service.execute("DELETE FROM failing_webhooks WHERE webhook_id = %s", from_base58(webhook))
    expect_changed(tenant, "DELETE", webhook, change(tenant, "DELETE", webhook, ("If-Match", changed.header("ETag"))))


def test_it_comes_after_everything_else(service, tenant):
    webhook = tenant.register()
    stale = ("If-Match", '"x"')
    wrong = tenant.make_key("read")
    for method in CHANGES:
        fields = None if method == "DELETE" else {"url": GOOD_URL}
        assert tenant.send(method, f"{webhook}/", fields, key="x", headers=[stale]).status == 401
        assert tenant.send(method, f"{webhook}/", fields, key=wrong, headers=[stale]).status == 403
        expect_not_found(tenant.send(method, f"{NOBODY}/", fields, headers=[stale]))
    path = tenant.path(f"{webhook}/")
    authorization = f"JWT {tenant.key}"
    for method in ("PUT", "PATCH"):
        response = service.send(b"x", "text/plain", method=method, path=path, headers=[stale], authorization=authorization)
        expect_unsupported(response, "text/plain")
        expect_malformed(service.send(b"{", "application/json", method=method, path=path, headers=[stale],
                                      authorization=authorization))
        expect_detail(service.send(b" " * 70_000, "application/json", method=method, path=path, headers=[stale],
                                   authorization=authorization), 413)
    expect_fields(tenant.send("PUT", f"{webhook}/", {}, headers=[stale]), {"url": REQUIRED})
    expect_fields(tenant.send("PATCH", f"{webhook}/", {"name": 1}, headers=[stale]), {"name": "Not a valid string."})


def test_nobody_else_evaluates_them(tenant):
    """nginx and operations that change nothing ignore conditions. Times are ignored, because objects have none."""
    webhook = tenant.register()
    long_ago = "Thu, 01 Jan 1970 00:00:00 GMT"
    for header in (("If-Match", '"x"'), ("If-Unmodified-Since", long_ago), ("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")):
        expect_webhook(tenant.send("GET", f"{webhook}/", headers=[header]))
    expect_changed(tenant, "PATCH", webhook, change(tenant, "PATCH", webhook, ("If-Unmodified-Since", long_ago)))
    assert tenant.send("POST", "", {"url": GOOD_URL}, headers=[("If-Match", '"x"')]).status == 200
    assert tenant.send("POST", f"{webhook}/enable/", headers=[("If-None-Match", "*")]).status == 200


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_two_headers(tenant, header):
    """nginx refuses them; they may be one header with a list."""
    webhook = tenant.register()
    expect_malformed(change(tenant, "PATCH", webhook, (header, '"x"'), (header, '"y"')))


@pytest.mark.parametrize("methods", [("PATCH",) * 8, ("PUT",) * 8, ("DELETE",) * 8, CHANGES * 3],
                         ids=["PATCH", "PUT", "DELETE", "all"])
def test_of_changes_at_once_one_wins(tenant, methods):
    for _ in range(5):
        webhook = tenant.register()
        tag = tag_of(tenant, webhook)
        answers = at_once(*(lambda m=method: change(tenant, m, webhook, ("If-Match", tag)) for method in methods))
        statuses = sorted(answer.status for answer in answers)
        assert statuses[0] in (200, 204)
        assert set(statuses[1:]) <= {404, 412}, statuses
        # After a deletion there is nothing left.
        assert (404 in statuses) <= ("DELETE" in methods)
