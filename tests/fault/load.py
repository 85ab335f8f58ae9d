"""Registrations by many clients at once, and the comparison of their answers with the stored webhooks.

Every request has a unique name, so that it can be found in the database. After a 200 the webhook must be stored exactly
once, and nothing may be stored twice. After an error it may be stored only if the pool reported an unknown outcome
(`stored=perhaps` in its log), or if the pool was killed before it answered.
"""

import collections
import itertools
import threading
import time
from dataclasses import dataclass

from support.at_once import at_once
from support.http_client import CONTENT_TYPES, ConnectionEnded
from support.service import wait_until

GOOD_URL = "https://ci.example.com/hook"
UNEXPECTED = {"detail": "Unexpected error while handling your request."}
# The contract's two seconds, and a reserve for a busy machine.
ANSWER_SECONDS = 3.5
_numbers = itertools.count()


@dataclass
class Sent:
    name: str
    status: int  # 0: no answer
    seconds: float
    response: object


def post_one(service, kind="json"):
    """One registration under a new name."""
    name = f"request {next(_numbers)}"
    start = time.monotonic()
    try:
        response = service.post({"url": GOOD_URL, "name": name}, kind, timeout=60)
    except (OSError, ConnectionEnded):
        return Sent(name, 0, time.monotonic() - start, None)
    return Sent(name, response.status, time.monotonic() - start, response)


def post_at_once(service, count):
    """That many registrations in parallel."""
    return at_once(*[lambda: post_one(service)] * count)


class Clients:
    """Threads that call step() again and again within a `with` block, each with its own argument."""

    def __init__(self, given):
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(one,)) for one in given]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _run(self, given):
        while not self._ended.is_set():
            self.step(given)


class Load(Clients):
    """Clients that register one webhook after another, in all content types."""

    def __init__(self, service, clients=8):
        super().__init__(itertools.cycle(CONTENT_TYPES[i % 3 :] + CONTENT_TYPES[: i % 3]) for i in range(clients))
        self.sent = []
        self._service = service

    def step(self, kinds):
        sent = post_one(self._service, next(kinds))
        self.sent.append(sent)
        if sent.status != 200:
            time.sleep(0.02)  # a refused client tries again a little later

    def count(self, status):
        return sum(1 for sent in list(self.sent) if sent.status == status)

    def wait_for(self, more, status=200):
        """Waits until this number of further requests have got that answer."""
        goal = self.count(status) + more
        wait_until(lambda: self.count(status) >= goal, f"{more} more requests have got a {status}")


def expect_away(sent):
    """The contract's 500, in time, with Retry-After."""
    assert sent.status == 500, sent
    assert sent.response.json() == UNEXPECTED
    assert int(sent.response.header("Retry-After")) >= 1
    assert sent.seconds < ANSWER_SECONDS, sent.seconds


def wait_for_service(service):
    """Waits until every process of the pool registers again, without help. Returns all requests that were sent."""
    tried = []

    def works():
        tried.extend(post_at_once(service, 40))
        return all(one.status == 200 for one in tried[-40:])

    wait_until(works, "the service has come back by itself")
    return tried


def refused_for_certain(service):
    """The ids of the requests that the pool answered with an error and without doubt. Between the log line of a 200 and
    the 200 itself the pool may have been killed, or nginx may have given up.
    """
    lines = (line.split(" ") for line in service.log_text().splitlines()
             if "event=request" in line and "status=200" not in line and "stored=perhaps" not in line)
    return {word.removeprefix("request_id=") for words in lines for word in words if word.startswith("request_id=")}


def settle(service, sent, what):
    """Prints the numbers of requests sent, answered and stored, and fails if they are inconsistent."""
    stored = service.stored_names()
    certain = refused_for_certain(service)
    answers = collections.Counter(one.status for one in sent)
    lost = [one.name for one in sent if one.status == 200 and not stored.get(one.name)]
    twice = [one.name for one in sent if stored.get(one.name, 0) > 1]
    refused = [one for one in sent if one.status not in (0, 200)]
    perhaps = [one for one in refused if one.response.header("X-Request-Id") not in certain]
    stray = [one.name for one in refused if stored.get(one.name) and one not in perhaps]
    odd = service.webhooks_without_one_delivery()
    got = ", ".join(f"{count} x {status or 'no answer'}" for status, count in sorted(answers.items()))
    found = sum(1 for one in sent if stored.get(one.name))
    found_perhaps = sum(1 for one in perhaps if stored.get(one.name))
    print(f"\n{what}: sent {len(sent)}; got {got}; found {found} stored, {len(lost)} lost, {len(twice)} twice,"
          f" {len(stray)} stored despite an error, {found_perhaps} of {len(perhaps)} uncertain ones stored,"
          f" {odd} without their one delivery; slowest answer {max(one.seconds for one in sent):.2f} s")
    assert (lost, twice, stray, odd) == ([], [], [], 0)
    for one in refused:
        assert one.status == 500 and one.response.json() == UNEXPECTED, one
        assert one.response.header("Retry-After"), one
    return answers
