"""Lists of events: order, pages, filters, who sees what."""

import itertools
import random
import urllib.parse

import pytest
from events import CONTENT, NOT_A_TIME, PUBLISHED, STATUSES, TYPES, events_path, expect_page, make_owner
from support.ids import from_base58, to_base58

from expect import expect_detail, expect_fields, expect_malformed, expect_unauthorised, not_a_choice

FORBIDDEN = "You do not have permission to perform this action."
TIMES = ("2025-01-01T00:00:00.000000Z", "2025-01-01T00:00:00.000001Z", "2025-06-01T12:00:00.000000Z",
         "2025-12-31T23:59:59.999999Z")


class Filled:
    """An account with two targets and a few dozen published events at random."""

    def __init__(self, service):
        self.owner = make_owner(service)
        self.targets = [self.owner.make_target(), self.owner.make_target()]
        self.events = [row for row in service.rows(
            "SELECT id, target_id, event_type, DATE_FORMAT(occurred_at, '%%Y-%%m-%%dT%%H:%%i:%%s.%%fZ') AS occurred_at"
            " FROM events WHERE account_id = %s", from_base58(self.owner.account_id))]
        for event in self.events:
            event["statuses"] = set()
        webhooks = [from_base58(self.owner.register(self.targets[0])), from_base58(self.owner.register(self.targets[1]))]
        # The greetings' deliveries: each target's first event has one.
        for event in self.events:
            if event["target_id"] is not None:
                event["statuses"] = {"scheduled"}
        chance = random.Random(4711)
        for number in range(60):
            index = chance.randrange(2)
            fields = {"event_type": chance.choice(PUBLISHED), "content": {"n": number},
                      "occurred_at": chance.choice(TIMES)}
            event = self.owner.published(self.targets[index], **fields)
            row = {"id": from_base58(event["id"]), "target_id": from_base58(self.targets[index].id),
                   "event_type": fields["event_type"], "occurred_at": fields["occurred_at"], "statuses": set()}
            if chance.randrange(2):
                status = chance.randrange(4)
                service.execute("INSERT INTO deliveries (event_id, webhook_id, account_id, occurred_at, status)"
                                " SELECT id, %s, account_id, occurred_at, %s FROM events WHERE id = %s",
                                webhooks[index], status, row["id"])
                row["statuses"] = {STATUSES[status]}
            self.events.append(row)
        self.events.sort(key=lambda event: (event["occurred_at"], event["id"]), reverse=True)

    def expected(self, target=None, event_type=None, status=None, since=None, until=None):
        return [to_base58(event["id"]) for event in self.events
                if (target is None or event["target_id"] == from_base58(target.id))
                and (event_type is None or event["event_type"] == event_type)
                and (status is None or status in event["statuses"])
                and (since is None or event["occurred_at"] >= since)
                and (until is None or event["occurred_at"] < until)]

    def get(self, target=None, **query):
        given = {name: value for name, value in query.items() if value is not None}
        return self.owner.get(events_path(target) + "?" + urllib.parse.urlencode(given))


@pytest.fixture(scope="module")
def filled(service):
    return Filled(service)


@pytest.fixture(scope="module", params=["account", "target"])
def target(request, filled):
    return filled.targets[0] if request.param == "target" else None


