"""scripts/bench: how fast the service is, compared with the least that nginx, libfcgi and the database need, and with
a page of PHP that does the same.

All contenders are measured one after another, round by round, on the same machine as the client, so the figures are
meaningful only in relation to each other. The requests are spread over many keys and targets, in the same random order
in every run, and each round begins with the same rows. The database is a private MariaDB below /tmp, with a buffer pool
of 512 MiB and otherwise its default settings (including durability). The limits of accounts (docs/limits.md) are off.
The programs come from the directory that --build names.

"scripts/bench deliveries" measures how events reach their webhooks, and "scripts/bench lists" how long pages of long
lists take; see their --help.

Exits with 1 if a request failed, or if the stored rows are not those that were answered with 200, but never because of
a rate.
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import bars  # noqa: E402
import chart  # noqa: E402
import in_hand  # noqa: E402
import million  # noqa: E402
import report  # noqa: E402
from benchmark import ROOT, Benchmark, argument_parser, say  # noqa: E402
from contenders import COMPARED_LEVEL, PEER, REFERENCE, REGISTRATION, Field  # noqa: E402
from load import Load  # noqa: E402
from population import Population  # noqa: E402
from processes import memory_kib  # noqa: E402
from support.mariadb import PrivateMariaDB  # noqa: E402
from support.service import Service  # noqa: E402

# More connections than the largest load has clients, and room for the pages that a million webhooks of 10,000 targets
# are spread over, which the default of 128 MiB is too small for. All other settings are the server's defaults.
DATABASE_OPTIONS = ["--max-connections=400", "--innodb-buffer-pool-size=512M"]
PAUSE_SECONDS = 0.2
PICTURED = ((REFERENCE, "empty pool, stores nothing"), (REGISTRATION, "targethooks"), (PEER, "PHP-FPM with PDO"))


def parse_arguments():
    parser = argument_parser("scripts/bench", __doc__, "results.json")
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured (default: 3)")
    parser.add_argument("--seconds", type=int, default=2, help="how long each measurement takes (default: 2)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256], metavar="N",
                        help="of the client at once (default: 1 16 64 256)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="measure only these contenders")
    parser.add_argument("--processes", type=int, default=1, help="of the service's pool (default: 1)")
    parser.add_argument("--php-children", type=int, default=16, metavar="N", help="processes of PHP-FPM (default: 16)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the service")
    parser.add_argument("--keys", type=int, default=1000, help="of as many accounts (default: 1000)")
    parser.add_argument("--targets", type=int, default=10_000,
                        help="targets that registrations are spread over (default: 10000)")
    parser.add_argument("--stored", type=int, default=1_000_000, metavar="N",
                        help="webhooks in the filled tables (default: 1000000); 0 leaves that part out")
    parser.add_argument("--in-hand", type=int, default=1000, metavar="N",
                        help="requests in hand while memory is measured (default: 1000); 0 leaves that part out")
    parser.add_argument("--picture", type=pathlib.Path, default=ROOT / "build/bench/benchmark.svg",
                        help="the file for the picture (default: build/bench/benchmark.svg)")
    parser.add_argument("--quick", action="store_true",
                        help="one round of one second and small tables: only shows that everything works")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.connections = 1, 1, [1, COMPARED_LEVEL]
        arguments.keys, arguments.targets, arguments.stored = 100, 1000, min(arguments.stored, 20_000)
    return arguments


class Bench(Benchmark):
    ALL_WELL = "No request failed, and in every measurement the rows stored are those answered with 200."

    def __init__(self, arguments):
        super().__init__(arguments)
        self.measurements, self.filled, self.faults = [], [], []
        self.in_hand, self.memory = None, {}

    def measure_all(self, directory):
        say("Starting a private MariaDB, the service without limits of accounts, and what it is compared with ...")
        with PrivateMariaDB(DATABASE_OPTIONS, external_allowed=False) as database:
            if self.arguments.in_hand and not self.arguments.only:
                self._measure_memory(database)
            with self._service(database) as service:
                load = self._load(service, directory / "load")
                with Field(load, directory, self.arguments) as field:
                    self._compare(field)
                if self.arguments.stored and not self.arguments.only:
                    self._compare_with_filled(database, load, directory)

    def _service(self, database, processes=None):
        settings = dict(setting.split("=", 1) for setting in self.arguments.set)
        return Service(processes=processes or self.arguments.processes, settings=settings, database=database)

    def _load(self, service, directory):
        return Load(directory, Population(service, self.arguments.keys, self.arguments.targets).fill())

    def _measure_memory(self, database):
        with self._service(database, processes=1) as service:
            self.in_hand = in_hand.measure(service, self.arguments.in_hand)

    def _compare(self, field):
        chosen = [one for one in field.contenders if not self.arguments.only or one.name in self.arguments.only]
        cases = sum(len(one.levels) for one in chosen)
        say(f"Measuring {cases} cases in {self.arguments.rounds} rounds.\n")
        for one in chosen:
            one.warm_up()
        for number in range(self.arguments.rounds):
            field.population.reset()
            for connections in self.arguments.connections:
                self.measurements += self._measure_round(chosen, connections, number)
            field.trim_logs()
        order = {one.name: place for place, one in enumerate(chosen)}
        self.measurements.sort(key=lambda one: order[one.contender])
        self.memory = {what: [memory_kib(pid) for pid in pids] for what, pids in field.memory_of.items()}

    def _compare_with_filled(self, database, load, directory):
        with self._service(database) as filled:
            say(f"\nStoring {self.arguments.stored:,} webhooks ...")
            filled_load = self._load(filled, directory / "filled")
            million.fill(filled_load.population, self.arguments.stored)
            contenders = million.contenders(load, filled_load)
            for one in contenders:
                one.warm_up()
            for number in range(self.arguments.rounds):
                load.population.reset()
                self.filled += self._measure_round(contenders, COMPARED_LEVEL, number)

    def _measure_round(self, contenders, connections, number):
        """Each contender once, beginning with another one every round."""
        contenders = [one for one in contenders if connections in one.levels]
        first = number % len(contenders) if contenders else 0
        measured = []
        for contender in contenders[first:] + contenders[:first]:
            time.sleep(PAUSE_SECONDS)
            one = contender.measure(connections, self.arguments.seconds, number)
            say(f"round {number + 1}/{self.arguments.rounds}  {connections:3} connections  {one.contender:20}"
                f"{one.rate:10,.0f} requests/s  p50 {one.p50_us / 1000:7.2f} ms  p99 {one.p99_us / 1000:7.2f} ms")
            self.faults += one.faults()
            measured.append(one)
        return measured

    # Results

    def print_report(self):
        results = report.Results(self.measurements)
        for connections in results.levels:
            say("", report.level_table(results, connections, (REFERENCE, REGISTRATION)))
        say("", report.summary_table(results, COMPARED_LEVEL))
        say("", report.memory_table(self.memory))
        if self.in_hand:
            answers = ", ".join(f"{count} x {status}" for status, count in self.in_hand["statuses"].items())
            say("", f"{self.arguments.in_hand:,} requests came while the database was locked; one process of the pool"
                f" had {self.in_hand['held']:,} of them in hand. Answers: {answers}.")
        filled = report.Results(self.filled) if self.filled else None
        if filled:
            say("", f"With {self.arguments.stored:,} webhooks stored:", "",
                report.level_table(filled, COMPARED_LEVEL, (million.EMPTY,)))
        say("", bars.bars_table(bars.bars(results, filled, self.in_hand)))
        storing = [one for one in self.measurements + self.filled if one.rows is not None]
        stored, answered = sum(one.rows for one in storing), sum(one.answered for one in storing)
        say("", f"{answered:,} registrations and events answered with 200, {stored:,} stored; the client abandons open",
            "requests when its time is up, at most one for each connection of a measurement.")
        self._draw(results)

    def _draw(self, results):
        path = self.arguments.picture
        if not any(results.of(contender, level) for contender, _ in PICTURED for level in results.levels):
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(chart.draw(
            results, PICTURED, "Registrations of webhooks by connections of the client",
            f"{os.cpu_count()} cores for client, nginx, application and database. Median and spread of"
            f" {self.arguments.rounds} x {self.arguments.seconds} s, JSON."))
        say(f"Picture: {path}")

    @property
    def figures(self):
        return {"measurements": [one.as_json() for one in self.measurements],
                "filled": [one.as_json() for one in self.filled],
                "memory_kib": self.memory, "in_hand": self.in_hand, "faults": self.faults}


if __name__ == "__main__":
    sys.exit(Bench(parse_arguments()).run())
