"""The bars: figures of one run, as ratios round by round, and what each of them should be."""

from dataclasses import dataclass
from statistics import median

import million
from contenders import COMPARED_LEVEL, PEER, REFERENCE, REGISTRATION
from report import spread, table

KINDS = ("json", "urlencoded", "multipart")
OF_EMPTY_POOL = {64: 0.50, 256: 0.75}  # by connections
OF_PEER = {1: 1.5, 64: 5.5, 256: 7}
MOST_CPU = 1.5  # times the empty pool's
MOST_SWITCHES = 0.5
OF_REGISTRATIONS = {"publish to 1": 0.5, "one webhook": 0.5, "one event": 0.5, "page of webhooks": 0.35,
                    "page of events": 0.35}
MOST_P99, MOST_P99_OF_ALL = 3, 10  # times p50
MOST_MIB = 32
OF_EMPTY_TABLES = 0.95


@dataclass
class Bar:
    what: str
    values: list
    bound: float
    at_least: bool
    of_all: bool = False  # the bound is for the worst of the values instead of the median

    @property
    def got(self):
        if not self.of_all:
            return median(self.values)
        return min(self.values) if self.at_least else max(self.values)

    @property
    def met(self):
        return self.got >= self.bound if self.at_least else self.got <= self.bound

    def row(self):
        bar = f"at {'least' if self.at_least else 'most'} {self.bound:g}"
        if self.of_all:
            bar += ", always"
        return [self.what, bar, spread(self.values, ".2f"), "yes" if self.met else "no"]


def bars(results, filled, in_hand):
    """Those that were measured. `filled`: the results with filled tables; `in_hand`: of in_hand.measure()."""
    found = [*_ratios(results), *_costs(results), *_operations(results), *_latency(results)]
    if in_hand:
        found.append(Bar(f"memory of a pool process with {in_hand['held']:,} requests in hand, MiB",
                         [in_hand["kib"] / 1024], MOST_MIB, False))
    if filled:
        found.append(Bar("registrations with filled tables, of those with empty ones",
                         filled.ratios(million.FILLED, million.EMPTY, COMPARED_LEVEL), OF_EMPTY_TABLES, True))
    return [bar for bar in found if bar.values]


def _ratios(results):
    for level, bound in OF_EMPTY_POOL.items():
        for kind in KINDS:
            yield Bar(f"registrations ({kind}) of the empty pool, {level} connections",
                      results.ratios(f"service {kind}", REFERENCE, level), bound, True)
    for level, bound in OF_PEER.items():
        yield Bar(f"registrations of {PEER}, {level} connection{'s' if level > 1 else ''}",
                  results.ratios(REGISTRATION, PEER, level), bound, True)


def _costs(results):
    yield Bar("pool's processor time a registration, of the empty pool's, 64 connections",
              results.ratios(REGISTRATION, REFERENCE, COMPARED_LEVEL, lambda one: one.per_request("cpu", "pool")),
              MOST_CPU, False)
    yield Bar("pool's context switches a registration, 64 connections",
              results.per_request(REGISTRATION, COMPARED_LEVEL, "switches", "pool"), MOST_SWITCHES, False)


def _operations(results):
    for name, bound in OF_REGISTRATIONS.items():
        yield Bar(f"{name}, of registrations, 64 connections",
                  results.ratios(name, REGISTRATION, COMPARED_LEVEL), bound, True)


def _latency(results):
    values = [one.p99_us / one.p50_us for kind in KINDS for one in results.of(f"service {kind}", COMPARED_LEVEL)]
    yield Bar("p99 of registrations, of p50, 64 connections", values, MOST_P99, False)
    yield Bar("the same, the highest of all", values, MOST_P99_OF_ALL, False, of_all=True)


def bars_table(found):
    return table(["what", "bar", "measured", "met"], [bar.row() for bar in found])
