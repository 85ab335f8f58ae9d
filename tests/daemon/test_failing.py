"""A webhook that fails shows since when, and after days of nothing but failures it is disabled. Its creator gets a mail
a day before, and another one then. The time scale makes a day four seconds long.
"""

import contextlib
import email
import email.policy
import json
import os
import re
import time

import pytest

from deliveries import webhook_of
from support.daemon import Daemon, url_of
from support.service import wait_until
from support.tls_receiver import answering, response

DAY = 4  # seconds
SHORT_DAYS = {"deliver_time_scale": 24 * 3600 // DAY, "deliver_disable_after_days": 2, "deliver_retention_days": 0}
FROM = "hooks@targethooks.example"
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


class Changing:
    """A receiver's behaviour: it answers with `status`."""

    def __init__(self, status=500):
        self.status = status

    def __call__(self, connection):
        while connection.read_request():
            connection.send(response(self.status))


class MailCommand:
    """A program that writes each mail that it gets to a file of its own."""

    def __init__(self, directory, then="exit 0"):
        self.directory = directory / "mails"
        self.directory.mkdir()
        self.program = directory / "mail-command"
        self.program.write_text(f'#!/bin/sh\nset -e\ncat > "{self.directory}/$$.part"\necho "$@" > "{directory}/arguments"\n'
                                f'mv "{self.directory}/$$.part" "{self.directory}/$$.mail"\n{then}\n')
        self.program.chmod(0o755)
        self.settings = {"mail_command": f"{self.program} -t", "mail_from": FROM}

    def mails(self):
        found = [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                 for path in self.directory.glob("*.mail")]
        return sorted(found, key=lambda mail: "was disabled" in mail["Subject"])


@pytest.fixture(name="mail")
def make_mail(service):
    return MailCommand(service.directory)


@contextlib.contextmanager
def daemons(service, receivers, count=1, **settings):
    with contextlib.ExitStack() as stack:
        running = [stack.enter_context(Daemon(service, f"daemon{number}", receivers.authority, **{
            **settings, **({} if number == 0 else {"wakeup_socket": service.directory / f"{number}.sock"})}))
                   for number in range(count)]
        if count > 1:
            wait_until(lambda: all(one.log_count(f"event=workers_changed detail={count}") for one in running),
                       "they know of each other")
        yield running


def ask(service, event, rest="", method="GET", body=b"{}"):
    answer = service.send(body if method != "GET" else b"", method=method,
                          path=f"{service.path()}{event['webhooks'][0]['id']}/{rest}")
    assert answer.status == 200, answer
    return answer.json()


def failing_since(service, event):
    return ask(service, event)["failing_since"]


def is_disabled(service, event):
    return not ask(service, event)["enabled"]


def requests_of(receiver):
    return len(receiver.requests)


def test_failing_since_is_the_first_of_the_failures_in_a_row(service, receivers):
    behaviour = Changing()
    with receivers.start(behaviour) as receiver, daemons(service, receivers) as (daemon,):
        event = service.register(url_of(receiver))
        wait_until(lambda: failing_since(service, event), "it fails")
        first = failing_since(service, event)
        assert re.fullmatch(TIME, first)
        service.make_due(event)
        wait_until(lambda: requests_of(receiver) >= 2, "it is tried again")
        daemon.kill9()
        daemon.start()
        service.make_due(event)
        wait_until(lambda: requests_of(receiver) >= 3, "it is tried by another process")
        assert failing_since(service, event) == first
        behaviour.status = 200
        service.make_due(event)
        wait_until(lambda: failing_since(service, event) is None, "it works again")
        behaviour.status = 500
        service.publish(1)
        wait_until(lambda: failing_since(service, event), "it fails again")
        assert failing_since(service, event) > first
        assert not is_disabled(service, event)


@pytest.mark.parametrize("count", [1, 2])
def test_a_webhook_that_only_fails_is_disabled_and_its_creator_gets_two_mails(service, receivers, mail, count):
    service.execute("UPDATE users SET name = 'Ana Šmíd' WHERE email = 'ana@example.com'")
    with receivers.start(Changing()) as receiver, \
            daemons(service, receivers, count, **SHORT_DAYS, **mail.settings) as running:
        event = service.register(url_of(receiver, "/hook?token=secret"), name="Über")
        begin = time.monotonic()
        wait_until(lambda: failing_since(service, event), "it fails")
        since = failing_since(service, event)
        wait_until(lambda: is_disabled(service, event), "it is disabled", 60)
        assert time.monotonic() - begin >= 2 * DAY
        webhook = ask(service, event)
        assert webhook["disabled_reason"] == f"All deliveries have failed since {since}."
        assert webhook["failing_since"] == since
        assert webhook["changed_by"] == webhook["created_by"] and webhook["changed"] == webhook["created"]
        wait_until(lambda: len(mail.mails()) == 2, "both mails were sent", 30)
        warning, notice = mail.mails()
        assert warning["Subject"] == 'Webhook "Über" fails and will be disabled'
        assert notice["Subject"] == 'Webhook "Über" was disabled'
        for one in (warning, notice):
            (to,) = one["To"].addresses
            assert (to.display_name, to.addr_spec) == ("Ana Šmíd", "ana@example.com")
            assert one["From"].addresses[0].addr_spec == FROM
            assert one["Auto-Submitted"] == "auto-generated"
            assert one["Date"].datetime.tzinfo and one["Message-ID"].endswith("@targethooks.example>")
            assert not one.defects and not any(header.defects for header in one.values())
            assert event["webhooks"][0]["id"] in one.get_content()
            assert "/hook\n" in one.get_content() and "secret" not in one.get_content()
        assert warning["Message-ID"] != notice["Message-ID"]
        assert (service.directory / "arguments").read_text() == "-t\n"
        # What waits and what comes fails, and one line of one log says that it was disabled.
        service.publish(1)
        wait_until(lambda: service.undelivered() == 0, "nothing is left to be sent", 30)
        rows = service.rows("SELECT status, reason FROM deliveries WHERE webhook_id = %s", webhook_of(event))
        assert [(row["status"], row["reason"]) for row in rows] == [(3, "disabled")] * 2
        lines = [line for one in running for line in one.log_text().splitlines() if "event=webhook_disabled" in line]
        assert len(lines) == 1, lines
        assert f" webhook={event['webhooks'][0]['id']} account=" in lines[0] and f"since={since}" in lines[0]
        # A pass later there is still one mail of a kind.
        service.publish(1)
        wait_until(lambda: service.undelivered() == 0, "it was looked at once more", 30)
        assert len(mail.mails()) == 2
        assert not any(one.log_count("ana@example.com") for one in running)


@pytest.mark.parametrize("change", ["enable", "patch"])
def test_enabling_begins_anew(service, receivers, change):
    """The first failure after it disables nothing."""
    behaviour = Changing()
    with receivers.start(behaviour) as receiver, daemons(service, receivers):
        event = service.register(url_of(receiver))
        wait_until(lambda: failing_since(service, event), "it fails")
        service.execute("UPDATE failing_webhooks SET since = since - INTERVAL 6 DAY, warned_at = since - INTERVAL 2 DAY")
        service.make_due(event)
        wait_until(lambda: is_disabled(service, event), "it is disabled")
        first = failing_since(service, event)
        begun = requests_of(receiver)
        ask(service, event, "enable/", "POST")
        if change == "patch":
            ask(service, event, "", "PATCH", json.dumps({"url": url_of(receiver, "/new")}).encode())
        service.publish(1)
        wait_until(lambda: requests_of(receiver) > begun, "it is tried again")
        wait_until(lambda: failing_since(service, event), "it fails again")
        assert failing_since(service, event) > first
        assert not is_disabled(service, event)
        behaviour.status = 200
        ask(service, event, "enable/", "POST")
        service.publish(1)
        wait_until(lambda: service.undelivered() == 0, "it works again")
        assert failing_since(service, event) is None


def test_one_failure_long_ago_and_one_now_disable_nothing(service, receivers, mail):
    with receivers.start(Changing()) as receiver, daemons(service, receivers, **mail.settings) as (daemon,):
        event = service.register(url_of(receiver))
        wait_until(lambda: failing_since(service, event), "it fails")
        service.execute("UPDATE failing_webhooks SET since = since - INTERVAL 40 DAY")
        for count in (2, 3):
            service.make_due(event)
            wait_until(lambda count=count: requests_of(receiver) >= count, "it fails once more")
        wait_until(lambda: service.row("SELECT COUNT(*) AS n FROM webhook_mails WHERE kind = 'failing'")["n"] == 1,
                   "its creator is warned")
        assert not is_disabled(service, event)
        assert not daemon.log_count("event=webhook_disabled")


def test_zero_days_mean_never(service, receivers):
    with receivers.start(Changing()) as receiver, daemons(service, receivers, deliver_disable_after_days=0):
        event = service.register(url_of(receiver))
        wait_until(lambda: failing_since(service, event), "it fails")
        service.execute("UPDATE failing_webhooks SET since = since - INTERVAL 400 DAY, warned_at = since")
        service.make_due(event)
        wait_until(lambda: requests_of(receiver) >= 2, "it fails once more")
        service.make_due(event)
        wait_until(lambda: requests_of(receiver) >= 3, "that was recorded")
        assert not is_disabled(service, event)
        assert not service.rows("SELECT * FROM webhook_mails")


def fail_for_long(service, receiver):
    """Registers a webhook, which is warned and disabled by its next two failures."""
    event = service.register(url_of(receiver))
    wait_until(lambda: failing_since(service, event), "it fails")
    service.execute("UPDATE failing_webhooks SET since = since - INTERVAL 6 DAY, warned_at = since - INTERVAL 2 DAY"
                    " WHERE webhook_id = %s", webhook_of(event))
    service.make_due(event)
    wait_until(lambda: is_disabled(service, event), "it is disabled")
    return event


@pytest.mark.parametrize("then,reason", [("echo 'no such user: ana@example.com' >&2; exit 67",
                                          'exit status 67: no such user: (address)'),
                                         ("kill -9 $$", "killed by signal 9")])
def test_a_mail_command_that_fails_is_logged(service, receivers, then, reason):
    mail = MailCommand(service.directory, then)
    with receivers.start(Changing()) as receiver, daemons(service, receivers, **mail.settings) as (daemon,):
        event = fail_for_long(service, receiver)
        wait_until(lambda: daemon.log_count("event=mail_failed"), "the mail failed", 30)
        webhook = event["webhooks"][0]["id"]
        assert daemon.log_count(f'event=mail_failed webhook={webhook} kind=disabled detail="{reason}"') == 1
        assert not daemon.log_count("ana@")


def test_a_mail_command_that_is_missing_is_logged(service, receivers):
    with receivers.start(Changing()) as receiver, \
            daemons(service, receivers, mail_from=FROM, mail_command="/does/not/exist") as (daemon,):
        fail_for_long(service, receiver)
        wait_until(lambda: daemon.log_count("event=mail_failed"), "the mail failed", 30)
        assert daemon.log_count("No such file or directory")


def test_a_mail_command_that_hangs_delays_no_delivery_and_is_killed(service, receivers):
    mail = MailCommand(service.directory, f'sleep 1000 & echo $! $$ > "{service.directory}/running"; wait')
    with receivers.start(Changing()) as receiver, receivers.start(answering()) as other, \
            daemons(service, receivers, **mail.settings, deliver_time_scale=2) as (daemon,):
        fail_for_long(service, receiver)
        running = service.directory / "running"
        wait_until(lambda: running.exists() and len(running.read_text().split()) == 2, "the mail command hangs", 30)
        service.register(url_of(other))
        wait_until(lambda: daemon.log_count("event=mail_failed"), "it was killed", 60)
        assert daemon.log_count('detail="not done in time"') == 1
        log = daemon.log_text()
        assert log.index("status=200") < log.index("event=mail_failed"), "another webhook got its greeting meanwhile"
        for process in running.read_text().split():
            wait_until(lambda process=process: not is_running(process), "its processes have ended")


def is_running(process):
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_mail_command_that_hangs_does_not_delay_the_end(service, receivers):
    mail = MailCommand(service.directory, f'touch "{service.directory}/running"; sleep 1000')
    with receivers.start(Changing()) as receiver, daemons(service, receivers, **mail.settings) as (daemon,):
        fail_for_long(service, receiver)
        wait_until((service.directory / "running").exists, "the mail command hangs", 30)
        begin = time.monotonic()
        daemon.stop()
        assert time.monotonic() - begin < 20
        daemon.start()


def test_without_a_sender_there_are_no_mails(service, receivers, mail):
    with receivers.start(Changing()) as receiver, \
            daemons(service, receivers, mail_command=mail.settings["mail_command"]) as (daemon,):
        fail_for_long(service, receiver)
        assert service.row("SELECT claimed_at FROM webhook_mails")["claimed_at"] is None
        assert not daemon.log_count("event=mail_")
    # A daemon with a sender takes what has waited for less than a day.
    with daemons(service, receivers, **mail.settings):
        wait_until(lambda: len(mail.mails()) == 1, "the mail was sent", 30)
    assert os.listdir(mail.directory)
