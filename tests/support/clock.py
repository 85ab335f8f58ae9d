"""A wall clock that a test steps while the programs under test run.

    clock = Clock(directory)
    with PrivateMariaDB(external_allowed=False, environment=clock.environment()) as database:
        clock.step_to(-3600)

Debian's libfaketime intercepts calls to the C library and adds an offset to CLOCK_REALTIME. It reads the offset from
a file at each call. The monotonic clock, and so every duration, stays true, as when a host's clock is stepped.
AddressSanitizer is loaded after libfaketime, but still before its own program.

A test must check for itself that the program has seen the step.
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
        """Sets the clock this number of seconds ahead of the true time."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        os.replace(new, self._file)
        self.seconds = seconds

    def environment(self, sanitizer_options=""):
        """The variables for a program's environment. sanitizer_options: further options of AddressSanitizer."""
        return {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self._file), "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1",
                "ASAN_OPTIONS": sanitizer_options + ":verify_asan_link_order=0"}
