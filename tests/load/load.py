"""scripts/load: puts load on a running service, and compares what was answered with what was stored.

Registers webhooks for as long as it is told, either as fast as the given connections allow (wrk), or at a rate that
does not yield to the service (--rate). At a given rate, latency counts from the time at which a request was due, so
requests that had to wait are not left out. Afterwards all webhooks of this run are read through the API.

By default the load goes to the service that scripts/run has started. Keys and targets are made by the operator's
command line, once, and kept in the file --access; or write that file yourself: one "key KEY" or "target ID" a line, all
of one account. docs/load-testing.md says how to read the result, and which limits to lift.

Exits with 0 if every 200 was stored exactly once and the rate was held, otherwise with 1. Other statuses than 200 are
shown and are no failure. Ctrl-C ends the load early; what was answered until then is still compared.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import re
import secrets
import shlex
import signal
import sys
import tempfile
import time
from dataclasses import dataclass

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

import closed_loop  # noqa: E402
import open_loop  # noqa: E402
import report  # noqa: E402
from access import Access, AccessError  # noqa: E402
from generator import Ending, Plan  # noqa: E402
from registrations import TYPES, registrations  # noqa: E402
from stored import Api, ApiError  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Requests that the clients abandon at the end are still being worked on.
SETTLE_SECONDS = 1.0


def parse_arguments():
    parser = argparse.ArgumentParser(prog="scripts/load", description=__doc__, allow_abbrev=False,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    load = parser.add_argument_group("the load")
    load.add_argument("--type", choices=TYPES, default="mixed", help="content type of the bodies (default: mixed)")
    load.add_argument("--seconds", type=positive, default=10, metavar="N", help="how long (default: 10)")
    load.add_argument("--connections", type=positive, metavar="N",
                      help="open at once (default: 64); with --rate at most (default: 256)")
    load.add_argument("--rate", type=positive, metavar="N",
                      help="send this many requests a second (default: as many as the connections allow)")
    load.add_argument("--senders", type=positive, metavar="N",
                      help="with --rate: processes that send (default: one for each 1,500 requests a second)")
    load.add_argument("--receiver", metavar="URL",
                      help="the URL to register (default: that of the receiver that scripts/run has started)")
    where = parser.add_argument_group("the service")
    where.add_argument("--dir", type=pathlib.Path, default=os.environ.get("RUN_DIR") or ROOT / ".run",
                       help="the folder of scripts/run (default: $RUN_DIR or .run)")
    where.add_argument("--url", help="another service, such as https://api.example.com; needs --receiver")
    where.add_argument("--ca", type=pathlib.Path, metavar="FILE",
                       help="the authority that signed its certificate (default: the system's)")
    access = parser.add_argument_group("keys and targets")
    access.add_argument("--access", type=pathlib.Path, metavar="FILE",
                        help="keys and targets; what is missing is added (default: DIR/load.access)")
    access.add_argument("--keys", type=positive, default=10, metavar="N", help="how many to make (default: 10)")
    access.add_argument("--targets", type=positive, default=100, metavar="N", help="how many to make (default: 100)")
    access.add_argument("--operator", metavar="COMMAND",
                        help="the operator's command line, such as 'sudo targethooks' (default: that of scripts/run)")
    access.add_argument("--delete", action="store_true",
                        help="afterwards delete this run's webhooks, and the keys and targets that were made")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    if arguments.url and not (arguments.receiver and arguments.access):
        parser.error("--url needs --receiver URL and --access FILE")
    return arguments


def positive(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


@dataclass
class Target:
    """The service that gets the load."""
    url: str
    receiver: str
    operator: list  # the operator's command line; empty if there is none
    access: pathlib.Path


def find_service(arguments):
    """The service that the arguments name, or the one that scripts/run has started."""
    operator = shlex.split(arguments.operator or "")
    if arguments.url:
        return Target(arguments.url.rstrip("/"), arguments.receiver, operator, arguments.access)
    folder = arguments.dir
    try:
        ports = re.findall(r"listen 127\.0\.0\.1:(\d+) ", (folder / "nginx/nginx.conf").read_text())
        os.kill(int((folder / "nginx.pid").read_text()), 0)
    except (OSError, ValueError):
        sys.exit(f"scripts/load: no service runs in {folder}; start one by scripts/run, or name one by --url")
    http, _, receiver = ports
    return Target(
        url=f"http://127.0.0.1:{http}", receiver=arguments.receiver or f"https://localhost:{receiver}/hook",
        operator=operator or [str(ROOT / "build/release/admin/targethooks"), "--config", f"{folder}/targethooks.conf"],
        access=arguments.access or folder / "load.access")


def run(arguments):
    service = find_service(arguments)
    say = (lambda *_: None) if arguments.json else (lambda *lines: print(*lines, sep="\n", flush=True))
    access = Access(service.access, service.operator)
    access.complete(arguments.keys, arguments.targets, say)
    api = Api(service.url, access, arguments.ca)
    name = f"load {secrets.token_hex(6)}"
    marks = api.newest_ids()
    connections = arguments.connections or (256 if arguments.rate else 64)
    plan = Plan(url=service.url, ca=arguments.ca, seconds=arguments.seconds, connections=connections,
                rate=arguments.rate, senders=arguments.senders or open_loop.senders_for(arguments.rate or 1),
                requests=registrations(service, access, arguments.type, name))
    say(report.heading(plan, arguments, access))
    with tempfile.TemporaryDirectory(prefix="targethooks-load-") as directory, Ending() as ending:
        measure = open_loop.measure if arguments.rate else closed_loop.measure
        result = measure(plan, pathlib.Path(directory), ending)
    time.sleep(SETTLE_SECONDS)
    say(report.figures(result), "Reading what was stored ...")
    comparison = result.compare_with(api.webhooks(name, marks))
    faults = [*comparison.faults(), *result.faults()]
    say(report.stored(comparison), *(f"FAULT: {fault}" for fault in faults))
    if arguments.json:
        print(json.dumps({"name": name, **dataclasses.asdict(result.summary()),
                          **dataclasses.asdict(comparison.summary()), "faults": faults}, indent=1))
    if arguments.delete:
        api.delete(name, marks)
        access.delete_made()
        say("Deleted the webhooks of this run, and the keys and targets that were made.")
    else:
        say(f'They stay, under the name "{name}". --delete deletes those of its own run.')
    return 130 if result.interrupted else 1 if faults else 0


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(parse_arguments())
    except (AccessError, ApiError, OSError) as failure:
        sys.exit(f"scripts/load: {failure}")
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
