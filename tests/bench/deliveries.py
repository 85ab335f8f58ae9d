"""scripts/bench deliveries: how fast, how soon and how fairly events reach the webhooks' receivers.

Throughput is compared with the sender alone: the same code on libcurl without database and scheduler, to the same
receivers with as many requests at once, alternating round by round. Receivers speak TLS, on this machine: fast
ones, slow ones (they answer after a second) and dead ones (they take the request and never answer). Receivers,
daemon, database and nginx share the processors, so only the ratios are meaningful on other machines.

Exits with 1 if an accepted delivery was not delivered, or was delivered twice, but never because of a rate.
"""

import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import delivery_cases as cases  # noqa: E402
import delivery_report  # noqa: E402
from benchmark import Benchmark, argument_parser, say  # noqa: E402
from receivers import Receivers  # noqa: E402
from senders import Delivering  # noqa: E402
from support.mariadb import PrivateMariaDB  # noqa: E402

PARTS = ("throughput", "promptness", "fairness", "mixture", "outage", "memory")
PAUSE_SECONDS = 0.3


def parse_arguments():
    parser = argument_parser("scripts/bench deliveries", __doc__, "deliveries.json")
    parser.add_argument("--rounds", type=int, default=3, help="how often what is compared is measured (default: 3)")
    parser.add_argument("--webhooks", type=int, nargs="+", default=[1, 10, 100, 1000], metavar="N",
                        help="that the throughput is measured with (default: 1 10 100 1000)")
    parser.add_argument("--count", type=int, default=20_000, metavar="N",
                        help="deliveries in one measurement of the throughput (default: 20000)")
    parser.add_argument("--seconds", type=int, default=10, help="of measurements at a steady rate (default: 10)")
    parser.add_argument("--waiting", type=int, default=1_000_000, metavar="N",
                        help="deliveries that wait while memory is measured (default: 1000000)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="PART",
                        help=f"some of: {' '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="small: only shows that everything works")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.rounds, arguments.webhooks, arguments.count, arguments.seconds = 1, [10], 1000, 1
        arguments.waiting = min(arguments.waiting, 20_000)
    return arguments


class Bench(Benchmark):
    ALL_WELL = "In every measurement all that was accepted was delivered, once."

    def __init__(self, arguments):
        super().__init__(arguments)
        self.figures = {part: [] for part in PARTS}

    @property
    def faults(self):
        return [fault for part in self.figures.values() for one in part for fault in one["faults"]]

    def measure_all(self, directory):
        only = self.arguments.only
        say("Starting receivers, a private MariaDB, the service and its daemon ...")
        with (Receivers(directory, cases.LISTENERS) as receivers,
              PrivateMariaDB(external_allowed=False) as database):
            if set(only) & {"throughput", "promptness", "fairness", "mixture"}:
                with Delivering(database, receivers) as delivering:
                    self._measure(delivering, directory)
            if "outage" in only:
                with Delivering(database, receivers) as delivering:
                    self._outage(delivering)
            if "memory" in only:
                with Delivering(database, receivers) as delivering:
                    self._memory(delivering)

    def _measure(self, delivering, directory):
        parts = {"promptness": self._promptness, "throughput": lambda one: self._throughput(one, directory),
                 "fairness": self._fairness, "mixture": self._mixture}
        for name, part in parts.items():
            if name in self.arguments.only:
                part(delivering)

    def _throughput(self, delivering, directory):
        case = cases.Throughput(delivering, directory, self.arguments.count)
        for number in range(self.arguments.rounds):
            for level in self.arguments.webhooks:
                pair = [case.daemon, case.sender_alone]
                for measure in pair if number % 2 == 0 else reversed(pair):
                    time.sleep(PAUSE_SECONDS)
                    one = {"round": number, **measure(level)}
                    say(f"round {number + 1}/{self.arguments.rounds}  {level:4} webhooks  {one['contender']:12}"
                        f" {one['rate']:8,.0f} deliveries/s")
                    self.figures["throughput"].append(one)

    def _promptness(self, delivering):
        self._add("promptness", cases.promptness(delivering, 20 if self.arguments.quick else 200))

    def _fairness(self, delivering):
        case = cases.Fairness(delivering, 50, self.arguments.seconds, 500 if self.arguments.quick else 10_000)
        for number in range(self.arguments.rounds):
            for measure in (case.alone, case.beside_a_dead_one, case.beside_a_quick_one):
                self._add("fairness", {"round": number, **measure()})

    def _mixture(self, delivering):
        case = cases.Mixture(delivering, 3, 6, 2, 2) if self.arguments.quick else cases.Mixture(delivering, 50)
        for number in range(self.arguments.rounds):
            for measure in (case.alone, case.mixed):
                self._add("mixture", {"round": number, **measure()})

    def _outage(self, delivering):
        self._add("outage", cases.outage(delivering, 20, 200, self.arguments.seconds))

    def _memory(self, delivering):
        webhooks = min(1000, self.arguments.waiting // 100)
        say(f"Storing {self.arguments.waiting:,} deliveries ...")
        self._add("memory", cases.waiting(delivering, webhooks, self.arguments.waiting // webhooks, 50,
                                          1 if self.arguments.quick else 30))

    def _add(self, part, figures):
        self.figures[part].append(figures)
        say(f"{part}: " + ", ".join(f"{key} {value:.2f}" if isinstance(value, float) else f"{key} {value}"
                                    for key, value in figures.items() if key not in ("faults", "round")))

    def print_report(self):
        say("", delivery_report.throughput_table(self.figures["throughput"]) if self.figures["throughput"] else "",
            "", delivery_report.bars_table(self.figures))


if __name__ == "__main__":
    sys.exit(Bench(parse_arguments()).run())
