"""The limits of webhooks per target and account, and of registrations per second and key."""

import concurrent.futures
import time

import pytest
from events import make_owner
from support.http_client import encode
from support.service import Service, wait_until

from expect import GOOD_URL, expect_detail, expect_fields

OF_TARGET, OF_ACCOUNT, PER_SECOND = 20, 30, 3


@pytest.fixture(scope="module")
def service():
    """Four processes count at once."""
    with Service(processes=4, settings={"api_webhooks_of_target": OF_TARGET,
                                        "api_webhooks_of_account": OF_ACCOUNT}) as running:
        yield running


@pytest.fixture(scope="module")
def throttled():
    with Service(processes=2, settings={"api_registrations_per_second": PER_SECOND,
                                        "api_publications_per_second": PER_SECOND}) as running:
        yield running


def send(owner, target=None, kind="json", key=None):
    content_type, body = encode(kind, {"url": GOOD_URL})
    path = f"/targets/{target.id}/webhooks/" if target else "/webhooks/"
    return owner.send("POST", path, body, content_type, key=key)


def at_once(count, call):
    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda _: call(), range(count)))


def expect_full(response, limit):
    expect_fields(response, {"non_field_errors": f"No more than {limit} webhooks are allowed here."})


def count_of(owner, target=None):
    path = f"/targets/{target.id}/webhooks/" if target else "/webhooks/"
    return owner.get(path).json()["count"]


def remove(owner, webhook, target=None):
    path = f"/targets/{target.id}/webhooks/" if target else "/webhooks/"
    assert owner.send("DELETE", f"{path}{webhook}/").status == 204


@pytest.mark.parametrize("kind", ["json", "urlencoded", "multipart"])
def test_a_target_is_full(service, kind):
    owner = make_owner(service)
    target = owner.make_target()
    ids = [owner.register(target) for _ in range(OF_TARGET)]
    expect_full(send(owner, target, kind), OF_TARGET)
    assert count_of(owner, target) == OF_TARGET
    # Deleting a webhook makes room for another, and changing one needs no room.
    assert owner.send("PATCH", f"/targets/{target.id}/webhooks/{ids[0]}/", b'{"name": "n"}', "application/json").status == 200
    remove(owner, ids[0], target)
    assert send(owner, target, kind).status == 200
    expect_full(send(owner, target, kind), OF_TARGET)
    # Other targets and accounts are not affected.
    assert send(owner).status == send(owner, owner.make_target()).status == 200


def test_an_account_is_full(service):
    owner, neighbour = make_owner(service), make_owner(service)
    target, other = owner.make_target(), owner.make_target()
    for _ in range(10):
        owner.register(target)
        of_account = owner.register()
        owner.register(other)
    for owned_by in (None, target, other, owner.make_target()):
        expect_full(send(owner, owned_by), OF_ACCOUNT)
    assert send(neighbour).status == 200
    remove(owner, of_account)
    assert send(owner, target).status == 200
    expect_full(send(owner), OF_ACCOUNT)
    # The webhooks of a deleted target no longer count.
    service.delete_target(target)
    answers = at_once(20, lambda: send(owner))
    assert sorted(one.status for one in answers) == [200] * 11 + [400] * 9


@pytest.mark.parametrize("rounds", range(3))
def test_no_limit_is_passed_by_many_at_once(service, rounds):
    owner = make_owner(service)
    targets = [owner.make_target(), owner.make_target(), None]
    sent = [targets[i % 3] for i in range(90)]
    with concurrent.futures.ThreadPoolExecutor(len(sent)) as pool:
        answers = list(pool.map(lambda target: send(owner, target), sent))
    assert sorted(one.status for one in answers) == [200] * OF_ACCOUNT + [400] * (len(sent) - OF_ACCOUNT)
    assert sum(count_of(owner, target) for target in targets) == OF_ACCOUNT
    assert all(count_of(owner, target) <= OF_TARGET for target in targets)


def test_refusals_store_nothing_and_come_last(service):
    owner = make_owner(service)
    target = owner.make_target()
    for _ in range(OF_TARGET):
        owner.register(target)
    before = service.row_counts()
    path = f"/targets/{target.id}/webhooks/"
    expect_fields(owner.send("POST", path, b"{}", "application/json"), {"url": "This field is required."})
    expect_detail(send(owner, target, key="wrong"), 401)
    expect_full(send(owner, target), OF_TARGET)
    assert service.row_counts() == before


def most_in_a_second(service, call):
    """The answers to ten requests that are sent within one second of the database's clock."""
    def second():
        return service.row("SELECT UNIX_TIMESTAMP() AS n")["n"]

    def attempt():
        wait_until(lambda: service.row("SELECT MICROSECOND(NOW(6)) AS n")["n"] < 300_000, "a second begins")
        before = second()
        answers = at_once(10, call)
        return answers if second() == before else None

    return wait_until(attempt, "ten requests are answered within a second")


def test_registrations_a_second(throttled):
    owner, neighbour = make_owner(throttled), make_owner(throttled)
    answers = most_in_a_second(throttled, lambda: send(owner))
    assert sorted(one.status for one in answers) == [200] * PER_SECOND + [429] * (10 - PER_SECOND)
    for one in answers:
        if one.status == 429:
            expect_detail(one, 429, "Request was throttled.")
            assert one.header_values("Retry-After") == ["1"]
    # The limit is per key: another key of the same account has its own.
    assert send(owner, key=owner.make_key("manage")).status == send(neighbour).status == 200
    wait_until(lambda: time.sleep(0.2) or send(owner).status == 200, "the second is over")


def test_publications_a_second(throttled):
    owner = make_owner(throttled)
    target = owner.make_target()
    fields = {"event_type": "scan_completed", "content": {"id": "1"}}
    answers = most_in_a_second(throttled, lambda: owner.publish(target, fields))
    assert sorted(one.status for one in answers) == [200] * PER_SECOND + [429] * (10 - PER_SECOND)
    wait_until(lambda: owner.publish(target, fields).status == 200, "the second is over")
    # A repeated answer is not a publication.
    def repeat():
        return owner.publish(target, fields, headers=[("Idempotency-Key", "k")])
    wait_until(lambda: repeat().status == 200, "the second is over")
    assert {one.status for one in at_once(10, repeat)} == {200}
