"""A rate that does not yield to the service: requests are sent when they are due, by processes of their own.

A request that is due while all connections are busy waits for one, and its latency counts from when it was due.
"""

import json
import math
import pathlib
import subprocess
import sys

from generator import WEBHOOK_ID, Result, percentiles

SENDER = pathlib.Path(__file__).resolve().parent / "sender.py"
RATE_OF_SENDER = 1500
NS_PER_MS = 1_000_000


def senders_for(rate):
    return math.ceil(rate / RATE_OF_SENDER)


def measure(plan, directory, ending):
    """The Result. Files are written into the directory."""
    senders = min(plan.senders, plan.connections)
    processes = []
    for number in range(senders):
        orders = directory / f"orders.{number}"
        orders.write_text(json.dumps({
            "url": plan.url, "ca": plan.ca and str(plan.ca), "seconds": plan.seconds,
            "rate": plan.rate / senders, "offset": number / senders,
            "connections": plan.connections // senders + (number < plan.connections % senders),
            "requests": [one.decode("latin-1") for one in plan.requests[number::senders] or plan.requests],
            "answers": str(directory / f"answers.{number}")}))
        processes.append(ending.start([sys.executable, SENDER, orders], stderr=subprocess.PIPE, text=True))
    errors = [process.communicate()[1] for process in processes]
    if ending.asked and any(process.returncode for process in processes):
        raise KeyboardInterrupt  # before the senders were ready for it
    if any(process.returncode for process in processes):
        raise OSError(f"a sender failed: {next(filter(None, errors), '')}")
    return _collect(plan, directory, ending)


def _collect(plan, directory, ending):
    latencies, delays, seconds = [], [], []
    result = Result(0, {}, asked_rate=plan.rate, asked_seconds=plan.seconds, interrupted=ending.asked)
    for path in directory.glob("answers.*"):
        with open(path, encoding="latin-1") as lines:
            seconds.append(float(next(lines)))
            for line in lines:
                status, latency, delay, body = line.rstrip("\n").split(" ", 3)
                delays.append(int(delay))
                if status == "0":
                    result.unanswered += 1
                    continue
                latencies.append(int(latency))
                found = WEBHOOK_ID.search(body) if status == "200" else None
                result.add_answer(int(status), found[1] if found else body)
    result.seconds = max(seconds)
    result.latency_ms = percentiles(sorted(latencies), NS_PER_MS)
    result.delay_ms = percentiles(sorted(delays), NS_PER_MS)
    return result
