"""One measurement: a program that puts load on a contender, and figures from its processes and tables afterwards."""

import json
import os
import pathlib
import resource
import subprocess
import time
from dataclasses import asdict, dataclass

TICKS = os.sysconf("SC_CLK_TCK")
QUIET_SECONDS = 1.0


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
    rows: int | None  # new ones; None where nothing is stored
    slack: int  # how many rows may be stored beyond those answered

    @property
    def rate(self):
        return self.answered / self.seconds

    @property
    def errors(self):
        return self.failed + self.broken

    def faults(self):
        """Faults as lines of text. A contender that stores nothing is not ours, and its errors are only shown."""
        if self.rows is None:
            return
        where = f"{self.contender}, {self.connections} connections, round {self.round + 1}"
        if self.errors:
            yield f"{where}: {self.failed} answers other than 200, {self.broken} broken connections or timeouts"
        if not self.answered <= self.rows <= self.answered + self.slack:
            yield f"{where}: {self.answered} answered with 200, but {self.rows} rows stored"

    def as_json(self):
        return {**asdict(self), "rate": round(self.rate, 1)}


class Contender:
    """A name, the load as a command, the processes that serve it by part, and its tables, if it has any.

    command(connections, seconds) is a program whose last line is the RESULT of post.lua. If it abandons requests at its
    end (`abandons`), there may be one more row for each of its connections.
    """

    def __init__(self, name, command, parts, tables=None, abandons=True):
        self.name = name
        self.command = command
        self.parts = parts
        self.tables = tables
        self.abandons = abandons

    def measure(self, connections, seconds, round_number):
        if self.tables:
            self.tables.mark()
        before = self._cpu()
        result = _run(self.command(connections, seconds))
        after = self._cpu()
        cpu = {part: round(after[part] - before[part], 3) for part in before}
        machine = cpu.pop("machine")
        cpu["rest"] = round(max(0.0, machine - sum(cpu.values())), 3)
        return Measurement(
            contender=self.name, connections=connections, round=round_number,
            answered=result["requests"] - result["failed"], failed=result["failed"], broken=result["broken"],
            seconds=result["seconds"], p50_us=result["p50_us"], p99_us=result["p99_us"], cpu=cpu,
            rows=self.tables.new_rows() if self.tables else None, slack=connections if self.abandons else 0)

    def _cpu(self):
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {**{part: sum(map(process_seconds, pids)) for part, pids in self.parts.items()},
                "client": usage.ru_utime + usage.ru_stime, "machine": _machine_seconds()}


class Tables:
    """The webhooks (or what else is `counted`) and deliveries of one schema. Ids grow with time, so new rows follow the
    last one.
    """

    def __init__(self, connection, counted="webhooks"):
        self._connection = connection
        self._counted = counted
        self._last = 0
        self._total = self._value(f"SELECT COUNT(*) FROM {counted}")

    def close(self):
        self._connection.close()

    def mark(self):
        self._last = self._value(f"SELECT COALESCE(MAX(id), 0) FROM {self._counted}")

    def new_rows(self):
        """Waits until the requests that the client abandoned have ended."""
        count, since = -1, time.monotonic()
        while time.monotonic() < since + QUIET_SECONDS:
            now = self._value(f"SELECT COUNT(*) FROM {self._counted} WHERE id > %s", self._last)
            if now != count:
                count, since = now, time.monotonic()
            time.sleep(QUIET_SECONDS / 10)
        self._total += count
        return count

    def faults(self):
        """Counts all rows again."""
        for table in ("webhooks", "deliveries"):
            stored = self._value(f"SELECT COUNT(*) FROM {table}")
            if stored != self._total:
                yield f"{stored} rows in {table}, but {self._total} were counted measurement by measurement"

    def clear(self):
        for table in ("webhooks", "deliveries"):
            self._connection.cursor().execute(f"TRUNCATE TABLE {table}")
        self._total = 0

    def _value(self, statement, *parameters):
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            ((value,),) = cursor.fetchall()
            return value


def children_of(pid):
    return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def memory_kib(pid):
    """Resident memory of a process: now, and the highest so far."""
    lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith(("VmRSS:", "VmHWM:"))}
    return {"now": sizes["VmRSS"], "peak": sizes["VmHWM"]}


def _run(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    last = (done.stdout.splitlines() or [""])[-1]
    if done.returncode != 0 or not last.startswith("RESULT "):
        raise RuntimeError(f"{command[0]} failed:\n{done.stdout}{done.stderr}")
    return json.loads(last.removeprefix("RESULT "))


def process_seconds(pid):
    # proc(5): utime and stime are the 14th and 15th field; the 2nd is in parentheses and may hold spaces.
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _machine_seconds():
    """Processor time that is neither idle nor waiting for a disk."""
    user, nice, system, _idle, _iowait, irq, softirq = map(
        int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS
