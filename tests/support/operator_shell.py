"""Runs the program `targethooks` as an operator does, with a configuration for its own schema.

TEST_PROGRAM names the program.
"""

import json
import os
import subprocess

PROGRAM = os.environ["TEST_PROGRAM"]

DONE, REFUSED, USAGE, CONFIGURATION, DATABASE, SCHEMA = range(6)


def run(*words, config=None, environment=None, text=None):
    """Runs the program with these arguments and this standard input. Returns the result of subprocess.run."""
    configured = ["--config", str(config)] if config else []
    given = {"stdin": subprocess.DEVNULL} if text is None else {"input": text}
    return subprocess.run([PROGRAM, *configured, *words], capture_output=True, text=True, check=False, timeout=120,
                          env={"PATH": os.environ["PATH"], **(environment or {})}, **given)


class Operator:
    """See the module's text."""

    def __init__(self, server, directory):
        self.server = server
        self.schema = server.create_schema()
        password = "operator"
        user = server.create_user(password, "admin", self.schema)
        self.config = directory / "targethooks.conf"
        self.config.write_text(server.config_lines(self.schema, "admin", user, password))

    def run(self, *words, text=None):
        return run(*words, config=self.config, text=text)

    def json(self, *words, text=None):
        """The document that the command prints."""
        done = self.run(*words, "--json", text=text)
        assert (done.returncode, done.stderr) == (DONE, ""), done
        assert done.stdout.endswith("\n") and done.stdout.count("\n") == 1
        return json.loads(done.stdout)

    def refused(self, code, message, *words):
        """Checks that the command fails with that code and message, and prints nothing else."""
        done = self.run(*words)
        assert done.returncode == code, done
        assert message in done.stderr
        assert done.stderr.startswith("targethooks: ")
        assert done.stdout == ""

    def rows(self, statement):
        return self.server.execute(statement, self.schema)
