"""The clock of a host makes a step, forward or back, while everything runs. Nothing is lost or sent twice, nothing
waits longer than the database's clock says, and no receiver gets a flood.
"""

import collections
import signal
import threading
import time

import pytest

from support.clock import Clock
from support.daemon import Daemon, url_of
from support.mariadb import PrivateMariaDB
from support.service import wait_until
from support.tls_receiver import response

from deliveries import DeliveringService, webhook_of

HOUR, DAY = 3600, 24 * 3600
FORWARD, BACK = [HOUR, 2 * DAY], [-HOUR, -2 * DAY]  # offsets from the true time; each is a step
SOME = 10
SOON = 20  # seconds in which a busy machine sends what is due; a full scan comes after 60
FEW_LOOKS = 2  # seconds for several polls, scans and heartbeats, enough to take a silent daemon for dead
SUCCEEDED, RESCHEDULED, FAILED = 1, 2, 3
LONG_REQUESTS = {"deliver_timeout_ms": 60000, "deliver_time_scale": 20}  # the second retry comes after three seconds


class Receiving:
    """A receiver's behaviour, by the beginning of the path: /fine is answered by 200, /later by 500 the first time and
    by 200 from then on, /never by 500, and /slow by 200 once `go_on` is set.
    """

    def __init__(self):
        self.go_on = threading.Event()
        self._counts = collections.Counter()
        self._lock = threading.Lock()

    def __call__(self, connection):
        while request := connection.read_request():
            path = request.line.split()[1]
            with self._lock:
                self._counts[path] += 1
                again = self._counts[path] > 1
            kind = path.split("/")[1]
            if kind == "slow":
                assert self.go_on.wait(60)
            connection.send(response(500 if kind == "never" or (kind == "later" and not again) else 200))

    def counts(self, kind):
        """How many requests each path of that kind has got."""
        with self._lock:
            return sorted(count for path, count in self._counts.items() if path.startswith(f"/{kind}/"))

    def wait_for(self, kind, count, times=1, seconds=SOON):
        wait_until(lambda: self.counts(kind) == [times] * count, f"{count} of {kind} have come {times} times", seconds)


@pytest.fixture(name="clock")
def make_clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture(scope="module", name="stepped_database")
def make_stepped_database(tmp_path_factory):
    clock = Clock(tmp_path_factory.mktemp("clock"))
    with PrivateMariaDB(external_allowed=False, environment=clock.environment()) as server:
        yield server, clock


@pytest.fixture(name="stepped")
def make_stepped(stepped_database):
    """The service, and the clock of its database's host."""
    database, clock = stepped_database
    clock.step_to(0)
    with DeliveringService(processes=1, database=database,
                           settings={"destination_allow": "127.0.0.0/8"}) as running:
        yield running, clock


def step(service, clock, seconds):
    """Sets the database's clock, and makes sure that the database has noticed it."""
    clock.step_to(seconds)
    shown = service.row("SELECT UNIX_TIMESTAMP() AS s")["s"]
    assert abs(shown - time.time() - seconds) < 60


def register(service, receiver, kind, numbers=range(SOME)):
    """Registers webhooks of that kind. Certificates are not verified, because they are too new for a clock that is
    behind.
    """
    return [service.register(url_of(receiver, f"/{kind}/{number}"), check_cert=False) for number in numbers]


def put_off(service, events, minutes):
    """Sets their next try to that many minutes from now, by the database's clock."""
    for event in events:
        service.execute("UPDATE deliveries SET next_try = UTC_TIMESTAMP(6) + INTERVAL %s MINUTE WHERE webhook_id = %s",
                        minutes, webhook_of(event))


def first_tried(service, event, hours):
    """Sets the first try to that many hours ago."""
    service.execute("UPDATE deliveries SET first_try = UTC_TIMESTAMP(6) - INTERVAL %s HOUR WHERE webhook_id = %s", hours,
                    webhook_of(event))


def begin(service, receiver, receiving):
    """Before the step some deliveries are done, some are in flight, and some are put off by half an hour."""
    register(service, receiver, "fine")
    later, never = register(service, receiver, "later"), register(service, receiver, "never", range(1))
    wait_until(lambda: all(service.delivery(event)["status"] == RESCHEDULED for event in [*later, *never]),
               "some have failed once")
    put_off(service, [*later, *never], 30)
    register(service, receiver, "slow", range(3))
    receiving.wait_for("fine", SOME)
    receiving.wait_for("slow", 3)
    return later, never[0]


def settled(service, receiving, daemon, undelivered, new=SOME):
    """All but `undelivered` are delivered, and the receiver got nothing twice that it had accepted."""
    wait_until(lambda: service.undelivered() == undelivered, "all others are delivered", SOON)
    time.sleep(FEW_LOOKS)
    arrived = {kind: receiving.counts(kind) for kind in ("fine", "new", "later", "slow")}
    print(f"\naccepted {2 * SOME + new + 3}, delivered {sum(map(len, arrived.values()))}, never accepted after"
          f" {receiving.counts('never')[0]} requests")
    assert arrived == {"fine": [1] * SOME, "new": [1] * new, "later": [2] * SOME, "slow": [1] * 3}
    assert not daemon.log_count("event=lease_lost") and not daemon.log_count("event=name_taken")


