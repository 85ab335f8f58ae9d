"""Deletion of webhooks and rotation of their secrets: what happens to the webhooks and to their deliveries."""

import pytest
from support.ids import from_base58

from webhooks import OWNERS, Tenant, expect_not_found, expect_page

HOURS_24 = 24 * 3600


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


@pytest.fixture
def webhook(tenant):
    return tenant.register()


def secret_of(tenant, webhook):
    return tenant.send("GET", f"{webhook}/secret/").json()["secret"]


def test_delete(tenant, webhook):
    kept = tenant.register()
    response = tenant.send("DELETE", f"{webhook}/")
    assert (response.status, response.body) == (204, b"")
    assert response.header("Content-Type") is None
    assert response.header_values("Cache-Control") == ["no-store"]
    for method, rest in (("GET", ""), ("DELETE", ""), ("GET", "secret/"), ("POST", "secret/rotate/"),
                         ("POST", "enable/"), ("POST", "disable/"), ("POST", "test/"), ("GET", "headers/")):
        expect_not_found(tenant.send(method, f"{webhook}/{rest}"))
    assert kept in [row["id"] for row in tenant.send("GET", "?length=100").json()["results"]]
    assert webhook not in [row["id"] for row in tenant.send("GET", "?length=100").json()["results"]]
    assert tenant.deliveries(webhook) == []
    assert len(tenant.deliveries(kept)) == 1


def test_delete_keeps_the_history(service, tenant, webhook):
    service.execute("UPDATE deliveries SET status = 1, next_try = NULL WHERE webhook_id = %s", from_base58(webhook))
    assert tenant.send("DELETE", webhook).status == 204
    (delivery,) = tenant.deliveries(webhook)
    assert delivery["status"] == 1
    assert service.row("SELECT deleted_at FROM webhooks WHERE id = %s", from_base58(webhook))["deleted_at"]


def test_delete_counts(service, tenant):
    own = Tenant(service, tenant.owner)
    webhooks = [own.register() for _ in range(12)]
    expect_page(own.send("GET"), 12, 1, 10)
    for count in range(11, -1, -1):
        assert own.send("DELETE", f"{webhooks.pop()}/").status == 204
        expect_page(own.send("GET"), count, 1, 10, sorted(webhooks, reverse=True)[:10])


def test_delete_drops_thousands_of_scheduled_deliveries(service, tenant, webhook):
    number = from_base58(webhook)
    service.execute(
        "INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status, next_try)"
        " WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 999)"
        " SELECT a.n * 10 + b.n, %s, %s, UTC_TIMESTAMP(6), 2, UTC_TIMESTAMP(6) FROM s a JOIN s b ON b.n <= 10",
        number, from_base58(tenant.account_id))
    assert len(tenant.deliveries(webhook)) == 9991
    assert tenant.send("DELETE", f"{webhook}/").status == 204
    # Not all of them if the machine is slow; the daemon drops the rest.
    assert len(tenant.deliveries(webhook)) <= 8991
    expect_not_found(tenant.send("GET", f"{webhook}/"))


@pytest.mark.parametrize("body", [b"", b"not even JSON", b'{"secret": "mine"}'])
def test_rotation(service, tenant, webhook, body):
    first = secret_of(tenant, webhook)
    before = tenant.get(webhook)
    response = service.send(body, None, path=tenant.path(f"{webhook}/secret/rotate/"),
                            authorization=f"JWT {tenant.key}")
    assert response.status == 200
    assert response.header_values("Cache-Control") == ["no-store"]
    second = response.json()["secret"]
    assert list(response.json()) == ["secret"] and second != first and second.startswith("whsec_")
    assert secret_of(tenant, webhook) == second
    (retired,) = service.rows("SELECT *, TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(6), expires_at) AS seconds"
                              " FROM retired_secrets WHERE webhook_id = %s", from_base58(webhook))
    assert HOURS_24 - 300 < retired["seconds"] <= HOURS_24
    # A rotation doesn't change what the object shows.
    assert tenant.get(webhook) == before


def test_the_ten_latest_secrets_are_kept(service, tenant, webhook):
    secrets = [tenant.send("POST", f"{webhook}/secret/rotate/").json()["secret"] for _ in range(13)]
    assert len(set(secrets)) == 13
    assert secret_of(tenant, webhook) == secrets[-1]
    rows = service.rows("SELECT id FROM retired_secrets WHERE webhook_id = %s", from_base58(webhook))
    assert len(rows) == 10
