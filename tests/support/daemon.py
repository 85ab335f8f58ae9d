"""Runs targethooks-deliver beside a Service, and receivers that it may send to.

    with Service() as service, Daemon(service) as daemon:
        ...

Each daemon has its own configuration, log and database user. The defaults make it quick: short deadlines and leases,
and every delay of the schedule divided by ten (`deliver_time_scale`, a key of builds with TARGETHOOKS_FAILPOINTS).
Settings are lines of the configuration; None leaves one out. With a `clock` (support/clock.py) the daemon uses it as
its wall clock. A daemon must exit with 0 unless the test has killed it.
"""

import signal
import subprocess

from support.service import build_directory, wait_until
from support.tls_receiver import Authority, Receiver

STOP_SECONDS = 60

DEFAULTS = {
    "deliver_timeout_ms": 2000,
    "deliver_connect_timeout_ms": 1000,
    "deliver_lease_margin_ms": 1000,
    "deliver_dead_after_ms": 1500,
    "deliver_time_scale": 10,
    "deliver_retention_days": 300,  # divided by ten as well
    "destination_allow": "127.0.0.0/8",
}


class Daemon:
    """See the module's text."""

    def __init__(self, service, name="one", authority=None, clock=None, **settings):
        self.service, self.name, self.clock = service, name, clock
        self.process = None
        self.user = service.database.create_user("deliver-password", grants="deliver", schema=service.schema)
        settings = {**DEFAULTS, "deliver_name": name,
                    "deliver_log_file": service.directory / f"{name}.log",
                    "deliver_ca_file": authority.path if authority else None, **settings}
        service.at_end(self._kill_if_running)
        self.config = service.write_config(f"{name}.conf", "deliver", (self.user, "deliver-password"), {
            key: value for key, value in settings.items() if value is not None})

    def __enter__(self):
        return self.start()

    def __exit__(self, failure, *_):
        if self.process is None:
            return
        if failure is None:
            self.stop()
        else:
            self.kill9()

    @property
    def socket(self):
        """The wakeup socket."""
        return self.service.directory / "deliver.sock"

    def start(self, wait=True):
        started = self.log_count("event=started")
        with open(self.service.directory / f"{self.name}.stderr", "ab") as errors:
            self.process = subprocess.Popen(
                [build_directory() / "delivery/targethooks-deliver", "--config", self.config],
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors, env=self._environment())
        if wait:
            wait_until(lambda: self._has_started(started), "the daemon has started")
        return self

    def _environment(self):
        environment = self.service.environment()
        if self.clock:
            environment.update(self.clock.environment(environment["ASAN_OPTIONS"]))
        return environment

    def _has_started(self, before):
        assert self.process.poll() is None, f"targethooks-deliver ended: {self.stderr()}"
        return self.log_count("event=started") > before

    def _kill_if_running(self):
        if self.process is not None:
            self.kill9()

    def term(self):
        self.process.send_signal(signal.SIGTERM)

    def stop(self):
        self.term()
        assert self.process.wait(timeout=STOP_SECONDS) == 0, self.stderr()
        self.process = None

    def kill9(self):
        self.process.kill()
        self.wait_dead()

    def wait_dead(self):
        """Waits until the daemon has died and returns its exit status."""
        status = self.process.wait(timeout=STOP_SECONDS)
        self.process = None
        return status

    def log_text(self):
        return self.service.log_text(f"{self.name}.log")

    def log_count(self, text):
        return self.log_text().count(text)

    def stderr(self):
        return self.service.log_text(f"{self.name}.stderr")

    def resident_kib(self):
        return self._memory_kib("VmRSS:")

    def peak_kib(self):
        """The daemon's highest resident memory so far."""
        return self._memory_kib("VmHWM:")

    def _memory_kib(self, what):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(what))


class TlsReceivers:
    """Makes receivers with certificates of the daemons' authority, for names or for 127.0.0.1 as "localhost"."""

    def __init__(self, directory):
        self.authority = Authority(directory)
        self.certificate = self.authority.issue("localhost")

    def start(self, behave, **how):
        return Receiver(behave, self.certificate, **how)


def url_of(receiver, path="/hook"):
    return f"https://localhost:{receiver.port}{path}"
