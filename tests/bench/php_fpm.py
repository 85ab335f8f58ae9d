"""The peer: a page of plain PHP (php/register.php) on PHP-FPM, with a configuration and a socket of its own.

It stores what the service stores, in the same tables, as the same user of the database.
"""

import os
import pathlib
import shutil
import subprocess

from processes import children_of
from support import http_client
from support.service import SECRET_KEY, wait_until

FOLDER = pathlib.Path(__file__).resolve().parent / "php"
PAGE = FOLDER / "register.php"


class PhpFpm:
    """PHP-FPM, between entering and leaving a `with` block. `directory` is for its socket and its log."""

    def __init__(self, service, directory, children):
        self.directory = directory
        self.socket_path = str(directory / "php-fpm.sock")
        self._service = service
        self._children = children
        self._process = None

    def __enter__(self):
        self.directory.mkdir()
        with open(self.directory / "output", "ab") as output:
            self._process = subprocess.Popen(
                [_program(), "--allow-to-run-as-root", "--prefix", self.directory, "--fpm-config",
                 FOLDER / "php-fpm.conf"],
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **self._settings()})
        wait_until(self._has_started, "PHP-FPM has its processes")
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    @property
    def pids(self):
        return [self._process.pid, *children_of(self._process.pid)]

    def _settings(self):
        service = self._service
        return {"PHP_DSN": f"mysql:unix_socket={service.database.socket};dbname={service.schema};charset=utf8mb4",
                "PHP_USER": service.api_user, "PHP_PASSWORD": "api-password", "PHP_SECRET_KEY": SECRET_KEY,
                "PHP_CHILDREN": str(self._children)}

    def _has_started(self):
        assert self._process.poll() is None, (self.directory / "output").read_text()
        return len(children_of(self._process.pid)) == self._children


def _program():
    """Debian's name of the program has PHP's version in it."""
    folders = [pathlib.Path(folder) for folder in ("/usr/sbin", "/usr/local/sbin")]
    found = sorted(path for folder in folders for path in folder.glob("php-fpm*"))
    program = shutil.which("php-fpm") or (found and found[-1])
    assert program, "PHP-FPM is missing; it comes with Debian's php-fpm"
    return program


def check_answers(service, port, fields):
    """Fails unless the page behind that port answers and stores as the service does."""
    for kind in http_client.CONTENT_TYPES:
        _check_registration(service, port, kind, fields)
    unknown_target = service.path().replace(service.target.id, "1" * len(service.target.id))
    for status, changes in ((400, {"fields": {"name": "CI"}}),
                            (400, {"fields": {**fields, "url": "http://ci.example.com/hook"}}),
                            (400, {"fields": {**fields, "name": "x" * 256}}),
                            (400, {"fields": {**fields, "check_cert": "perhaps"}}),
                            (401, {"authorization": "JWT unknown"}), (401, {"authorization": None}),
                            (404, {"path": unknown_target}), (404, {"path": service.path(service.other_target)})):
        theirs, ours = (_post(service, one, "json", **{"fields": fields, **changes}) for one in (port, service.port))
        assert theirs.status == ours.status == status, (changes, theirs, ours)
        assert theirs.json() == ours.json(), (changes, theirs, ours)


def _check_registration(service, port, kind, fields):
    theirs, ours = (_post(service, one, kind, fields=fields) for one in (port, service.port))
    assert theirs.status == ours.status == 200, (kind, theirs, ours)
    assert _without_delivery(theirs) == _without_delivery(ours), (kind, theirs, ours)
    rows = [service.webhook_row(one) for one in (theirs, ours)]
    of_this_row = {"id", "secret", "created_at"}
    assert len({str({key: row[key] for key in row.keys() - of_this_row}) for row in rows}) == 1, rows
    # The service can decrypt the secret.
    webhook = theirs.json()["webhooks"][0]["id"]
    secret = service.send(b"", None, method="GET", path=f"{service.path()}{webhook}/secret/")
    assert secret.status == 200, secret


def _without_delivery(response):
    event = response.json()
    return {**event, "webhooks": [sorted(delivery) for delivery in event["webhooks"]]}


def _post(service, port, kind, fields, **how):
    content_type, body = http_client.encode(kind, fields)
    return http_client.exchange(port, service.request(body, content_type, **how))
