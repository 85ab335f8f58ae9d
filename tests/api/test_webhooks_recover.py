"""recover/: what a webhook has missed is scheduled anew, by the time of its events."""

import pytest
from support.http_client import CONTENT_TYPES
from support.ids import from_base58

from events import NOT_A_TIME
from expect import REQUIRED, expect_fields, expect_unsupported, stores_nothing
from webhooks import OWNERS, Tenant, expect_forbidden, expect_not_found

ALL = "1970-01-01T00:00:00Z"


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


@pytest.fixture
def webhook(tenant):
    return tenant.register()


def missed(service, tenant, webhook, count, first=0):
    """Adds failed deliveries of this many events, one second after the other from 2026-01-01 on."""
    for begin in range(first, first + count, 900):
        service.execute(
            "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try, retries, reason,"
            " first_try) WITH RECURSIVE s (n) AS (SELECT %s UNION ALL SELECT n + 1 FROM s WHERE n < %s)"
            " SELECT n + 1, %s, %s, '2026-01-01' + INTERVAL n SECOND, 3, NULL, 9, 'timeout', UTC_TIMESTAMP(6) FROM s",
            begin, min(begin + 900, first + count) - 1, from_base58(webhook), from_base58(tenant.account_id))


def recover(tenant, webhook, since=ALL, until=None, kind="json", **how):
    fields = {"since": since} if until is None else {"since": since, "until": until}
    return tenant.send("POST", f"{webhook}/recover/", fields, kind, **how)


def scheduled(tenant, webhook):
    """The numbers of the events whose deliveries are as if they were new."""
    return sorted(row["event_id"] - 1 for row in tenant.deliveries(webhook)
                  if (row["status"], row["retries"], row["reason"], row["first_try"]) == (0, 0, None, None)
                  and row["next_try"] and row["event_id"] < 10**6)


def expect_recovered(response, count):
    assert (response.status, response.body) == (200, b'{"scheduled":%d}' % count)
    assert response.header_values("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_a_period(service, tenant, webhook, kind):
    missed(service, tenant, webhook, 6)
    response = recover(tenant, webhook, "2026-01-01T01:00:01+01:00", "2026-01-01T00:00:04Z", kind)
    expect_recovered(response, 3)
    assert scheduled(tenant, webhook) == [1, 2, 3]
    expect_recovered(recover(tenant, webhook, "2026-01-01T00:00:00Z", kind=kind), 3)
    assert scheduled(tenant, webhook) == [0, 1, 2, 3, 4, 5]
    expect_recovered(recover(tenant, webhook, kind=kind), 0)


@pytest.mark.parametrize("until", [None, ""])
def test_by_default_it_ends_now(service, tenant, webhook, until):
    missed(service, tenant, webhook, 2)
    service.execute("UPDATE deliveries SET occurred_at = UTC_TIMESTAMP(6) + INTERVAL 1 HOUR WHERE event_id = 2 AND"
                    " webhook_id = %s", from_base58(webhook))
    expect_recovered(recover(tenant, webhook, until=until, kind="urlencoded"), 1)
    expect_recovered(recover(tenant, webhook, "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"), 1)


def test_only_what_failed_and_only_of_this_webhook(service, tenant, webhook):
    other = tenant.register()
    for of in (webhook, other):
        missed(service, tenant, of, 4)
    service.execute("UPDATE deliveries SET status = event_id - 1 WHERE event_id < 4 AND webhook_id = %s",
                    from_base58(webhook))
    expect_recovered(recover(tenant, webhook), 1)
    assert 3 in scheduled(tenant, webhook) and scheduled(tenant, other) == []


def test_a_call_takes_10_000(service, tenant, webhook):
    missed(service, tenant, webhook, 10_003)
    total = 0
    for _ in range(20):  # a slow machine takes fewer at a time
        answer = recover(tenant, webhook).json()
        assert answer["scheduled"] <= 10_000
        total += answer["scheduled"]
        if "more" not in answer:
            break
        assert answer == {"scheduled": answer["scheduled"], "more": True} and answer["scheduled"] > 0
        assert len(scheduled(tenant, webhook)) == total and max(scheduled(tenant, webhook)) == total - 1
    assert total == 10_003 and total > answer["scheduled"] > 0


def test_what_a_disabled_webhook_missed(tenant, webhook):
    """The way back for an owner: enable, then recover."""
    since = tenant.get(webhook)["created"]
    tenant.send("POST", f"{webhook}/disable/")
    missed_tests = [tenant.send("POST", f"{webhook}/test/").json() for _ in range(3)]
    assert {event["webhooks"][0]["status"] for event in missed_tests} == {"failed"}
    tenant.send("POST", f"{webhook}/enable/")
    expect_recovered(recover(tenant, webhook, since), 3)


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_the_beginning_is_required(tenant, webhook, kind):
    expect_fields(tenant.send("POST", f"{webhook}/recover/", {"until": ALL}, kind), {"since": REQUIRED})


def test_what_are_no_times(service, tenant, webhook):
    with stores_nothing(service):
        expect_fields(recover(tenant, webhook, "yesterday", "2026-02-30T00:00:00Z"),
                      {"since": NOT_A_TIME, "until": NOT_A_TIME})
        expect_fields(recover(tenant, webhook, 1767225600, ["x"]), {"since": "Not a valid string.", "until": "Not a valid string."})
        expect_fields(tenant.send("POST", f"{webhook}/recover/", {"since": None}), {"since": "This field may not be null."})
        expect_unsupported(tenant.send("POST", f"{webhook}/recover/"), "")


def test_who_may_not(service, tenant, webhook):
    missed(service, tenant, webhook, 2)
    expect_forbidden(recover(tenant, webhook, key=tenant.make_key("read,publish")))
    other = Tenant(service, "account" if tenant.owner == "target" else "target")
    expect_not_found(recover(other, webhook))
    expect_not_found(recover(other, webhook, "wrong"))
    assert scheduled(tenant, webhook) == []


def test_nothing_is_scheduled_for_a_deleted_webhook_or_target(service, tenant):
    own = Tenant(service, tenant.owner)
    webhook = own.register()
    missed(service, own, webhook, 2)
    assert own.send("DELETE", f"{webhook}/").status == 204
    expect_not_found(recover(own, webhook))
    if own.owner == "target":
        kept = own.register()
        missed(service, own, kept, 2)
        service.delete_target(own.target)
        expect_not_found(recover(own, kept))
        assert scheduled(own, kept) == []
    assert scheduled(own, webhook) == []
