"""Tables of the results, in Markdown."""

from statistics import median

PARTS = ("nginx", "pool", "database")
COSTS = ("p50, p99 ms", f"CPU µs a request ({', '.join(PARTS)})", f"context switches a request ({', '.join(PARTS)})")


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

    def rates(self, contender, connections):
        return [one.rate for one in self.of(contender, connections)]

    def ratios(self, contender, reference, connections, value=lambda one: one.rate):
        """Round by round, so that a change of the machine between rounds cancels out."""
        theirs = {one.round: value(one) for one in self.of(reference, connections)}
        return [value(one) / theirs[one.round] for one in self.of(contender, connections) if theirs.get(one.round)]

    def errors(self, contender, connections):
        return sum(one.errors for one in self.of(contender, connections))

    def per_request(self, contender, connections, what, part):
        """Each round's processor time in microseconds ("cpu") or context switches ("switches")."""
        values = [one.per_request(what, part) for one in self.of(contender, connections)]
        return [value for value in values if value is not None]


def spread(values, form):
    return f"{median(values):{form}} ({min(values):{form}}-{max(values):{form}})" if values else "-"


def middle(values, form):
    return f"{median(values):{form}}" if values else "-"


def table(heading, rows):
    """Aligned columns: the first to the left, the others to the right."""
    cells = [heading, *rows]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(heading))]

    def line(row):
        return f"| {row[0]:<{widths[0]}} | " + " | ".join(
            f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:])) + " |"
    rule = "| " + " | ".join(["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]) + " |"
    return "\n".join([line(heading), rule, *map(line, rows)])


def level_table(results, connections, references):
    """Everything that was measured with that many connections; ratios of the `references`."""
    rows = [[name, spread(results.rates(name, connections), ",.0f"),
             *(middle(results.ratios(name, reference, connections), ".2f") for reference in references),
             *_costs(results, name, connections), str(results.errors(name, connections))]
            for name in results.contenders if results.of(name, connections)]
    return table([f"{connections} connection{'s' if connections > 1 else ''}", "requests/s",
                  *(f"of {reference}" for reference in references), *COSTS, "errors"], rows)


def summary_table(results, connections):
    """The rates with each number of connections, and what a request costs with that many."""
    rows = [[name, *(middle(results.rates(name, level), ",.0f") for level in results.levels),
             *_costs(results, name, connections)] for name in results.contenders]
    return table(["requests/s by connections", *map(str, results.levels),
                  *(f"{heading}, at {connections}" for heading in COSTS)], rows)


def _costs(results, name, connections):
    """The cells below COSTS."""
    runs = results.of(name, connections)
    times = [middle([getattr(one, what) / 1000 for one in runs], ".2f") for what in ("p50_us", "p99_us")]
    used = [[middle(results.per_request(name, connections, what, part), form) for part in PARTS]
            for what, form in (("cpu", ".0f"), ("switches", ".1f"))]
    return [", ".join(cells) for cells in (times, *used)]


def memory_table(memory):
    rows = [[name, f"{size['now'] / 1024:.1f}", f"{size['peak'] / 1024:.1f}"]
            for name, sizes in memory.items() for size in sizes]
    return table(["resident memory of a process, MiB", "now", "peak"], rows)