def keeps_its_schedule(service, event):
    """The second try came when the test, or a step, made it due. The third comes three seconds later."""
    wait_until(lambda: len(service.attempts(event)) >= 3, "it is tried again by itself", SOON)
    assert service.delivery(event)["status"] == RESCHEDULED
    _, second, third, *_ = [attempt["made_at"] for attempt in service.attempts(event)]
    assert 2.5 < (third - second).total_seconds() < 60


def new_ones_arrive(service, receiver, receiving, before=0):
    register(service, receiver, "new", range(before, before + SOME))
    receiving.wait_for("new", before + SOME)


@pytest.mark.parametrize("steps", [FORWARD, BACK])
def test_steps_of_the_daemons_clock(service, receivers, clock, steps):
    """Receivers get the time of the daemon's clock, and nothing else changes."""
    receiving = Receiving()
    with receivers.start(receiving) as receiver, \
            Daemon(service, authority=receivers.authority, clock=clock, **LONG_REQUESTS) as daemon:
        later, never = begin(service, receiver, receiving)
        first_tried(service, never, 47)
        for number, seconds in enumerate(steps):
            before = len(receiver.requests)
            clock.step_to(seconds)
            new_ones_arrive(service, receiver, receiving, number * SOME)
            shown = [int(request.headers["webhook-timestamp"]) for request in receiver.requests[before:]]
            assert all(abs(stamp - time.time() - seconds) < 60 for stamp in shown), shown
        assert receiving.counts("later") == [1] * SOME, "they are not due"
        put_off(service, [*later, never], 0)
        receiving.wait_for("later", SOME, 2)
        receiving.go_on.set()
        keeps_its_schedule(service, never)
        settled(service, receiving, daemon, 1, 2 * SOME)
        first_tried(service, never, 48)
        service.make_due(never)
        wait_until(lambda: service.delivery(never)["status"] == FAILED, "its 48 hours are over", SOON)


def test_the_databases_clock_steps_forward(stepped, receivers):
    """Leases seem to have run out, and deliveries that were put off are due."""
    service, clock = stepped
    receiving = Receiving()
    with receivers.start(receiving) as receiver, \
            Daemon(service, authority=receivers.authority, **LONG_REQUESTS) as daemon:
        _, never = begin(service, receiver, receiving)
        step(service, clock, HOUR)
        new_ones_arrive(service, receiver, receiving)
        receiving.wait_for("later", SOME, 2)
        keeps_its_schedule(service, never)
        put_off(service, [never], 30)
        tried = len(service.attempts(never))
        step(service, clock, 2 * DAY)
        new_ones_arrive(service, receiver, receiving, SOME)
        wait_until(lambda: service.delivery(never)["status"] == FAILED, "its 48 hours are over", SOON)
        assert len(service.attempts(never)) <= tried + 2, "one more try, and one may have been under way"
        assert receiving.counts("slow") == [1] * 3, "their requests are still in flight"
        receiving.go_on.set()
        settled(service, receiving, daemon, 0, 2 * SOME)


def test_the_databases_clock_steps_back(stepped, receivers):
    """Deliveries that were put off wait longer. New ones, and those that are scheduled again, don't wait. All are sent
    in the end.
    """
    service, clock = stepped
    receiving = Receiving()
    with receivers.start(receiving) as receiver, \
            Daemon(service, authority=receivers.authority, **LONG_REQUESTS) as daemon:
        later, never = begin(service, receiver, receiving)
        for number, seconds in enumerate(BACK):
            step(service, clock, seconds)
            new_ones_arrive(service, receiver, receiving, number * SOME)
        receiving.go_on.set()
        wait_until(lambda: service.undelivered() == SOME + 1, "the requests in flight are recorded", SOON)
        service.cli("delivery", "retry", "--event", later[0]["id"], "--webhook", later[0]["webhooks"][0]["id"])
        wait_until(lambda: service.delivery(later[0])["status"] == SUCCEEDED, "it is sent", SOON)
        time.sleep(FEW_LOOKS)
        assert receiving.counts("later") == [1] * (SOME - 1) + [2] and receiving.counts("never") == [1]
        step(service, clock, HOUR)
        receiving.wait_for("later", SOME, 2)
        keeps_its_schedule(service, never)
        settled(service, receiving, daemon, 1, 2 * SOME)


