"""The lists that `scripts/bench lists` reads: every combination of filters, and for each the pages that may be the
hardest.
"""

import datetime
import itertools
import urllib.parse

from long_lists import RARE_TYPE, RARE_URL, SEARCHED_TYPE
from support.ids import to_base58

STATUSES = (None, "scheduled", "succeeded", "rescheduled", "failed")
LAST_PAGES = ("page=1001", "page=101&length=100")  # they begin 10,000 objects into the list


def all_cases(lists):
    """(name of the list, filter as a query, paths) for each list and filter."""
    for name, path, filters, positions in _lists(lists):
        for chosen in filters:
            query = urllib.parse.urlencode({key: value for key, value in chosen.items() if value is not None})
            yield name, query, [_joined(path, query, page) for page in _pages(positions)]


def _lists(lists):
    target, crowd, webhooks = f"/targets/{lists.target}/", lists.last_event, (lists.webhook(0), lists.webhook(1))
    ids = [lists.webhook(lists.webhooks // 2), lists.webhook(lists.webhooks // 100)]
    times = [_microseconds(lists.time_of(share)) + to_base58(2 ** 63) for share in (0.5, 0.01)]
    period = {"since": (None, lists.time_of(0.25)), "until": (None, lists.time_of(0.75))}
    of_events = _all({"event_type": (None, SEARCHED_TYPE, RARE_TYPE, "user_deleted"), "status": STATUSES, **period})
    of_webhooks = _all({"enabled": (None, "true", "false"),
                        "url": (None, RARE_URL, "https://nowhere.example.com/")})
    of_deliveries = _all({"status": STATUSES, **period})
    for owner, base, webhook in (("account", "/", webhooks[0]), ("target", target, webhooks[1])):
        yield f"{owner}: webhooks", f"{base}webhooks/", of_webhooks, ids
        yield f"{owner}: events", f"{base}events/", of_events, times
        yield f"{owner}: deliveries of a webhook", f"{base}webhooks/{webhook}/deliveries/", of_deliveries, times
    yield "deliveries of an event", f"/events/{crowd}/webhooks/", [{}], ids
    yield "attempts", f"/events/{crowd}/webhooks/{webhooks[0]}/attempts/", [{}], [
        _microseconds(lists.time_of(1.0)) + to_base58(2 ** 63)]
    yield "targets", "/targets/", [{}], [lists.middle_target]


def _all(choices):
    return [dict(zip(choices, values)) for values in itertools.product(*choices.values())]


def _pages(positions):
    return ["", "length=100", *LAST_PAGES, *(f"after={position}" for position in positions),
            *(f"length=100&after={position}" for position in positions)]


def _joined(path, query, page):
    return path + "?" + "&".join(part for part in (query, page) if part)


def _microseconds(text):
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return to_base58(round(time.timestamp() * 1_000_000))
