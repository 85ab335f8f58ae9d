"""The load: command lines of wrk, and the files that post.lua reads."""

import json
import pathlib

from support import http_client

SCRIPT = pathlib.Path(__file__).resolve().parent / "post.lua"
FIELDS = {"url": "https://ci.example.com/hook", "name": "CI", "check_cert": True, "api_version": "v1"}
EVENT = json.dumps({"event_type": "scan_completed", "content": {"id": "5Kd3NBUAdUn", "severity": "high"}}).encode()
WRK_THREADS = 2


class Load:
    """Commands for the services that have this population. `directory` is for the files."""

    def __init__(self, directory, population):
        self._directory = directory
        directory.mkdir()
        self.population = population
        self._registrations = self._requests("registrations", population.registrations())
        self._event = self.file("event", EVENT)
        self._bodies = {}
        for kind in http_client.CONTENT_TYPES:
            content_type, body = http_client.encode(kind, FIELDS)
            self._bodies[kind] = (content_type, self.file(kind, body))

    def registration(self, port, kind="json"):
        return _wrk(port, self._registrations, "POST", *self._bodies[kind])

    def page(self, port, of):
        return get(port, self._requests(f"pages-{of}", self.population.pages(of)))

    def single_object(self, port, of):
        return get(port, self._requests(f"single-{of}", self.population.single_objects(of)))

    def publication(self, port, fan_out):
        requests = self._requests(f"publications-{fan_out}", self.population.publications(fan_out))
        return _wrk(port, requests, "POST", "application/json", self._event)

    def _requests(self, name, pairs):
        return self.file(name, "".join(f"{key} {path}\n" for key, path in pairs).encode())

    def file(self, name, content):
        path = self._directory / name
        path.write_bytes(content)
        return path


def get(port, requests_file):
    """Reads the pages that the file names."""
    return _wrk(port, requests_file, "GET")


def _wrk(port, *arguments):
    def command(connections, seconds):
        return ["wrk", f"-t{min(WRK_THREADS, connections)}", f"-c{connections}", f"-d{seconds}s", "-s", str(SCRIPT),
                f"http://127.0.0.1:{port}", "--", *map(str, arguments)]
    return command