class TwoDaemons:
    """Two daemons that know each other, and receivers that are usually divided among them."""

    def __init__(self, service, receivers):
        self.service = service
        self.receiving = [Receiving() for _ in range(6)]
        self.receivers = [receivers.start(receiving) for receiving in self.receiving]
        self.daemons = [Daemon(service, name, receivers.authority, wakeup_socket=service.directory / f"{name}.sock",
                               **LONG_REQUESTS) for name in ("one", "two")]

    def __enter__(self):
        for one in [*self.receivers, *self.daemons]:
            one.__enter__()
        wait_until(lambda: [self.known_by(daemon) for daemon in self.daemons] == [2, 2], "they know of each other")
        return self

    def __exit__(self, *failure):
        for one in [*self.daemons, *self.receivers]:
            one.__exit__(*failure)

    @staticmethod
    def known_by(daemon):
        """How many daemons that one knows, itself included."""
        changes = [line for line in daemon.log_text().splitlines() if "event=workers_changed" in line]
        return int(changes[-1].partition("detail=")[2]) if changes else 1

    def register(self, kind):
        for receiver in self.receivers:
            register(self.service, receiver, kind, range(2))

    def wait_for(self, kind):
        for receiving in self.receiving:
            receiving.wait_for(kind, 2)

    def counts(self, kind):
        return [count for receiving in self.receiving for count in receiving.counts(kind)]


@pytest.mark.parametrize("steps", [FORWARD, BACK])
def test_two_daemons_go_on_sharing_the_work(stepped, receivers, steps):
    """Neither daemon takes the other for dead or claims its deliveries."""
    service, clock = stepped
    with TwoDaemons(service, receivers) as both:
        both.register("slow")
        both.wait_for("slow")
        for seconds in steps:
            step(service, clock, seconds)
            time.sleep(FEW_LOOKS)
        both.register("new")
        both.wait_for("new")
        for receiving in both.receiving:
            receiving.go_on.set()
        wait_until(lambda: service.undelivered() == 0, "all are delivered", SOON)
        assert both.counts("slow") == both.counts("new") == [1] * 12
        for daemon in both.daemons:
            assert daemon.log_count("event=workers_changed") == 1
            assert not daemon.log_count("event=lease_lost") and not daemon.log_count("event=name_taken")


@pytest.mark.parametrize("seconds", [HOUR, -HOUR])
def test_a_daemon_that_dies_when_the_clock_steps_is_taken_for_dead(stepped, receivers, seconds):
    """By the clock that steps back, its last heartbeat lies in the future."""
    service, clock = stepped
    with TwoDaemons(service, receivers) as both:
        one, two = both.daemons
        one.process.send_signal(signal.SIGSTOP)
        step(service, clock, seconds)
        one.kill9()
        both.register("new")
        both.wait_for("new")
        assert both.known_by(two) == 1


def test_a_daemon_that_joins_after_a_step_replaces_no_other(stepped, receivers):
    """By the new time the heartbeat of the running daemon is two days old."""
    service, clock = stepped
    receiving = Receiving()
    with receivers.start(receiving) as receiver, Daemon(service, "one", receivers.authority) as one:
        register(service, receiver, "fine")
        receiving.wait_for("fine", SOME)
        one.process.send_signal(signal.SIGSTOP)
        step(service, clock, 2 * DAY)
        with Daemon(service, "two", receivers.authority, wakeup_socket=service.directory / "two.sock") as two:
            one.process.send_signal(signal.SIGCONT)
            wait_until(lambda: all(TwoDaemons.known_by(daemon) == 2 for daemon in (one, two)),
                       "they know of each other", SOON)
            register(service, receiver, "new")
            receiving.wait_for("new", SOME)
        assert not one.log_count("event=name_taken")


def test_the_daemons_clock_removes_nothing(service, receivers, clock):
    """The age of rows is measured by the database's clock only."""
    receiving = Receiving()

    def wait_for_pass():
        """A pass first removes expired secrets."""
        service.execute("INSERT INTO retired_secrets (webhook_id, id, secret, expires_at) VALUES"
                        " (1, 1, x'00', UTC_TIMESTAMP(6) - INTERVAL 1 SECOND)")
        wait_until(lambda: not service.rows("SELECT id FROM retired_secrets"), "a pass was made")

    with receivers.start(receiving) as receiver, \
            Daemon(service, authority=receivers.authority, clock=clock, deliver_retention_days=1, deliver_time_scale=864):
        register(service, receiver, "fine")
        receiving.wait_for("fine", SOME)
        service.execute("INSERT INTO outbox (target, event_type, content) VALUES (%s, 'scan_started', '{}')",
                        service.other_target.id)
        wait_until(lambda: service.undelivered() == 0 and not service.rows("SELECT id FROM outbox"), "all is done")
        everything = "SELECT (SELECT COUNT(*) FROM attempts) AS attempts, (SELECT COUNT(*) FROM events) AS events"
        before = service.row(everything)
        assert before["attempts"] == SOME
        clock.step_to(2 * DAY)
        wait_for_pass()
        wait_for_pass()
        assert service.row(everything) == before
