"""The walk of docs/clients.md is true: its commands are run as they stand, and their answers are those shown.

Only what differs from one service to the next is replaced: the service's address, the key, and ids from earlier
answers. An answer has the values shown, except ids (the same one wherever the document has the same), times, secrets
and entity tags, which have the form shown.
"""

import json
import os
import re
import subprocess

import pytest
from support.boxes import boxes
from support.daemon import Daemon
from support.service import Service, wait_until
from support.tls_receiver import Authority, Proxy, Receiver, response


FORMS = {
    "id": re.compile(r"[1-9A-HJ-NP-Za-km-z]{11}"),
    "time": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    "secret": re.compile(r"whsec_[A-Za-z0-9+/]{43}="),
    "entity tag": re.compile(r'"[0-9a-f]{32}(-[0-9a-f]{16})?"'),
}
# What is the same in the document is the same in the answers, except times: the document's are made up.
CONSISTENT = ("id", "secret", "entity tag")
STATUS = "\nthe status is "
MOST_SECONDS = 60
# Values that are different each time.
VARYING = ("duration_ms",)
# The document's receiver, and the path and type of event to which it answers 503.
RECEIVER = "ci.example.com"
REFUSED = ("POST /hook HTTP/1.1", "scan_completed")
# What is scheduled before these sections is sent by then: first the greetings, so that the refused one is the last.
DELIVERED_BEFORE = ("### Publish an event", "### See why a delivery failed")


class Names:
    """The document's names for things, and the names that they have here."""

    def __init__(self, known=()):
        self._real = dict(known)

    def put_in(self, text):
        for documented, real in self._real.items():
            text = text.replace(documented, real)
        return text

    def compare(self, shown, real, place="answer"):
        """Fails if the answer is not the one shown; learns names from it."""
        assert type(shown) is type(real), (place, shown, real)
        if isinstance(shown, dict):
            assert list(shown) == list(real), place
            for key, value in shown.items():
                if key not in VARYING:
                    self.compare(value, real[key], f"{place}.{key}")
        elif isinstance(shown, list):
            assert len(shown) == len(real), (place, real)
            for index, value in enumerate(shown):
                self.compare(value, real[index], f"{place}[{index}]")
        elif form := form_of(shown):
            assert FORMS[form].fullmatch(real), (place, real)
            if form in CONSISTENT:
                self._learn(shown, real, place)
        else:
            assert shown == real, place

    def _learn(self, shown, real, place):
        """One name in the document for each thing."""
        assert self._real.setdefault(shown, real) == real, (place, shown, real)
        assert list(self._real.values()).count(real) == 1, (place, shown, real)


def form_of(value):
    if not isinstance(value, str):
        return None
    return next((form for form, pattern in FORMS.items() if pattern.fullmatch(value)), None)


