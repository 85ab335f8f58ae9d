"""As many requests as the connections allow, by wrk: each connection sends its next request after its last answer."""

import json
import os
import pathlib
import shutil
import subprocess

from generator import Result

SCRIPT = pathlib.Path(__file__).resolve().parent / "wrk.lua"
TIMEOUT_SECONDS = 10


def measure(plan, directory, ending):
    """The Result. Files are written into the directory."""
    requests, answers = directory / "requests", directory / "answers"
    requests.write_bytes(b"".join(b"%d\n%s" % (len(one), one) for one in plan.requests))
    threads = min(os.cpu_count(), plan.connections)
    program = shutil.which("wrk") or "wrk"
    process = ending.start(
        [program, "-t", str(threads), "-c", str(plan.connections), "-d", f"{plan.seconds}s", "--timeout",
         f"{TIMEOUT_SECONDS}s", "-s", SCRIPT, plan.url, "--", requests, answers], stdout=subprocess.PIPE, text=True)
    output, _ = process.communicate()
    last = (output.splitlines() or [""])[-1]
    if process.returncode != 0 or not last.startswith("RESULT "):
        raise OSError(f"wrk failed: {output}")
    figures = json.loads(last.removeprefix("RESULT "))
    result = Result(figures.pop("seconds"), {}, unanswered=figures.pop("broken"), abandoned=plan.connections,
                    interrupted=ending.asked)
    result.latency_ms = {name: round(value / 1000, 2) for name, value in figures.items()}
    for path in directory.glob("answers.*"):
        with open(path, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                status, _, body = line.rstrip("\n").partition(" ")
                result.add_answer(int(status), body)
    return result
