"""The frame of both benchmarks: their arguments, their directories, and the file of the figures."""

import argparse
import json
import os
import pathlib
import tempfile

from support.service import end_in_good_order_on_sigterm

ROOT = pathlib.Path(__file__).resolve().parents[2]


def argument_parser(command, text, results):
    parser = argparse.ArgumentParser(prog=command, description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release", help="(default: build/release)")
    parser.add_argument("--results", type=pathlib.Path, default=ROOT / "build/bench" / results,
                        help=f"the file for all figures (default: build/bench/{results})")
    return parser


class Benchmark:
    """measure_all(directory) fills `figures`, which are written to the results, and `faults`. print_report() prints
    them.
    """

    def __init__(self, arguments):
        self.arguments = arguments

    def run(self):
        """The exit code."""
        os.environ["TARGETHOOKS_BUILD"] = str(self.arguments.build)
        end_in_good_order_on_sigterm()
        with tempfile.TemporaryDirectory(prefix="targethooks-bench-", dir="/tmp") as directory:
            self.measure_all(pathlib.Path(directory))
        self.print_report()
        for fault in self.faults:
            say(f"FAULT: {fault}")
        if not self.faults:
            say(self.ALL_WELL)
        self._write_results()
        return 1 if self.faults else 0

    def _write_results(self):
        path = self.arguments.results
        path.parent.mkdir(parents=True, exist_ok=True)
        arguments = {key: str(value) for key, value in vars(self.arguments).items()}
        path.write_text(json.dumps({"arguments": arguments, **self.figures}, indent=1) + "\n")
        say(f"All figures: {path}")


def say(*lines):
    print(*lines, sep="\n", flush=True)
