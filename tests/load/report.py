"""The lines that scripts/load prints."""


def heading(plan, arguments, access):
    how = f"{plan.connections} connections"
    if plan.rate:
        senders = "1 sender" if plan.senders == 1 else f"{plan.senders} senders"
        how = f"{plan.rate:,} requests a second by {senders}, at most {how}"
    return (f"{plan.url}: {arguments.type}, {len(access.keys)} keys, {len(access.targets)} targets, {how},"
            f" {plan.seconds} s ...")


def figures(result):
    summary = result.summary()
    lines = [f"requests    {summary.requests:,} in {summary.seconds:.2f} s: {summary.rate:,.0f} a second",
             f"latency     {_milliseconds(result.latency_ms)}"]
    if result.delay_ms:
        lines.append(f"of senders  {_milliseconds(result.delay_ms)}")
    for status, count in sorted(result.statuses.items()):
        example = result.examples.get(status, "")[:200]
        lines.append(f"{'status ' + str(status):11} {count:,}  {example}".rstrip())
    lines.append(f"no answer   {result.unanswered:,}")
    return "\n".join(lines)


def stored(comparison):
    summary = comparison.summary()
    more = f"; {summary.more:,} more, whose requests got no 200" if summary.more else ""
    return (f"stored      {summary.stored:,} webhooks: {summary.answered_200 - summary.missing:,} of the"
            f" {summary.answered_200:,} answered with 200{more}")


def _milliseconds(latency):
    return "  ".join(f"{name} {value:g}" for name, value in latency.items()) + "  ms" if latency else "-"
