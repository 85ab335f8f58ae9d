"""Shared by the tests of the sender: an authority, and send_tool with a resolver whose answers the tests choose.
SEND_TOOL names the program.
"""

import contextlib
import json
import os
import pathlib
import resource
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
from support.tls_receiver import Authority  # noqa: E402

NAME = "good.test"


def pytest_configure():
    """A thousand requests at once need more descriptors, here and in send_tool, than ordinary users get by default."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


class Tool:
    """A process of send_tool, whose output is read line by line."""

    def __init__(self, directory, authority, names, environment=None, **settings):
        self._names = pathlib.Path(directory) / "names"
        self.resolve(names)
        arguments = {"ca_file": authority.path, "connect_timeout": 30000, "total_timeout": 30000, **settings}
        self._process = subprocess.Popen(
            [os.environ["SEND_TOOL"], *(f"{key}={value}" for key, value in arguments.items())],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={"LYING_RESOLVER": str(self._names), **(environment or {})})
        self._tag = 0
        self.status = 0  # the expected exit status

    def end(self):
        """Stops it cleanly, so that sanitizers can report. Returns the exit status."""
        with contextlib.suppress(BrokenPipeError):
            self.tell(do="cancel")
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            return self._process.wait(60)
        finally:
            self._process.kill()
            self._process.stdout.close()

    def resolve(self, names):
        """Sets the resolver's answers from now on. names: words by name, see lying_resolver.cpp."""
        self._names.write_text("".join(f"{name} {words}\n" for name, words in names.items()))

    def tell(self, **line):
        self._process.stdin.write(json.dumps(line).encode() + b"\n")
        self._process.stdin.flush()

    def start(self, url, check_cert=True, headers=("content-type: application/json",), body="{}", account=1):
        """Returns the tag of the request."""
        self._tag += 1
        self.tell(tag=self._tag, url=url, check_cert=check_cert, headers=list(headers), body=body, account=account)
        return self._tag

    def read(self):
        line = self._process.stdout.readline()
        assert line, "send_tool has ended"
        return json.loads(line.decode(errors="replace"))

    def outcomes(self, count):
        """Waits for that number of outcomes. Returns them by tag."""
        self.tell(do="wait", **{"for": count})
        found = [self.read() for _ in range(count)]
        return {outcome["tag"]: outcome for outcome in found}

    def send(self, url, **request):
        """Sends one request and returns its outcome."""
        tag = self.start(url, **request)
        return self.outcomes(1)[tag]

    def refuse_descriptors(self):
        """From now on the tool gets no more descriptors."""
        count = max(map(int, os.listdir(f"/proc/{self._process.pid}/fd"))) + 1
        resource.prlimit(self._process.pid, resource.RLIMIT_NOFILE, (count, count))

    def threads(self):
        return len(os.listdir(f"/proc/{self._process.pid}/task"))


@pytest.fixture(scope="session", name="authority")
def make_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session", name="good")
def make_good_certificate(authority):
    return authority.issue(NAME)


@pytest.fixture(name="tool")
def make_tool(tmp_path, authority):
    """A function that starts send_tool. By default it knows NAME at 127.0.0.1, which is allowed."""
    started = []

    def start(names=None, **settings):
        settings = {"allow": "127.0.0.1", **settings}
        tool = Tool(tmp_path, authority, {NAME: "127.0.0.1"} if names is None else names, **settings)
        started.append(tool)
        return tool

    yield start
    assert [tool.end() for tool in started] == [tool.status for tool in started]