def test_newest_first_page_by_page(filled, target):
    expected = filled.expected(target)
    pages = -(-len(expected) // 10)
    found = []
    for page in range(1, pages + 1):
        found += [event["id"] for event in expect_page(filled.get(target, page=page), len(expected), page)]
    assert found == expected
    expect_detail(filled.get(target, page=pages + 1), 404)
    assert [event["id"] for event in expect_page(filled.get(target, length=100), len(expected), length=100)] == expected


FILTERS = list(itertools.product((None, "scan_started", "finding_fixed", "user_deleted"), (None, *STATUSES),
                                 (None, TIMES[1]), (None, TIMES[2])))


@pytest.mark.parametrize("event_type, status, since, until", FILTERS)
def test_filters(filled, target, event_type, status, since, until):
    choice = {"event_type": event_type, "status": status, "since": since, "until": until}
    expected = filled.expected(target, **choice)
    events = expect_page(filled.get(target, length=100, **choice), len(expected), length=100)
    assert [event["id"] for event in events] == expected


def test_every_type_can_be_asked_for(filled, target):
    for event_type in TYPES:
        expected = filled.expected(target, event_type=event_type)
        expect_page(filled.get(target, event_type=event_type, length=100), len(expected), length=100)


def test_an_event_in_a_list_is_the_event_itself(filled, target):
    (event,) = expect_page(filled.get(target, length=1), len(filled.expected(target)), length=1)
    assert filled.owner.get(events_path(target) + event["id"] + "/").json() == event


def test_times_in_other_formats(filled, target):
    expected = filled.expected(target, since=TIMES[2])
    for since in ("2025-06-01T14:00:00+02:00", "2025-06-01t12:00:00z", " 2025-06-01T12:00:00.0Z "):
        expect_page(filled.get(target, since=since, length=100), len(expected), length=100)


def test_an_interval_that_ends_before_it_begins_is_empty(filled, target):
    expect_page(filled.get(target, since=TIMES[2], until=TIMES[1]), 0)


def test_empty_and_unknown_parameters_filter_nothing(filled, target):
    expected = filled.expected(target)
    expect_page(filled.get(target, event_type="", status="", since="", until="", order="x"), len(expected))


def test_the_last_one_counts(filled, target):
    expected = filled.expected(target, event_type="scan_failed")
    path = events_path(target) + "?event_type=nonsense&event_type=scan_failed&length=100"
    expect_page(filled.owner.get(path), len(expected), length=100)


def test_invalid_parameters_are_named(filled, target):
    response = filled.get(target, event_type="scan", status="done", since="2026-01-01", until="x", page=0, length=101)
    expect_fields(response, {
        "event_type": not_a_choice("scan"), "status": not_a_choice("done"), "since": NOT_A_TIME, "until": NOT_A_TIME,
        "page": "Ensure this value is greater than or equal to 1.",
        "length": "Ensure this value is less than or equal to 100."})


def test_a_plus_sign_that_is_not_escaped_is_a_space(filled, target):
    expect_fields(filled.owner.get(events_path(target) + "?since=2025-06-01T14:00:00+02:00"), {"since": NOT_A_TIME})


def test_a_query_that_is_not_utf8(filled, target):
    expect_malformed(filled.owner.get(events_path(target) + "?status=%ff"))


def test_head_options_and_headers(filled, target):
    path = events_path(target)
    response = filled.owner.get(path)
    assert response.header("Cache-Control") == "no-store" and response.header("ETag") is None
    head = filled.owner.send("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.header("Content-Type") == "application/json"
    options = filled.owner.service.send(b"", None, method="OPTIONS", path=path, authorization=None)
    assert (options.status, options.body) == (204, b"")
    allowed = ["GET", "HEAD", *(["POST"] if target else []), "OPTIONS"]
    assert options.header("Allow").split(", ") == allowed


def test_who_may(service, filled, target):
    path = events_path(target)
    expect_unauthorised(filled.owner.get(path, key="wrong"))
    for rights in ("manage", "publish", "manage,publish"):
        expect_detail(filled.owner.get(path + "?page=x", key=filled.owner.make_key(rights)), 403, FORBIDDEN)
    assert filled.owner.get(path, key=filled.owner.make_key("read")).status == 200
    limited = filled.owner.make_key("read", [filled.targets[0]])
    expect_detail(filled.owner.get(events_path(filled.targets[1]), key=limited), 403, FORBIDDEN)
    expect_detail(filled.owner.get(events_path(), key=limited), 403, FORBIDDEN)
    assert filled.owner.get(events_path(filled.targets[0]), key=limited).status == 200


def test_other_accounts_targets_are_not_found(service, filled):
    for path in (events_path(service.other_target), events_path(service.target), "/targets/11111111111/events/",
                 "/targets/x/events/?page=0"):
        expect_detail(filled.owner.get(path), 404)


def test_an_account_sees_its_own_events_only(service, filled):
    neighbour = make_owner(service)
    target = neighbour.make_target()
    event = neighbour.published(target, content=CONTENT)
    expected = filled.expected()
    events = expect_page(filled.get(length=100), len(expected), length=100)
    assert event["id"] not in [one["id"] for one in events]
    # The creation of its user and of its target, and that event.
    expect_page(neighbour.get(events_path()), 3)


def test_periods_begin_and_end_in_any_year(filled, target):
    everything = filled.expected(target)
    for since in ("0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "1969-12-31T23:59:59.999999Z"):
        expect_page(filled.get(target, since=since), len(everything))
        expect_page(filled.get(target, until=since), 0)
    for until in ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-23:59"):
        expect_page(filled.get(target, until=until), len(everything))
        expect_page(filled.get(target, since=until), 0)
