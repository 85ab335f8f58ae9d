"""What both ways of putting load on a service share: the plan, the result, and an early end."""

import collections
import pathlib
import re
import signal
import subprocess
from dataclasses import dataclass, field

# How late a sender may be itself (p99). Beyond that, latencies say more about the sender than about the service.
MOST_DELAY_MS = 5.0
# How long the last answers may take after the last request. Beyond that, a queue has grown.
MOST_REST_SECONDS = 1.0
WEBHOOK_ID = re.compile(r'"webhooks": ?\[\{"id": ?"([1-9A-HJ-NP-Za-km-z]+)"')


@dataclass
class Plan:
    url: str
    ca: pathlib.Path
    seconds: int
    connections: int
    rate: int  # None: as many as the connections allow
    senders: int
    requests: list  # bytes, sent in turn


@dataclass
class Summary:
    requests: int
    seconds: float
    rate: float
    latency_ms: dict  # by percentile
    statuses: dict
    unanswered: int


@dataclass
class Result:
    """unanswered: sent, and no answer came. abandoned: at most these many were open when the client ended."""
    seconds: float
    latency_ms: dict
    statuses: collections.Counter = field(default_factory=collections.Counter)
    examples: dict = field(default_factory=dict)  # the first body of each status but 200
    ids: list = field(default_factory=list)  # of the webhooks in the 200s
    unanswered: int = 0
    abandoned: int = 0
    asked_rate: int = None
    asked_seconds: int = None
    delay_ms: dict = field(default_factory=dict)  # of the senders themselves
    interrupted: bool = False

    @property
    def answered(self):
        return sum(self.statuses.values())

    def add_answer(self, status, body):
        """body: of the answer, or just the webhook's id."""
        self.statuses[status] += 1
        if status == 200:
            self.ids.append(body)
        else:
            self.examples.setdefault(status, body)

    def summary(self):
        return Summary(self.answered, round(self.seconds, 3), round(self.rate, 1), self.latency_ms,
                       {str(status): count for status, count in sorted(self.statuses.items())}, self.unanswered)

    def compare_with(self, stored):
        # After a 500 the webhook may be stored, and so may it where no answer came.
        uncertain = self.unanswered + self.abandoned + sum(
            count for status, count in self.statuses.items() if status >= 500)
        return Comparison(self.ids, stored, uncertain)

    @property
    def rate(self):
        return self.answered / self.seconds

    def faults(self):
        """Why this is no result of the rate that was asked for."""
        if not self.asked_rate or self.interrupted:
            return
        if self.seconds > self.asked_seconds + MOST_REST_SECONDS:
            yield (f"the rate was not held: {self.rate:,.0f} requests a second were answered, not {self.asked_rate:,},"
                   " so the latencies depend on how long this went on")
        if self.delay_ms["p99"] > MOST_DELAY_MS:
            yield (f"the senders themselves were {self.delay_ms['p99']} ms late (p99), so these latencies are not the"
                   " service's: use more --senders, or send from another machine")


@dataclass
class ComparisonSummary:
    answered_200: int
    stored: int
    missing: int
    more: int  # stored without a 200


class Comparison:
    """The webhooks' ids in the 200s, beside the ids that the service lists."""

    def __init__(self, answered, stored, uncertain):
        self.answered, self.stored, self.uncertain = answered, stored, uncertain
        self.missing = len(set(answered) - set(stored))
        self.more = len(set(stored) - set(answered))

    def faults(self):
        if self.missing:
            yield f"{self.missing} webhooks were answered with 200 and are not stored"
        if len(set(self.answered)) < len(self.answered):
            yield f"{len(self.answered) - len(set(self.answered))} answers of 200 name a webhook of another answer"
        if len(set(self.stored)) < len(self.stored):
            yield f"{len(self.stored) - len(set(self.stored))} webhooks are listed twice"
        if self.more > self.uncertain:
            yield f"{self.more} webhooks are stored without a 200, where {self.uncertain} outcomes are uncertain"

    def summary(self):
        return ComparisonSummary(len(self.answered), len(self.stored), self.missing, self.more)


class Ending:
    """Within a `with` block, SIGINT and SIGTERM end the programs that were started, and not this one. They then report
    what they have done so far. A second signal ends this program too.
    """

    def __init__(self):
        self.asked = False
        self._started = []

    def __enter__(self):
        self._handlers = {one: signal.signal(one, self._on_signal) for one in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_):
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        for process in self._started:
            if process.poll() is None:
                process.kill()
            process.wait()

    def start(self, command, **how):
        # In a session of its own, so that Ctrl-C reaches it only from here.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True, **how)
        self._started.append(process)
        return process

    def _on_signal(self, *_):
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        for process in self._started:
            process.send_signal(signal.SIGINT)


def percentiles(sorted_values, unit):
    """Of sorted values, divided by the unit."""
    if not sorted_values:
        return {}
    last = len(sorted_values) - 1
    picked = {f"p{share:g}": sorted_values[min(last, int(len(sorted_values) * share / 100))]
              for share in (50, 90, 99, 99.9)}
    return {name: round(value / unit, 2) for name, value in {**picked, "max": sorted_values[-1]}.items()}
