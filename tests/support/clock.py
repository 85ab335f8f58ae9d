"""The wall clock of programs, which a test steps while they run.

    clock = Clock(directory)
    with PrivateMariaDB(external_allowed=False, environment=clock.environment()) as database:
        clock.step_to(-3600)

Debian's libfaketime stands between a program and its C library, and adds to CLOCK_REALTIME what a file says, each
time anew. The monotonic clock, and so every duration, is the true one: that is what a step of a host's clock is
like. AddressSanitizer has to bear being loaded second: it is loaded before its own program all the same.

A test must look for itself whether the program has seen the step.
"""

import os
import pathlib

# ld.so replaces this by the machine's directory of libraries.
LIBRARY = "/usr/$LIB/faketime/libfaketimeMT.so.1"


class Clock:
    """See the module's text."""

    def __init__(self, directory):
        self._file = pathlib.Path(directory) / "clock"
        self.seconds = 0
        self.step_to(0)

    def step_to(self, seconds):
        """So many seconds ahead of the true time."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        os.replace(new, self._file)
        self.seconds = seconds

    def environment(self, sanitizer_options=""):
        """What a program's environment must have. sanitizer_options: further ones for AddressSanitizer."""
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
                "ASAN_OPTIONS": sanitizer_options + ":verify_asan_link_order=0"}
