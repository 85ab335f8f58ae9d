"""The measurements of scripts/bench deliveries. Each gets its size and returns figures. A delivery that was accepted
and did not arrive is a fault.
"""

import json
import random
import subprocess
import time

from support.service import build_directory

from senders import CONTENT

FAST = [f"fast{n}" for n in range(10)]
SLOW = ["slow0", "slow1"]
DEAD = [f"dead{n}" for n in range(10)]
# Each has an address of its own, because the requests to one host are limited.
LISTENERS = {**{name: (f"127.0.1.{n}", 0) for n, name in enumerate(FAST, start=1)},
             **{name: (f"127.0.2.{n}", 1000) for n, name in enumerate(SLOW, start=1)},
             **{name: (f"127.0.3.{n}", -1) for n, name in enumerate(DEAD, start=1)},
             "away": ("127.0.4.1", 0)}
PER_WEBHOOK, PER_HOST, IN_ALL = 20, 100, 512  # the daemon's own limits


class Fault(Exception):
    """The measurement itself went wrong."""


def percentile(values, part):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class Webhooks:
    """A target's webhooks, spread over some receivers, all greeted."""

    def __init__(self, delivering, name, count, receivers):
        self.delivering = delivering
        self.target = delivering.target(name)
        self.hosts = min(count, len(receivers))
        self.urls = {delivering.receivers.url(receivers[n % self.hosts], f"/{name}/{n}"): f"/{name}/{n}"
                     for n in range(count)}
        self.ids = [delivering.register(self.target, url) for url in self.urls]
        self.in_flight = max(1, min(PER_WEBHOOK, PER_HOST * self.hosts // count))

    def record(self, count=1):
        """Records that many events, and returns the deliveries that must arrive."""
        ids = self.delivering.record(self.target, count)
        return {(path, number) for path in self.urls.values() for number in ids}


def faults(what, accepted, arrivals):
    """Reports how many accepted deliveries did not arrive, and how many arrived more than once."""
    arrived = [one.delivery for one in arrivals if one.delivery in accepted]
    missing, twice = len(accepted - set(arrived)), len(arrived) - len(set(arrived))
    if missing:
        yield f"{what}: {len(accepted)} accepted, {missing} not delivered"
    if twice:
        yield f"{what}: {twice} were delivered more than once, in a run without faults"


class Throughput:
    """The daemon beside the sender alone, at the same URLs with as many requests at once. Both have open connections
    when the time begins. It ends when the last request arrives.
    """

    def __init__(self, delivering, directory, count):
        self.delivering, self.receivers = delivering, delivering.receivers
        self._count = count
        self._directory = directory
        self._webhooks = {}
        (directory / "body").write_text(json.dumps({
            "id": "2Nq8Zr4VxKe", "event_type": "finding_detected", "occurred_at": "2026-01-31T16:32:17.238553Z",
            "object_type": "finding", "content": json.loads(CONTENT), "webhooks": [
                {"id": "2NqBaYqTm7P", "api_version": "v1", "status": "scheduled",
                 "next_try": "2026-03-01T09:00:00.000000Z", "retries": 0}]}))

    def webhooks(self, level):
        if level not in self._webhooks:
            self._webhooks[level] = Webhooks(self.delivering, f"of{level}", level, FAST)
            self.delivering.wait_until_recorded()
        return self._webhooks[level]

    def daemon(self, level):
        webhooks = self.webhooks(level)
        webhooks.record(webhooks.in_flight)
        self.delivering.wait_until_recorded()
        self.receivers.clear()
        statements = self.delivering.statements()
        before, recorded = self.delivering.cpu(), time.monotonic_ns()
        accepted = webhooks.record(max(1, self._count // level))
        begun = time.monotonic_ns()
        self.delivering.wait_until_arrived(len(accepted))
        after = self.delivering.statements()
        self.delivering.wait_until_recorded()
        arrivals = self.receivers.arrivals()
        return self._figures("daemon", level, begun, arrivals, before, {
            "deliveries_per": {what: len(accepted) / (after[what] - statements[what]) for what in after},
            "recording_seconds": (begun - recorded) / 1e9, "peak_mib": self.delivering.memory()["peak"] / 1024,
            "faults": list(faults(f"daemon, {level} webhooks", accepted, arrivals))})

    def sender_alone(self, level):
        webhooks = self.webhooks(level)
        count = max(1, self._count // level) * level
        urls = self._directory / "urls"
        urls.write_text("".join(f"{url}\n" for url in webhooks.urls))
        self.receivers.clear()
        before = self.delivering.cpu()
        done = subprocess.run([build_directory() / "tests/bench/sender_alone", self.receivers.authority.path, urls,
                               str(webhooks.in_flight), str(IN_ALL), str(count), self._directory / "body"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Fault(done.stderr)
        result = json.loads(done.stdout.removeprefix("RESULT "))
        arrivals = [one for one in self.receivers.arrivals() if one.at_ns >= result["begun_ns"]]
        wrong = result["failed"] or len(arrivals) != count or len({one.delivery for one in arrivals}) != count
        return self._figures("sender alone", level, result["begun_ns"], arrivals, before, {
            "faults": [f"sender alone, {level} webhooks: {result}, {len(arrivals)} arrived"] if wrong else []})

    def _figures(self, contender, level, begun, arrivals, before, more):
        seconds = (max(one.at_ns for one in arrivals) - begun) / 1e9
        after = self.delivering.cpu()
        return {"contender": contender, "webhooks": level, "delivered": len(arrivals), "seconds": seconds,
                "rate": len(arrivals) / seconds,
                "cpu_us": {part: (after[part] - before[part]) / len(arrivals) * 1e6 for part in after}, **more}


def promptness(delivering, count):
    """From the 200 of a registration through nginx to the first byte of its greeting, one after the other."""
    target = delivering.target("prompt")
    delivering.receivers.clear()
    answered = {}
    for number in range(count):
        path = f"/prompt/{number}"
        delivering.register(target, delivering.receivers.url(FAST[0], path))
        answered[path] = time.monotonic_ns()
        delivering.wait_until_arrived(number + 1)
        time.sleep(random.uniform(0.02, 0.08))
    arrivals = delivering.receivers.arrivals()
    delivering.wait_until_recorded()
    arrived = {one.path: one.at_ns for one in reversed(arrivals)}
    milliseconds = [max(0.0, (arrived[path] - at) / 1e6) for path, at in answered.items() if path in arrived]
    wrong = sorted(answered) != sorted(one.path for one in arrivals)
    return {"count": count, "p50_ms": percentile(milliseconds, 0.5), "p99_ms": percentile(milliseconds, 0.99),
            "faults": [f"promptness: {count} registered, {len(arrivals)} greetings arrived"] if wrong else []}


class Fairness:
    """A fast receiver's deliveries at a steady rate, alone and beside a webhook whose receiver never answers."""

    def __init__(self, delivering, rate, seconds, due):
        self.delivering = delivering
        self._rate, self._seconds, self._due = rate, seconds, due
        self._fast = Webhooks(delivering, "steady", 1, FAST)
        self._round = 0

    def alone(self):
        return self._measure("fast receiver alone")

    def beside_a_dead_one(self):
        self._round += 1
        dead = Webhooks(self.delivering, f"dead{self._round}", 1, [DEAD[self._round % len(DEAD)]])
        accepted = dead.record(self._due)
        figures = self._measure("fast receiver beside a dead one")
        waiting = self.delivering.undelivered_to(dead.ids)
        if waiting != len(accepted) + 1:  # and its greeting
            figures["faults"].append(f"{len(accepted) + 1} are due at a dead receiver, but {waiting} wait")
        self.delivering.forget(dead.ids)
        return figures

    def beside_a_quick_one(self):
        """The quick receiver has enough due deliveries for some seconds."""
        self._round += 1
        quick = Webhooks(self.delivering, f"quick{self._round}", 1, FAST[1:])
        quick.record(10 * self._due)
        figures = self._measure("fast receiver beside a quick one with a backlog")
        self.delivering.wait_until_recorded()
        self.delivering.receivers.clear()
        return figures

    def _measure(self, what):
        receivers = self.delivering.receivers
        committed, begun = {}, time.monotonic()
        for number in range(int(self._rate * self._seconds)):
            time.sleep(max(0.0, begun + number / self._rate - time.monotonic()))
            (delivery,) = self._fast.record()
            committed[delivery] = time.monotonic_ns()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.delivering.undelivered_to(self._fast.ids):
            time.sleep(0.05)
        arrivals = receivers.arrivals()
        receivers.clear()
        arrived = {one.delivery: one.at_ns for one in reversed(arrivals)}
        milliseconds = [max(0.0, (arrived[one] - at) / 1e6) for one, at in committed.items() if one in arrived]
        return {"what": what, "count": len(committed), "p50_ms": percentile(milliseconds, 0.5),
                "p99_ms": percentile(milliseconds, 0.99), "faults": list(faults(what, set(committed), arrivals))}


class Mixture:
    """How long fast receivers take to get their events, alone and while the same events also go to slow and dead ones.
    """

    def __init__(self, delivering, events, fast=60, slow=20, dead=20):
        self.delivering = delivering
        self._events = events
        self._alone = Webhooks(delivering, "mixalone", fast, FAST)
        self._groups = {"fast": fast, "slow": slow, "dead": dead}
        self._round = 0
        delivering.wait_until_recorded()

    def alone(self):
        return self._measure("fast alone", self._alone, len(self._alone.urls))

    def mixed(self):
        """New webhooks each time, because the daemon remembers which were dead."""
        self._round += 1
        receivers = self.delivering.receivers
        every = Webhooks(self.delivering, f"mix{self._round}", self._groups["fast"], FAST)
        for name, those in (("slow", SLOW), ("dead", DEAD[:2])):
            for number in range(self._groups[name]):
                path = f"/mix{self._round}/{name}{number}"
                url = receivers.url(those[number % 2], path)
                every.ids.append(self.delivering.register(every.target, url))
                every.urls[url] = path
        figures = self._measure("fast, slow and dead", every, self._groups["fast"])
        dead = every.ids[-self._groups["dead"]:]
        waiting, expected = self.delivering.undelivered_to(dead), len(dead) * (self._events + 1)
        if waiting != expected:
            figures["faults"].append(f"{expected} are due at dead receivers, but {waiting} wait")
        self.delivering.forget(dead)
        return figures

    def _measure(self, what, webhooks, fast):
        receivers = self.delivering.receivers
        receivers.clear()
        accepted = {one for one in webhooks.record(self._events) if "/dead" not in one[0]}
        begun = time.monotonic_ns()
        deadline = time.monotonic() + 120
        living = [one for one, path in zip(webhooks.ids, webhooks.urls.values()) if "/dead" not in path]
        while time.monotonic() < deadline and self.delivering.undelivered_to(living):
            time.sleep(0.1)
        arrivals = [one for one in receivers.arrivals() if one.delivery in accepted]
        seconds = {kind: (max((one.at_ns for one in arrivals if one.receiver.startswith(kind)), default=begun) - begun)
                   / 1e9 for kind in ("fast", "slow")}
        count = fast * self._events
        return {"what": what, "fast_rate": count / seconds["fast"], "slow_seconds": seconds["slow"],
                "faults": list(faults(what, accepted, arrivals))}


def outage(delivering, webhooks, rate, seconds):
    """A receiver that is down while events continue, and comes back."""
    receivers = delivering.receivers
    away = Webhooks(delivering, "away", webhooks, ["away"])
    delivering.wait_until_recorded()
    attempts = delivering.attempts()
    receivers.clear()
    receivers.close("away")
    accepted, begun = set(), time.monotonic()
    for number in range(int(rate * seconds / webhooks)):
        time.sleep(max(0.0, begun + number * webhooks / rate - time.monotonic()))
        accepted |= away.record()
    queue, tries = delivering.undelivered(), delivering.attempts() - attempts
    receivers.open("away")
    back = time.monotonic_ns()
    delivering.wait_until_recorded(180)
    arrivals = receivers.arrivals()
    times = sorted(one.at_ns for one in arrivals)
    found = list(faults("outage", accepted, arrivals))
    if not times:
        return {"faults": found}
    most = int(len(times) * 0.99)
    return {"accepted": len(accepted), "queue": queue, "tries_while_down": tries,
            "first_seconds": (times[0] - back) / 1e9, "p99_seconds": (times[most - 1] - back) / 1e9,
            "all_seconds": (times[-1] - back) / 1e9,
            "rate": most / max(1e-3, (times[most - 1] - times[0]) / 1e9), "faults": found}


def waiting(delivering, webhooks, events, rate, seconds):
    """The daemon's memory while webhooks * events deliveries wait for receivers that never answer, and a fast
    receiver gets its own beside them."""
    idle = delivering.memory()
    dead = Webhooks(delivering, "dead", webhooks, DEAD)
    accepted = dead.record(events)
    beside = Fairness(delivering, rate, seconds, 0).alone()
    now = delivering.undelivered_to(dead.ids)
    expected = len(accepted) + webhooks  # and their greetings
    lost = [f"{expected} wait for dead receivers, but {now} rows do"] if now != expected else []
    memory = delivering.memory()
    return {"waiting": now, "idle_mib": idle["now"] / 1024, "now_mib": memory["now"] / 1024,
            "peak_mib": memory["peak"] / 1024, "fast_p50_ms": beside["p50_ms"], "fast_p99_ms": beside["p99_ms"],
            "faults": [*lost, *beside["faults"]]}
