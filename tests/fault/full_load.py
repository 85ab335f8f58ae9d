"""As much load as the machine can make, by scripts/load, which compares what was answered with what was stored."""

import contextlib
import json
import pathlib
import signal
import subprocess

from load import GOOD_URL
from support.service import build_directory, wait_until

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/load"
MOST_SECONDS = 300


@contextlib.contextmanager
def full_load(service, access):
    """scripts/load with 64 connections, which send their next request at once. Yields a function that ends it and
    returns its report.
    """
    operator = f"{build_directory() / 'admin/targethooks'} --config {service.admin_config}"
    load = subprocess.Popen(
        [SCRIPT, "--url", f"http://127.0.0.1:{service.port}", "--receiver", GOOD_URL, "--access", access, "--operator",
         operator, "--keys", "3", "--targets", "3", "--seconds", str(MOST_SECONDS), "--json"],
        env=service.environment(), stdout=subprocess.PIPE, text=True)

    def end():
        load.send_signal(signal.SIGINT)
        return json.loads(load.communicate(timeout=120)[0])
    try:
        yield end
    finally:
        load.kill()
        load.wait()


def wait_for_more(service, count):
    goal = service.row_counts()["webhooks"] + count
    wait_until(lambda: service.row_counts()["webhooks"] >= goal, f"{count} more webhooks are stored")
