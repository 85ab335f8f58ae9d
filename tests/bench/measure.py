"""One measurement: a program that puts load on a contender, and figures from its processes and tables afterwards."""

import json
import resource
import subprocess
import time
from dataclasses import asdict, dataclass

from processes import machine_seconds, process_seconds, switches, switches_between

QUIET_SECONDS = 0.5


@dataclass
class Measurement:
    """`answered` are the 200s; `failed` other statuses; `broken` failures of sockets, timeouts included."""
    contender: str
    connections: int
    round: int
    answered: int
    failed: int
    broken: int
    seconds: float
    p50_us: int
    p99_us: int
    cpu: dict  # seconds of processor time of each part; "rest" is that of everything else on the machine
    switches: dict  # context switches of each part
    rows: int | None  # new ones; None where nothing is stored
    deliveries: int | None  # how many more the new rows should have
    slack: int  # how many rows may be stored beyond those answered
    reference: bool  # a contender that is not ours; its errors are only shown

    @property
    def rate(self):
        return self.answered / self.seconds

    @property
    def errors(self):
        return self.failed + self.broken

    def per_request(self, what, part):
        """Of "cpu" (in microseconds) or "switches"; None where the contender has no such part."""
        used = getattr(self, what).get(part)
        if used is None or not self.answered:
            return None
        return used / self.answered * (1e6 if what == "cpu" else 1)

    def faults(self):
        """Faults as lines of text."""
        if self.reference:
            return
        where = f"{self.contender}, {self.connections} connections, round {self.round + 1}"
        if self.errors:
            yield f"{where}: {self.failed} answers other than 200, {self.broken} broken connections or timeouts"
        if self.rows is None:
            return
        if not self.answered <= self.rows <= self.answered + self.slack:
            yield f"{where}: {self.answered} answered with 200, but {self.rows} rows stored"
        if self.deliveries:
            yield f"{where}: the stored rows should have {self.deliveries:+d} deliveries"

    def as_json(self):
        return {**asdict(self), "rate": round(self.rate, 1)}


class Contender:
    """A name, the load as a command, the processes that serve it by part, and the rows that it stores, if it does.

    command(connections, seconds) is a program whose last line is the RESULT of post.lua. If it abandons requests at its
    end (`abandons`), there may be one more row for each of its connections. `levels`: the numbers of connections that
    it is measured with.
    """

    def __init__(self, name, command, parts, levels, *, stored=None, abandons=True, reference=False):
        self.name = name
        self.levels = levels
        self._command = command
        self._parts = parts
        self._stored = stored
        self._abandons = abandons
        self._reference = reference

    def warm_up(self):
        if self._stored:
            self._stored.mark()
        run(self._command(max(self.levels), 1))
        if self._stored:
            self._stored.new_rows()

    def measure(self, connections, seconds, round_number):
        if self._stored:
            self._stored.mark()
        before, switched_before = self._cpu(), self._switches()
        result = run(self._command(connections, seconds))
        after, switched_after = self._cpu(), self._switches()
        cpu = {part: round(after[part] - before[part], 3) for part in before}
        machine = cpu.pop("machine")
        cpu["rest"] = round(max(0.0, machine - sum(cpu.values())), 3)
        return Measurement(
            contender=self.name, connections=connections, round=round_number,
            answered=result["requests"] - result["failed"], failed=result["failed"], broken=result["broken"],
            seconds=result["seconds"], p50_us=result["p50_us"], p99_us=result["p99_us"], cpu=cpu,
            switches={part: switches_between(switched_before[part], switched_after[part]) for part in self._parts},
            rows=self._stored.new_rows() if self._stored else None,
            deliveries=self._stored.missing_deliveries() if self._stored else None,
            slack=connections if self._abandons else 0, reference=self._reference)

    def _cpu(self):
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {**{part: sum(map(process_seconds, pids)) for part, pids in self._parts.items()},
                "client": usage.ru_utime + usage.ru_stime, "machine": machine_seconds()}

    def _switches(self):
        return {part: switches(pids) for part, pids in self._parts.items()}


class Stored:
    """The rows that requests store in `table`, and the deliveries of each: as many as `fan_out`, which name it in
    `column`. Ids grow with time, so new rows follow the last one.
    """

    def __init__(self, connection, table, column, fan_out):
        self._connection = connection
        self._table, self._column, self._fan_out = table, column, fan_out
        self._last = 0

    def mark(self):
        self._last = self._value(f"SELECT COALESCE(MAX(id), 0) FROM {self._table}")

    def new_rows(self):
        """Waits until the requests that the client abandoned have ended."""
        count, since = -1, time.monotonic()
        while time.monotonic() < since + QUIET_SECONDS:
            now = self._rows()
            if now != count:
                count, since = now, time.monotonic()
            time.sleep(QUIET_SECONDS / 10)
        return count

    def missing_deliveries(self):
        found = self._value(f"SELECT COUNT(*) FROM deliveries WHERE {self._column} > %s", self._last)
        return self._rows() * self._fan_out - found

    def _rows(self):
        return self._value(f"SELECT COUNT(*) FROM {self._table} WHERE id > %s", self._last)

    def _value(self, statement, *parameters):
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            ((value,),) = cursor.fetchall()
            return value


def run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    last = (done.stdout.splitlines() or [""])[-1]
    if done.returncode != 0 or not last.startswith("RESULT "):
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return json.loads(last.removeprefix("RESULT "))
