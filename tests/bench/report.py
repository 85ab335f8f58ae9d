"""Tables of the results, and the thresholds for the figures."""

from statistics import median

SERVICES = ("service json", "service urlencoded", "service multipart")
LEAST_RATIO = {64: 0.40, 256: 0.50}  # of the empty pool, by connections
MOST_P99 = 5  # times p50
MOST_POOL_MIB = 40
LEAST_FILLED_RATIO = 0.9
PARTS = ("nginx", "pool", "database", "client", "rest")


class Results:
    """The measurements by contender and connections."""

    def __init__(self, measurements):
        self._by_case = {}
        for one in measurements:
            self._by_case.setdefault((one.contender, one.connections), []).append(one)
        self.contenders = list(dict.fromkeys(one.contender for one in measurements))
        self.levels = sorted({one.connections for one in measurements})

    def of(self, contender, connections):
        return self._by_case.get((contender, connections), [])

    def median(self, contender, connections, what):
        return median(getattr(one, what) for one in self.of(contender, connections))

    def rates(self, contender, connections):
        return [one.rate for one in self.of(contender, connections)]

    def ratios(self, contender, reference, connections):
        """Round by round, so that a change of the machine between rounds cancels out."""
        theirs = {one.round: one.rate for one in self.of(reference, connections)}
        return [one.rate / theirs[one.round] for one in self.of(contender, connections) if one.round in theirs]

    def errors(self, contender, connections):
        return sum(one.errors for one in self.of(contender, connections))

    def cpu_per_request(self, contender, connections):
        """Microseconds of processor time, by part."""
        runs = self.of(contender, connections)
        answered = sum(one.answered for one in runs) or 1
        return {part: sum(one.cpu.get(part, 0.0) for one in runs) / answered * 1e6 for part in PARTS}


def spread(values, form):
    return f"{median(values):{form}} ({min(values):{form}}-{max(values):{form}})" if values else "-"


def table(heading, rows):
    """Aligned columns: the first to the left, the others to the right."""
    cells = [heading, *rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heading))]
    lines = [f"{row[0]:<{widths[0]}}  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:]))
             for row in cells]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def rates_table(results, connections, reference):
    rows = []
    for name in results.contenders:
        if not results.of(name, connections):
            continue
        rows.append([name, spread(results.rates(name, connections), ",.0f"),
                     spread(results.ratios(name, reference, connections), ".2f"),
                     f"{results.median(name, connections, 'p50_us') / 1000:.2f}",
                     f"{results.median(name, connections, 'p99_us') / 1000:.2f}",
                     str(results.errors(name, connections))])
    heading = [f"{connections} connections", "requests/s (min-max)", f"of {reference} (min-max)", "p50 ms", "p99 ms",
               "errors"]
    return table(heading, rows)


def cpu_table(results, connections):
    rows = []
    for name in results.contenders:
        if results.of(name, connections):
            used = results.cpu_per_request(name, connections)
            rows.append([name, *(f"{used[part]:.0f}" if used[part] else "-" for part in PARTS)])
    return table([f"{connections} connections, CPU us/request", *PARTS], rows)


def memory_table(memory):
    rows = [[name, f"{size['now'] / 1024:.1f}", f"{size['peak'] / 1024:.1f}"]
            for name, sizes in memory.items() for size in sizes]
    return table(["resident memory of a process, MiB", "now", "peak"], rows)


def bars(results, memory, filled):
    """(what, asked, got, whether it is met) for each bar that was measured."""
    for connections, least in LEAST_RATIO.items():
        for name in SERVICES:
            if ratios := results.ratios(name, "empty pool", connections):
                got = median(ratios)
                yield f"{name} / empty pool, {connections} connections", f">= {least:.2f}", f"{got:.2f}", got >= least
    for connections in results.levels:
        for name in SERVICES:
            got = results.median(name, connections, "p99_us") / results.median(name, connections, "p50_us")
            yield f"{name}: p99 / p50, {connections} connections", f"< {MOST_P99}", f"{got:.1f}", got < MOST_P99
    peak = max(size["peak"] for size in memory["service"]) / 1024
    yield "resident memory of a pool process, MiB", f"<= {MOST_POOL_MIB}", f"{peak:.1f}", peak <= MOST_POOL_MIB
    most = max(results.levels)
    errors = sum(results.errors(name, most) for name in SERVICES)
    yield f"errors of the service, {most} connections", "0", str(errors), errors == 0
    if filled is not None:
        got = median(filled.ratios("filled table", "empty table", filled.levels[0]))
        yield "rate with the filled table / empty", f">= {LEAST_FILLED_RATIO}", f"{got:.2f}", got >= LEAST_FILLED_RATIO


def bars_table(rows):
    return table(["bar", "asked", "got", ""], [[*row[:3], "met" if row[3] else "not met"] for row in rows])
