"""Lists of the deliveries of a webhook and of an event, and of the attempts of a delivery."""

import datetime
import itertools
import random
import urllib.parse

import pytest
from events import NOT_A_TIME, STATUSES, events_path, make_owner
from support.ids import from_base58, to_base58

from expect import expect_detail, expect_fields, expect_unauthorised, not_a_choice, time_text
from webhooks import NOBODY, expect_forbidden, expect_not_found, expect_page

DELIVERY = ["id", "api_version", "status", "next_try", "retries", "event_id", "event_type", "occurred_at", "webhook_id",
            "reason"]
ATTEMPT = ["made_at", "duration_ms", "status", "failure", "detail"]
TIMES = ("2025-01-01T00:00:00.000000Z", "2025-01-01T00:00:00.000001Z", "2025-06-01T12:00:00.000000Z",
         "2025-12-31T23:59:59.999999Z")


class Filled:
    """A webhook of a target or of the account, with deliveries of all statuses at a few times."""

    def __init__(self, service, scope):
        self.service = service
        self.owner = make_owner(service)
        self.target = self.owner.make_target()
        self.under = self.target if scope == "target" else None
        self.base = f"/targets/{self.target.id}" if self.under else ""
        self.webhook = self.owner.register(self.under)
        service.execute("DELETE FROM deliveries WHERE webhook_id = %s", from_base58(self.webhook))
        # It gets events that occur from then on.
        service.execute("UPDATE webhooks SET created_at = '2020-01-01' WHERE id = %s", from_base58(self.webhook))
        chance = random.Random(815)
        for number in range(50):
            event = self.owner.published(self.target, occurred_at=chance.choice(TIMES), content={"n": number})
            status = chance.randrange(4)
            service.execute(
                "UPDATE deliveries SET status = %s, retries = %s, reason = %s, next_try = %s WHERE event_id = %s",
                status, number, None if status < 2 else "http 503",
                "2026-01-01 00:00:00" if status in (0, 2) else None, from_base58(event["id"]))
        self.path = f"{self.base}/webhooks/{self.webhook}/deliveries/"

    def rows(self):
        rows = self.service.rows(
            "SELECT d.*, e.event_type FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.webhook_id = %s",
            from_base58(self.webhook))
        return sorted(rows, key=lambda row: (row["occurred_at"], row["event_id"]), reverse=True)

    def expected(self, status=None, since=None, until=None):
        return [row for row in self.rows()
                if (status is None or STATUSES[row["status"]] == status)
                and (since is None or time_text(row["occurred_at"]) >= since)
                and (until is None or time_text(row["occurred_at"]) < until)]

    def get(self, **query):
        given = {name: value for name, value in query.items() if value is not None}
        return self.owner.get(self.path + "?" + urllib.parse.urlencode(given))


@pytest.fixture(scope="module", params=["target", "account"])
def filled(request, service):
    return Filled(service, request.param)


def shown(row):
    """The delivery as clients see it."""
    return {"id": to_base58(row["webhook_id"]), "api_version": "v1", "status": STATUSES[row["status"]],
            "next_try": row["next_try"] and time_text(row["next_try"]), "retries": row["retries"],
            "event_id": to_base58(row["event_id"]), "event_type": row["event_type"],
            "occurred_at": time_text(row["occurred_at"]), "webhook_id": to_base58(row["webhook_id"]),
            "reason": row["reason"]}


def test_a_webhooks_deliveries_newest_event_first(filled):
    expected = [shown(row) for row in filled.rows()]
    assert len(expected) == 50
    found = []
    for page in range(1, 6):
        found += expect_page(filled.get(page=page), 50, page, 10)
    assert found == expected
    assert all(list(one) == DELIVERY for one in found)
    assert expect_page(filled.get(length=100), 50, 1, 100) == expected
    expect_detail(filled.get(page=6), 404)


FILTERS = list(itertools.product((None, *STATUSES), (None, TIMES[1]), (None, TIMES[2])))


@pytest.mark.parametrize("status, since, until", FILTERS)
def test_filters(filled, status, since, until):
    chosen = {"status": status, "since": since, "until": until}
    expected = [shown(row) for row in filled.expected(**chosen)]
    assert expect_page(filled.get(length=100, **chosen), len(expected), 1, 100) == expected
    if expected:
        assert expect_page(filled.get(length=3, **chosen), len(expected), 1, 3) == expected[:3]


def test_next_leads_to_the_end_while_deliveries_are_added(filled):
    before = {row["event_id"] for row in filled.rows()}
    path, found = filled.path + "?length=7", []
    while path:
        page = filled.owner.get(path).json()
        found += [from_base58(one["event_id"]) for one in page["results"]]
        assert (page["page"] is None) == ("after=" in path)
        filled.owner.published(filled.target)
        path = page["next"]
    assert len(found) == len(set(found)) and set(found) == before


