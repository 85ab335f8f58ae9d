"""scripts/bench lists: how long a page of a long list takes, and what clients that read such pages cost others.

One account has long lists (long_lists.py). Each list is read with every combination of its filters: the first pages,
the last numbered ones and pages far behind them, by one client over a kept connection through nginx. Then eight clients
read the slowest page while others register webhooks. The database is a private MariaDB below /tmp, with a buffer pool
of 512 MiB and otherwise its default settings.

Exits with 1 if a page was answered with a 5xx, but never because of a time.
"""

import pathlib
import subprocess
import sys
import time
from statistics import median, quantiles

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from benchmark import Benchmark, argument_parser, say  # noqa: E402
from list_cases import all_cases  # noqa: E402
from load import Load, get  # noqa: E402
from long_lists import KEY, LongLists  # noqa: E402
from measure import run  # noqa: E402
from population import Population  # noqa: E402
from processes import process_seconds  # noqa: E402
from report import table  # noqa: E402
from support import http_client  # noqa: E402
from support.mariadb import FAST, PrivateMariaDB  # noqa: E402
from support.service import Service  # noqa: E402

DATABASE_OPTIONS = ["--max-connections=400", "--innodb-buffer-pool-size=512M"]
FILLING_OPTIONS = [*FAST, "--innodb-buffer-pool-size=2G", "--innodb-log-file-size=1G"]
MOST_MS = 50
MOST_SHARE = 1 / 3
READERS = 8
WRITERS = 64
EVENTS, WEBHOOKS = 2_000_000, 100_000


def parse_arguments():
    parser = argument_parser("scripts/bench lists", __doc__, "lists.json")
    parser.add_argument("--repeats", type=int, default=30, help="how often each page is read (default: 30)")
    parser.add_argument("--rounds", type=int, default=3, help="of registrations with and without readers (default: 3)")
    parser.add_argument("--seconds", type=int, default=5, help="of each of these (default: 5)")
    parser.add_argument("--events", type=int, default=EVENTS, metavar="N",
                        help=f"of the account, with five deliveries for two events (default: {EVENTS})")
    parser.add_argument("--webhooks", type=int, default=WEBHOOKS, metavar="N",
                        help=f"of the account (default: {WEBHOOKS})")
    parser.add_argument("--only", nargs="+", metavar="TEXT", help="measure only lists whose names hold one of these")
    parser.add_argument("--quick", action="store_true", help="small: only shows that everything works")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats, arguments.rounds, arguments.seconds = 1, 1, 1
        arguments.events, arguments.webhooks = 20_000, 2_000
    return arguments


class Bench(Benchmark):
    ALL_WELL = "No page was answered with a 5xx."

    def __init__(self, arguments):
        super().__init__(arguments)
        self.figures = {"lists": [], "registrations": []}
        self.faults = []

    def measure_all(self, directory):
        with PrivateMariaDB(FILLING_OPTIONS, external_allowed=False) as database:
            with Service(processes=1, database=database) as service:
                say(f"Storing {self.arguments.events:,} events and {self.arguments.webhooks:,} webhooks ...")
                population = Population(service, 100, 1000).fill()
                lists = LongLists(service, self.arguments.events, self.arguments.webhooks).fill()
                database.restart(DATABASE_OPTIONS)
                self.measure(directory, service, lists, population)

    def measure(self, directory, service, lists, population):
        slowest = self._read_all(service, lists)
        self._share(service, Load(directory / "load", population), slowest)

    def _read_all(self, service, lists):
        """Returns the paths of the slowest list."""
        slowest, most = "", 0.0
        for name, query, paths in all_cases(lists):
            if self.arguments.only and not any(text in name for text in self.arguments.only):
                continue
            times, cpu = {}, {}
            for path in paths:
                before = _processor_seconds(service)
                times[path] = self._read(service, path)
                cpu[path] = (_processor_seconds(service) - before) / (1 + self.arguments.repeats) * 1000
            figures = {**_figures(times), "cpu_ms": max(cpu.values())}
            self.figures["lists"].append({"list": name, "filter": query, **figures})
            say(f"{figures['p50_ms']:7.1f} {figures['p99_ms']:7.1f} ms  {name}  {query}")
            if figures["worst_p50_ms"] > most:
                slowest, most = figures["worst"], figures["worst_p50_ms"]
        return slowest

    def _read(self, service, path):
        """The times in milliseconds, without the first answer, for which the statements are prepared. nginx ends a
        connection after a thousand requests."""
        times = []
        request = service.request(method="GET", path=path, content_type=None, authorization=f"JWT {KEY}", length=False)
        with http_client.Connection(service.port) as connection:
            for _ in range(1 + self.arguments.repeats):
                begin = time.perf_counter()
                connection.send(request)
                response = connection.read_response("GET")
                times.append((time.perf_counter() - begin) * 1000)
                if response.status >= 500:
                    self.faults.append(f"{path}: {response.status}")
        return times[1:]

    def _share(self, service, load, path):
        """Registrations with and without readers of that page."""
        register = load.registration(service.port)
        reading = get(service.port, load.file("slowest", f"{KEY} {path}\n".encode()))
        run(register(WRITERS, 1))
        for number in range(self.arguments.rounds):
            alone = run(register(WRITERS, self.arguments.seconds))
            readers = subprocess.Popen(reading(READERS, self.arguments.seconds + 2), stdout=subprocess.PIPE, text=True)
            time.sleep(1)
            beside = run(register(WRITERS, self.arguments.seconds))
            readers.communicate()
            rates = [one["requests"] / one["seconds"] for one in (alone, beside)]
            self.figures["registrations"].append({"round": number, "alone": rates[0], "beside": rates[1]})

    def print_report(self):
        rows = [[one["list"], one["filter"], f"{one['p50_ms']:.1f}", f"{one['p99_ms']:.1f}", f"{one['cpu_ms']:.1f}",
                 f"{one['worst_p50_ms']:.1f}", one["worst"].partition("?")[2]]
                for one in sorted(self.figures["lists"], key=lambda one: -one["p99_ms"])]
        heading = ["list", "filter", "p50 ms", "p99 ms", "CPU ms at most", "p50 of the slowest page", "which"]
        say("", table(heading, rows))
        slow = sum(one["p99_ms"] > MOST_MS for one in self.figures["lists"])
        say("", f"{slow} of {len(rows)} lists and filters take more than {MOST_MS} ms at p99.")
        kept = [one["beside"] / one["alone"] for one in self.figures["registrations"]]
        say(f"Registrations beside {READERS} readers of the slowest page: {median(kept):.2f} of the rate without them"
            f" ({min(kept):.2f}-{max(kept):.2f}; bar: {1 - MOST_SHARE:.2f}).")


def _processor_seconds(service):
    """Of the database and the pool. On a machine that does other things as well, it tells more than the times."""
    return sum(map(process_seconds, (service.database.process.pid, *(one.pid for one in service.processes))))


def _figures(times):
    everything = [one for some in times.values() for one in some]
    worst = max(times, key=lambda path: median(times[path]))
    return {"p50_ms": median(everything), "p99_ms": _p99(everything), "worst": worst,
            "worst_p50_ms": median(times[worst]), "worst_p99_ms": _p99(times[worst])}


def _p99(times):
    return quantiles(times, n=100)[98] if len(times) > 1 else times[0]


if __name__ == "__main__":
    sys.exit(Bench(parse_arguments()).run())
