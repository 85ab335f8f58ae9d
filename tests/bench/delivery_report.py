"""Tables of what scripts/bench deliveries has measured, and the thresholds for the figures."""

from statistics import median

from report import spread, table

LEAST_OF_SENDER = 0.5
MOST_MEDIAN_MS = 20
MOST_RATIO_OF_P99 = 2
MOST_MIB = 60


def ratios(throughput, level):
    """The daemon's rate by the sender's, round by round."""
    rates = {(one["contender"], one["round"]): one["rate"] for one in throughput if one["webhooks"] == level}
    return [rate / rates["sender alone", number] for (contender, number), rate in rates.items()
            if contender == "daemon" and ("sender alone", number) in rates]


def throughput_table(throughput):
    rows = []
    for level in dict.fromkeys(one["webhooks"] for one in throughput):
        by_contender = {name: [one for one in throughput if one["webhooks"] == level and one["contender"] == name]
                        for name in ("sender alone", "daemon")}
        cpu = {part: median(one["cpu_us"][part] for one in by_contender["daemon"])
               for part in ("database", "daemon", "receiver")}
        rows.append([str(level), *(spread([one["rate"] for one in ones], ",.0f") for ones in by_contender.values()),
                     spread(ratios(throughput, level), ".2f"), *(f"{value:.0f}" for value in cpu.values())])
    return table(["webhooks", "sender alone/s (min-max)", "daemon/s (min-max)", "ratio (min-max)",
                  "CPU us/delivery: database", "daemon", "receiver"], rows)


def paired(figures, key, first, second):
    """second by first, round by round."""
    values = {(one["what"], one["round"]): one[key] for one in figures}
    return [values[second, number] / values[first, number] for what, number in values
            if what == first and (second, number) in values]


def bars(figures):
    """(what, asked, got, whether it is met). A figure without a threshold is only shown."""
    for level in dict.fromkeys(one["webhooks"] for one in figures["throughput"]):
        got = ratios(figures["throughput"], level)
        yield (f"deliveries/s, {level} webhooks, of the sender's alone", f">= {LEAST_OF_SENDER}", spread(got, ".2f"),
               median(got) >= LEAST_OF_SENDER)
    if peaks := [one["peak_mib"] for one in figures["throughput"] if "peak_mib" in one]:
        yield "resident memory under full load, MiB", f"<= {MOST_MIB}", f"{max(peaks):.1f}", max(peaks) <= MOST_MIB
    for one in figures["promptness"]:
        yield ("from the 200 to the first byte, median ms", f"< {MOST_MEDIAN_MS}",
               f"{one['p50_ms']:.1f} (p99 {one['p99_ms']:.1f})", one["p50_ms"] < MOST_MEDIAN_MS)
    if figures["fairness"]:
        got = paired(figures["fairness"], "p99_ms", "fast receiver alone", "fast receiver beside a dead one")
        yield ("fast receiver's p99 beside a dead one, of that alone", f"<= {MOST_RATIO_OF_P99}", spread(got, ".2f"),
               median(got) <= MOST_RATIO_OF_P99)
        got = [one["p99_ms"] for one in figures["fairness"] if one["what"].endswith("with a backlog")]
        yield "fast receiver's p99 beside a quick one with a backlog, ms", "", spread(got, ".1f"), None
    if figures["mixture"]:
        got = paired(figures["mixture"], "fast_rate", "fast alone", "fast, slow and dead")
        yield "fast receivers' rate among slow and dead ones, of that alone", "", spread(got, ".2f"), None
    for one in figures["outage"]:
        if "queue" in one:
            yield (f"99% of {one['queue']} that waited for a receiver to come back, s", "",
                   f"{one['p99_seconds']:.1f} (first {one['first_seconds']:.1f}, all {one['all_seconds']:.1f})", None)
    for one in figures["memory"]:
        yield (f"resident memory while {one['waiting']:,} wait, MiB", f"<= {MOST_MIB}",
               f"{one['peak_mib']:.1f} (idle {one['idle_mib']:.1f})", one["peak_mib"] <= MOST_MIB)


def bars_table(figures):
    results = {True: "met", False: "not met", None: ""}
    return table(["bar", "asked", "got", ""], [[*row[:3], results[row[3]]] for row in bars(figures)])