def test_invalid_parameters_are_named(filled):
    response = filled.get(status="done", since="2026-01-01", until="x", page=0, length=101)
    expect_fields(response, {
        "status": not_a_choice("done"), "since": NOT_A_TIME, "until": NOT_A_TIME,
        "page": "Ensure this value is greater than or equal to 1.",
        "length": "Ensure this value is less than or equal to 100."})
    assert set(filled.get(after="x", page=1).json()) == {"after"}


def test_empty_parameters_filter_nothing(filled):
    expect_page(filled.get(status="", since="", until="", event_type="x"), len(filled.rows()), 1, 10)


# The deliveries of an event


@pytest.fixture
def event(filled):
    """An event that several webhooks of the target and of the account get, the last of them one of the target."""
    webhooks = [filled.owner.register(filled.target), filled.owner.register(), filled.owner.register(filled.target)]
    published = filled.owner.published(filled.target)
    filled.service.execute("UPDATE deliveries SET status = 1, next_try = NULL WHERE event_id = %s",
                           from_base58(published["id"]))
    yield published
    for number, webhook in enumerate(webhooks):
        under = "" if number == 1 else f"/targets/{filled.target.id}"
        filled.owner.send("DELETE", f"{under}/webhooks/{webhook}/")


def deliveries_path(filled, event, rest=""):
    return f"{events_path(filled.under)}{event['id']}/webhooks/{rest}"


def test_an_events_deliveries_newest_webhook_first(filled, event):
    rows = filled.service.rows(
        "SELECT d.*, e.event_type FROM deliveries d JOIN events e ON e.id = d.event_id WHERE d.event_id = %s"
        " ORDER BY d.webhook_id DESC", from_base58(event["id"]))
    expected = [shown(row) for row in rows]
    assert len(expected) == 4
    path = deliveries_path(filled, event)
    assert expect_page(filled.owner.get(path), 4, 1, 10) == expected
    first = filled.owner.get(path + "?length=3").json()
    assert first["results"] == expected[:3]
    assert filled.owner.get(first["next"]).json()["results"] == expected[3:]
    expect_detail(filled.owner.get(path + "?page=2"), 404)
    expect_fields(filled.owner.get(path + "?page=x"), {"page": "A positive whole number is required."})


def test_deliveries_to_deleted_webhooks_stay_as_history(filled, event):
    deleted = event["webhooks"][-1]["id"]
    under = f"/targets/{filled.target.id}"
    assert filled.owner.send("DELETE", f"{under}/webhooks/{deleted}/").status == 204
    found = expect_page(filled.owner.get(deliveries_path(filled, event)), 4, 1, 10)
    assert deleted in [one["webhook_id"] for one in found]
    expect_page(filled.owner.get(deliveries_path(filled, event, f"{deleted}/attempts/")), 0, 1, 10)
    expect_not_found(filled.owner.get(f"{under}/webhooks/{deleted}/deliveries/"))
    expect_not_found(filled.owner.get(f"/webhooks/{deleted}/deliveries/"))


# Attempts


class Tried:
    """A delivery with attempts."""

    ROWS = (
        # seconds, microseconds, status, failure, detail, answer, by_allow_list
        (0, 499, None, "connect", "Connection refused", None, 0),
        (1, 84_501, 503, None, None, b"Down for maintenance.", 0),
        (2, 15_000_000, None, "timeout", None, None, 0),
        (2, 1_500, 500, None, None, b"caf\xc3\xa9 \xff\x00 \xe2\x82", 0),
        (3, 2_000, 500, None, None, b"x" * 1022 + b"\xe2\x82", 0),
        (4, 2_000, 500, None, None, b"x" * 1021 + b"\xe2\x82\xac", 0),
        (5, 1_000, 200, None, None, b"", 0),
        (6, 1_000, 200, None, None, b"a secret of the operator's network", 1),
    )
    ANSWERS = (None, "Down for maintenance.", None, "caf\u00e9 \ufffd\x00 \ufffd\ufffd", "x" * 1022,
               "x" * 1021 + "\u20ac", "", None)

    def __init__(self, filled):
        self.filled = filled
        self.event = filled.owner.published(filled.target)
        self.path = deliveries_path(filled, self.event, f"{filled.webhook}/attempts/")
        began = datetime.datetime(2026, 1, 1)
        self.expected = []
        for number, (seconds, took, status, failure, detail, answer, listed) in enumerate(self.ROWS):
            made = began + datetime.timedelta(seconds=seconds)
            # A daemon whose clock is behind makes smaller ids.
            filled.service.execute(
                "INSERT INTO attempts (id, event_id, webhook_id, made_at, duration_us, status, failure, detail, answer,"
                " by_allow_list) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
                number + (100 if seconds == 0 else 0), from_base58(self.event["id"]), from_base58(filled.webhook), made,
                took, status, failure, detail, answer, listed)
            self.expected.insert(0, {
                "made_at": time_text(made), "duration_ms": (took + 500) // 1000, "status": status, "failure": failure,
                "detail": detail, "answer": self.ANSWERS[number]})


