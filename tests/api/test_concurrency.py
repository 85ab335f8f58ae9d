"""Clients that change, delete and rotate at the same time, while events are fanned out: every answer is one of
those the contract knows, no deadlock reaches a client, and the tables agree with what was answered."""

import pytest
from support.at_once import at_once
from support.ids import from_base58

from webhooks import OWNERS, Tenant, expect_page

CLIENTS = 8
ROUNDS = 15


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


def statuses(responses):
    return sorted(response.status for response in responses)


def publish(tenant):
    fields = {"event_type": "scan_completed", "content": {"n": 1}}
    return tenant.send("POST", fields=fields, path=f"/targets/{tenant.target.id}/events/")


def scheduled(tenant, webhook):
    return [row for row in tenant.deliveries(webhook) if row["next_try"] is not None]


def test_of_two_changes_the_last_wins_as_a_whole(tenant):
    webhook = tenant.register()
    versions = [{"url": f"https://{n}.example.com/", "name": f"number {n}", "check_cert": n % 2 == 0, "api_version": "v1"}
                for n in range(CLIENTS)]
    for _ in range(ROUNDS):
        answers = at_once(*(lambda fields=fields: tenant.send("PUT", f"{webhook}/", fields) for fields in versions))
        assert statuses(answers) == [200] * CLIENTS
        for fields, answer in zip(versions, answers):
            assert {name: answer.json()[name] for name in fields} == fields
        last = max((answer.json() for answer in answers), key=lambda after: after["changed"])
        assert tenant.get(webhook) == last


def test_changes_of_different_fields_are_all_there(tenant):
    webhook = tenant.register()
    for n in range(ROUNDS):
        changes = [{"url": f"https://{n}.example.com/"}, {"name": f"number {n}"}, {"check_cert": n % 2 == 0}]
        answers = at_once(*(lambda change=change: tenant.send("PATCH", f"{webhook}/", change) for change in changes))
        assert statuses(answers) == [200] * 3
        after = tenant.get(webhook)
        assert all(after[name] == value for change in changes for name, value in change.items())


def test_delete_against_change(tenant):
    for _ in range(ROUNDS):
        webhook = tenant.register()
        deletion, *others = at_once(
            lambda: tenant.send("DELETE", f"{webhook}/"),
            lambda: tenant.send("PATCH", f"{webhook}/", {"name": "late"}),
            lambda: tenant.send("PUT", f"{webhook}/", {"url": "https://late.example.com/"}),
            lambda: tenant.send("POST", f"{webhook}/enable/"),
            lambda: tenant.send("POST", f"{webhook}/secret/rotate/"),
            lambda: tenant.send("POST", f"{webhook}/test/"),
            lambda: tenant.send("POST", f"{webhook}/disable/"),
            lambda: tenant.send("POST", f"{webhook}/recover/", {"since": "2026-01-01T00:00:00Z"}),
            lambda: tenant.send("PUT", f"{webhook}/headers/", {"headers": {"X": "x"}}),
            lambda: tenant.send("GET", f"{webhook}/"))
        assert deletion.status == 204
        assert set(statuses(others)) <= {200, 404}
        assert scheduled(tenant, webhook) == []
        assert tenant.send("GET", f"{webhook}/").status == 404


def test_delete_against_delete(service, tenant):
    own = Tenant(service, tenant.owner)
    left = own.register()
    for _ in range(ROUNDS):
        webhook = own.register()
        answers = at_once(*[lambda: own.send("DELETE", f"{webhook}/")] * 4)
        assert statuses(answers) == [204, 404, 404, 404]
    expect_page(own.send("GET"), 1, 1, 10, [left])


def test_delete_against_fan_out(service, tenant):
    own = Tenant(service, tenant.owner)
    for _ in range(ROUNDS):
        stays, *webhooks = [own.register() for _ in range(6)]
        answers = at_once(*[lambda: publish(own)] * 3,
                          *(lambda webhook=webhook: own.send("DELETE", f"{webhook}/") for webhook in webhooks))
        assert statuses(answers) == [200] * 3 + [204] * 5
        assert [scheduled(own, webhook) for webhook in webhooks] == [[]] * 5
        assert len(scheduled(own, stays)) == 1 + 3
        assert own.send("DELETE", f"{stays}/").status == 204
        assert own.send("GET").json()["count"] == 0


def test_registrations_and_deletions_keep_the_count(service, tenant):
    own = Tenant(service, tenant.owner)
    at_once(*[lambda: [own.send("DELETE", f"{own.register()}/") for _ in range(ROUNDS)] + [own.register()]] * CLIENTS)
    assert own.send("GET").json()["count"] == CLIENTS
    assert len(own.send("GET").json()["results"]) == CLIENTS


def test_rotate_against_rotate(service, tenant):
    webhook = tenant.register()
    first = tenant.send("GET", f"{webhook}/secret/").json()["secret"]
    one, two = at_once(*[lambda: tenant.send("POST", f"{webhook}/secret/rotate/")] * 2)
    assert (one.status, two.status) == (200, 200)
    now = tenant.send("GET", f"{webhook}/secret/").json()["secret"]
    assert now in (one.json()["secret"], two.json()["secret"])
    assert len({first, one.json()["secret"], two.json()["secret"]}) == 3
    rows = service.rows("SELECT * FROM retired_secrets WHERE webhook_id = %s AND expires_at > UTC_TIMESTAMP(6)"
                        " + INTERVAL 23 HOUR", from_base58(webhook))
    assert len(rows) == 2
    answers = at_once(*[lambda: tenant.send("POST", f"{webhook}/secret/rotate/")] * CLIENTS)
    assert statuses(answers) == [200] * CLIENTS
    assert len(service.rows("SELECT id FROM retired_secrets WHERE webhook_id = %s", from_base58(webhook))) == 10