class Walk:
    """Runs the document's commands against a service."""

    def __init__(self, service):
        self._service = service
        self.names = Names({
            "http://127.0.0.1:8080": f"http://127.0.0.1:{service.port}",
            "thk_...": service.make_key("walk", rights="read,manage,publish"),
            "5Kd3NBUAdUn": service.target.id,
        })
        self._assignments = []

    def run(self, text):
        """What curl printed and the status of the answer; nothing if the box only names things."""
        text = self.names.put_in(text)
        if re.fullmatch(r"([A-Z]+=.*\n)+", text):
            self._assignments.append(text)
            return None
        script = "set -eu\n" + "".join(self._assignments) + text
        done = subprocess.run(["bash", "-c", script], env=self._environment(), capture_output=True, text=True,
                              timeout=MOST_SECONDS, check=False)
        assert done.returncode == 0, (script, done.stderr)
        answer, _, status = done.stdout.rpartition(STATUS)
        return answer, int(status)

    def deliver(self):
        """Has each delivery sent once to the document's receiver, which a proxy finds."""
        authority = Authority(self._service.directory)
        certificate = authority.issue(RECEIVER)
        with (Receiver(answer, certificate) as receiver,
              Proxy({RECEIVER: ("127.0.0.1", receiver.port)}) as proxy,
              Daemon(self._service, authority=authority, deliver_proxy=f"http://127.0.0.1:{proxy.port}",
                     deliver_time_scale=1)):
            wait_until(self._all_are_sent, "every delivery has an outcome")

    def _all_are_sent(self):
        scheduled = self._service.row("SELECT COUNT(*) AS n FROM deliveries WHERE status = 0 OR lease <> 0")
        return scheduled["n"] == 0

    def _environment(self):
        home = self._service.directory / "curl"
        home.mkdir(exist_ok=True)
        spelled = STATUS.replace("\n", "\\n")
        (home / ".curlrc").write_text(f'silent\nshow-error\nwrite-out = "{spelled}%{{http_code}}"\n')
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return {**environment, "CURL_HOME": str(home)}

    def compare_http(self, shown, answer):
        """An answer with its head, of which the document shows only some lines."""
        head, _, body = shown.partition("\n\n")
        real_head, _, real_body = answer.replace("\r\n", "\n").partition("\n\n")
        lines = (line.split(": ", 1) for line in real_head.splitlines()[1:])
        real = {name.lower(): value for name, value in lines}
        for line in head.splitlines()[1:]:
            name, value = line.split(": ", 1)
            self.names.compare(value, real[name.lower()], name)
        if body.strip():
            self.names.compare(json.loads(body), json.loads(real_body))
        else:
            assert real_body.strip() == ""


def answer(connection):
    while request := connection.read_request():
        refused = (request.line, json.loads(request.body)["event_type"]) == REFUSED
        connection.send(response(503 if refused else 200))


@pytest.fixture(scope="module")
def walk():
    with Service(processes=1) as service:
        yield Walk(service)


def steps():
    """(heading, commands, answer) of the walk and of what follows it. An answer of None: the box only names things."""
    found = []
    for box in boxes("## A walk with curl", "## Pages"):
        if box.language == "sh":
            found.append([box.heading, box.text, None])
        elif box.language in ("json", "http"):
            assert found[-1][2] is None, "two answers to one command"
            found[-1][2] = box
    return found


def test_the_walk_is_as_the_document_tells(walk):
    asked = 0
    delivered = set()
    for heading, commands, shown in steps():
        if heading in DELIVERED_BEFORE and heading not in delivered:
            walk.deliver()
            delivered.add(heading)
        answer = walk.run(commands)
        if answer is None:
            assert shown is None
            continue
        asked += 1
        text, status = answer
        print(commands, status, text, sep="\n")
        if shown.language == "json":
            assert status == 200, (commands, text)
            walk.names.compare(json.loads(shown.text), json.loads(text))
        else:
            assert status == int(shown.text.split()[1]), (commands, text)
            walk.compare_http(shown.text, text)
    assert asked > 20
    assert delivered == set(DELIVERED_BEFORE)


@pytest.mark.parametrize("shown, real", [
    ({"id": "2Nq8Zr4VxKe"}, {"id": "short"}), ({"retries": 0}, {"retries": 1}), ({"retries": 0}, {"retries": False}),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}), ({"a": 1}, {"a": 1, "b": 2}), ([1], [1, 1]), ({"name": "CI"}, {"name": "ci"}),
    (["2Nq8Zr4VxKe", "2Nq8Zr4VxKe"], ["2Nq8Zr4VxKe", "2NqBaYqTm7P"]),
    (["2Nq8Zr4VxKe", "2NqBaYqTm7P"], ["2Nq8Zr4VxKe", "2Nq8Zr4VxKe"]),
    ({"created": "2026-03-01T09:00:00.000000Z"}, {"created": None}),
])
def test_another_answer_is_found(shown, real):
    with pytest.raises(AssertionError):
        Names().compare(shown, real)