@pytest.fixture(scope="module")
def tried(filled):
    return Tried(filled)


def test_attempts_newest_first(filled, tried):
    found = expect_page(filled.owner.get(tried.path), 8, 1, 10)
    assert found == tried.expected
    assert all(list(one) == [*ATTEMPT, "answer"] for one in found)
    path, found = tried.path + "?length=3", []
    while path:
        page = filled.owner.get(path).json()
        found += page["results"]
        path = page["next"]
    assert found == tried.expected
    assert filled.owner.get(tried.path + "?length=5&page=2").json()["results"] == tried.expected[5:]
    expect_detail(filled.owner.get(tried.path + "?page=2"), 404)
    expect_fields(filled.owner.get(tried.path + "?length=0"), {
        "length": "Ensure this value is greater than or equal to 1."})


def test_answers_are_for_keys_that_may_manage(filled, tried):
    for rights in ("read", "read,publish"):
        response = filled.owner.get(tried.path, key=filled.owner.make_key(rights))
        found = expect_page(response, 8, 1, 10)
        assert found == [{name: one[name] for name in ATTEMPT} for one in tried.expected]
        assert b"maintenance" not in response.body
    manager = filled.owner.make_key("read,manage")
    assert expect_page(filled.owner.get(tried.path, key=manager), 8, 1, 10) == tried.expected


def test_a_limited_key_sees_the_answers_of_its_targets_webhooks_only(filled, tried):
    key = filled.owner.make_key("read,manage", [filled.target])
    path = f"/targets/{filled.target.id}/events/{tried.event['id']}/webhooks/{filled.webhook}/attempts/"
    found = expect_page(filled.owner.get(path, key=key), 8, 1, 10)
    assert all(("answer" in one) == (filled.under is not None) for one in found)


def test_a_delivery_without_attempts(filled):
    event = filled.owner.published(filled.target)
    path = deliveries_path(filled, event, f"{filled.webhook}/attempts/")
    assert expect_page(filled.owner.get(path), 0, 1, 10) == []


def test_what_is_not_there(service, filled, tried):
    neighbour = make_owner(service)
    other_target = filled.owner.make_target()
    of_other_target = filled.owner.published(other_target)["id"]
    webhook_of_other = filled.owner.register(other_target)
    event, webhook = tried.event["id"], filled.webhook
    for path in (f"/webhooks/{webhook}/deliveries/", f"/targets/{other_target.id}/webhooks/{webhook}/deliveries/",
                 f"/events/{event}/webhooks/", f"/events/{event}/webhooks/{webhook}/attempts/"):
        expect_not_found(neighbour.get(path))
    others = f"/targets/{other_target.id}"
    expect_not_found(filled.owner.get(f"{others}/webhooks/{webhook}/deliveries/"))
    expect_not_found(filled.owner.get(f"{others}/events/{event}/webhooks/"))
    expect_not_found(filled.owner.get(f"{others}/events/{event}/webhooks/{webhook}/attempts/"))
    other_scope = "" if filled.under else f"/targets/{filled.target.id}"
    expect_not_found(filled.owner.get(f"{other_scope}/webhooks/{webhook}/deliveries/"))
    assert filled.owner.get(f"/events/{of_other_target}/webhooks/").status == 200
    for one in (NOBODY, "x", event):
        expect_not_found(filled.owner.get(f"{filled.base}/webhooks/{one}/deliveries/"))
        expect_not_found(filled.owner.get(deliveries_path(filled, tried.event, f"{one}/attempts/")))
    for one in (NOBODY, "x", webhook):
        expect_not_found(filled.owner.get(f"{filled.base}/events/{one}/webhooks/"))
    expect_not_found(filled.owner.get(deliveries_path(filled, tried.event, f"{webhook_of_other}/attempts/")))


def test_who_may(filled, tried):
    paths = (filled.path, deliveries_path(filled, tried.event), tried.path)
    manager, reader = filled.owner.make_key("manage,publish"), filled.owner.make_key("read")
    limited = filled.owner.make_key("read", [filled.owner.make_target()])
    for path in paths:
        expect_unauthorised(filled.owner.get(path, key="wrong"))
        expect_forbidden(filled.owner.get(path + "?page=x", key=manager))
        expect_forbidden(filled.owner.get(path, key=limited))
        assert filled.owner.get(path, key=reader).status == 200
        head = filled.owner.send("HEAD", path)
        assert (head.status, head.body) == (200, b"")
        assert filled.owner.get(path).header("Cache-Control") == "no-store"
