"""scripts/bench: how fast the service is, compared with the least that nginx, libfcgi and the database need.

All contenders are measured one after another, round by round, on the same machine as the client, so the figures are
meaningful only in relation to each other. The database is a private MariaDB at its default settings (including
durability) below /tmp. The limits of accounts (docs/limits.md) are off. The programs come from the directory that
--build names.

"scripts/bench deliveries" measures how events reach their webhooks; see "scripts/bench deliveries --help".

Exits with 1 if a request failed, or if the stored rows are not those that were answered with 200, but never because of
a rate.
"""

import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import million  # noqa: E402
import operations  # noqa: E402
import report  # noqa: E402
from benchmark import Benchmark, argument_parser, say  # noqa: E402
from contenders import REFERENCE, Field  # noqa: E402
from measure import memory_kib  # noqa: E402
from support.mariadb import PrivateMariaDB  # noqa: E402
from support.service import Service  # noqa: E402

# More than the clients of the largest load. All other settings are the server's defaults.
DATABASE_OPTIONS = ["--max-connections=400"]
PAUSE_SECONDS = 0.3
FILLED_CONNECTIONS = 64
OPERATIONS_CONNECTIONS = 64


def parse_arguments():
    parser = argument_parser("scripts/bench", __doc__, "results.json")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default: 5)")
    parser.add_argument("--seconds", type=int, default=5, help="how long each measurement takes (default: 5)")
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16, 64, 256], metavar="N",
                        help="of the client at once (default: 1 16 64 256)")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="measure only these contenders")
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="of each pool (default: one per core)")
    parser.add_argument("--threads", type=int, default=512, help="of each process of a pool (default: 512)")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of the service")
    parser.add_argument("--targets", type=int, default=1, help="targets that the requests are spread over (default: 1)")
    parser.add_argument("--stored", type=int, default=1_000_000, metavar="N",
                        help="webhooks in the filled table (default: 1000000); 0 leaves that part out")
    parser.add_argument("--quick", action="store_true",
                        help="one round of one second, 20000 stored: only shows that everything works")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.stored = 1, 1, min(arguments.stored, 20_000)
    return arguments


class Bench(Benchmark):
    ALL_WELL = "No request failed, and in every measurement the rows stored are those answered with 200."

    def __init__(self, arguments):
        super().__init__(arguments)
        self.settings = dict(setting.split("=", 1) for setting in arguments.set)
        self.measurements, self.filled, self.operations, self.faults = [], [], [], []
        self.memory = {}

    def measure_all(self, directory):
        say("Starting a private MariaDB, the service without limits of accounts, and what it is compared with ...")
        with PrivateMariaDB(DATABASE_OPTIONS, external_allowed=False) as database:
            self._compare(database, directory)
            if not self.arguments.only:
                self._compare_operations(database, directory)
            if self.arguments.stored:
                self._fill_and_compare(database, directory)

    def _service(self, database):
        return Service(processes=self.arguments.processes, threads=self.arguments.threads, settings=self.settings,
                       database=database)

    def _compare(self, database, directory):
        arguments = self.arguments
        with self._service(database) as service:
            targets = [service.target, *(service.make_target(f"Shop {n}", "https://shop.example.com")
                                         for n in range(2, arguments.targets + 1))]
            with Field(service, directory, arguments.processes, arguments.threads, targets) as field:
                chosen = [one for one in field.contenders if not arguments.only or one.name in arguments.only]
                self._announce(len(chosen) * len(arguments.connections))
                for number in range(arguments.rounds):
                    field.tables.clear()
                    for connections in arguments.connections:
                        self.measurements += self._measure_round(chosen, connections, number)
                    self.faults += field.tables.faults()
                    field.trim_logs()
                self.memory = {what: [memory_kib(pid) for pid in pids] for what, pids in field.memory_of.items()}

    def _compare_operations(self, database, directory):
        with self._service(database) as service:
            say("\nThe other operations ...")
            contenders = operations.contenders(service, directory / "operations")
            for number in range(self.arguments.rounds):
                self.operations += self._measure_round(contenders, OPERATIONS_CONNECTIONS, number)
            for one in contenders:
                if one.tables:
                    one.tables.close()

    def _fill_and_compare(self, database, directory):
        with self._service(database) as empty, self._service(database) as filled:
            say(f"\nStoring {self.arguments.stored:,} webhooks ...")
            million.fill(filled, self.arguments.stored)
            contenders = million.contenders(empty, filled, directory)
            for number in range(self.arguments.rounds):
                contenders[0].tables.clear()
                self.filled += self._measure_round(contenders, FILLED_CONNECTIONS, number)
                for one in contenders:
                    self.faults += one.tables.faults()
            for one in contenders:
                one.tables.close()

    def _measure_round(self, contenders, connections, number):
        """Each contender once, beginning with another one every round."""
        first = number % len(contenders)
        measured = []
        for contender in contenders[first:] + contenders[:first]:
            time.sleep(PAUSE_SECONDS)
            one = contender.measure(connections, self.arguments.seconds, number)
            say(f"round {number + 1}/{self.arguments.rounds}  {connections:3} connections  {one.contender:20}"
                f"{one.rate:10,.0f} requests/s  p50 {one.p50_us / 1000:7.2f} ms  p99 {one.p99_us / 1000:7.2f} ms")
            self.faults += one.faults()
            measured.append(one)
        return measured

    def _announce(self, count):
        minutes = count * self.arguments.rounds * (self.arguments.seconds + PAUSE_SECONDS) / 60
        say(f"Measuring {count} cases in {self.arguments.rounds} rounds: about {minutes:.0f} minutes.\n")

    # Results

    def print_report(self):
        results = report.Results(self.measurements)
        for connections in results.levels:
            say("", report.rates_table(results, connections, REFERENCE))
        for connections in results.levels:
            say("", report.cpu_table(results, connections))
        say("", report.memory_table(self.memory))
        if self.operations:
            others = report.Results(self.operations)
            say("", report.rates_table(others, OPERATIONS_CONNECTIONS, operations.REFERENCE))
            say("", report.cpu_table(others, OPERATIONS_CONNECTIONS))
        filled = report.Results(self.filled) if self.filled else None
        if filled:
            say("", f"With {self.arguments.stored:,} webhooks stored:",
                report.rates_table(filled, FILLED_CONNECTIONS, "empty table"))
        if not self.arguments.only:
            say("", report.bars_table(report.bars(results, self.memory, filled)))
        storing = [one for one in self.measurements + self.operations + self.filled if one.rows is not None]
        stored, answered = sum(one.rows for one in storing), sum(one.answered for one in storing)
        say("", f"{answered:,} registrations and events answered with 200, {stored:,} stored; the client abandons open",
            "requests when its time is up, at most one for each connection of a measurement.")

    @property
    def figures(self):
        return {"measurements": [one.as_json() for one in self.measurements],
                "operations": [one.as_json() for one in self.operations],
                "filled": [one.as_json() for one in self.filled],
                "memory_kib": self.memory, "faults": self.faults}


if __name__ == "__main__":
    sys.exit(Bench(parse_arguments()).run())
