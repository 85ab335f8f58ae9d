"""What the service has stored, read through its API."""

import concurrent.futures
import http.client
import itertools
import json
import ssl
import threading
import urllib.parse

THREADS = 4
TIMEOUT_SECONDS = 30


class ApiError(Exception):
    """The service can't be asked, or refuses to answer."""


class Api:
    """Reads and deletes the webhooks of the targets, with the first key."""

    def __init__(self, url, access, ca):
        self._url = urllib.parse.urlsplit(url)
        self._targets = access.targets
        self._headers = {"Authorization": f"JWT {access.keys[0]}"}
        self._tls = ssl.create_default_context(cafile=ca) if self._url.scheme == "https" else None
        self._of_thread = threading.local()

    def newest_ids(self):
        """Of each target that has webhooks, the id of the newest one."""
        pages = self._in_parallel(lambda target: self._page(f"/targets/{target}/webhooks/?length=1"), self._targets)
        return {target: page["results"][0]["id"] for target, page in zip(self._targets, pages) if page["results"]}

    def webhooks(self, name, marks):
        """The ids of all webhooks with that name that are newer than their target's mark."""
        lists = self._in_parallel(lambda target: list(self._newer(target, name, marks.get(target, ""))), self._targets)
        return list(itertools.chain.from_iterable(lists))

    def delete(self, name, marks):
        def delete_of(target):
            for webhook in list(self._newer(target, name, marks.get(target, ""))):
                self._send("DELETE", f"/targets/{target}/webhooks/{webhook}/", 204)
        self._in_parallel(delete_of, self._targets)

    def _newer(self, target, name, mark):
        """Lists show the newest first, and the order of ids as text is their order in time."""
        path = f"/targets/{target}/webhooks/?length=100"
        while path:
            page = self._page(path)
            for one in page["results"]:
                if one["id"] <= mark:
                    return
                if one["name"] == name:
                    yield one["id"]
            path = page["next"]

    def _page(self, path):
        return json.loads(self._send("GET", path, 200))

    def _send(self, method, path, expected):
        connection = self._connection()
        try:
            connection.request(method, self._url.path + path, headers=self._headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as failure:
            connection.close()
            raise ApiError(f"{method} {path}: {failure or type(failure).__name__}") from failure
        if response.status != expected:
            raise ApiError(f"{method} {path}: {response.status} {body.decode(errors='replace')}")
        return body

    def _connection(self):
        if not hasattr(self._of_thread, "connection"):
            make = http.client.HTTPConnection
            options = {"timeout": TIMEOUT_SECONDS}
            if self._tls:
                make, options = http.client.HTTPSConnection, {**options, "context": self._tls}
            self._of_thread.connection = make(self._url.hostname, self._url.port, **options)
        return self._of_thread.connection

    @staticmethod
    def _in_parallel(work, values):
        with concurrent.futures.ThreadPoolExecutor(THREADS) as threads:
            return list(threads.map(work, values))
