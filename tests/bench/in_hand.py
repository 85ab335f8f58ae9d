"""How much memory a process of the pool takes with many requests in hand: a lock in the database holds them there."""

import contextlib
import resource
import socket
import time

from load import FIELDS
from processes import memory_kib, open_sockets
from support import http_client

HOLD_SECONDS = 1.2  # less than the pool waits for the database
SETTLED_SECONDS = 0.3
PER_ADDRESS = 500  # nginx limits the requests in progress of an address
RECEIVE_BYTES = 65536


def measure(service, count):
    """REQUIRES: the service has one process. Returns the number of requests that it had in hand, its highest memory
    with them in KiB, and the answers by status."""
    (process,) = service.processes
    content_type, body = http_client.encode("json", FIELDS)
    request = service.request(body, content_type, method="POST")
    with contextlib.ExitStack() as stack:
        stack.enter_context(_descriptors(2 * count))
        connections = [stack.enter_context(_connect(service.port, number)) for number in range(count)]
        with service.database.root_connection(service.schema) as lock, lock.cursor() as cursor:
            before = open_sockets(process.pid)
            cursor.execute("LOCK TABLES api_keys WRITE")
            for connection in connections:
                connection.sendall(request)
            held = _wait_until_settled(process.pid, count + before) - before
            memory = memory_kib(process.pid)["peak"]
            cursor.execute("UNLOCK TABLES")
        statuses = [int(connection.recv(RECEIVE_BYTES).split(b" ", 2)[1]) for connection in connections]
    return {"held": held, "kib": memory, "statuses": {status: statuses.count(status) for status in set(statuses)}}


def _connect(port, number):
    return socket.create_connection(("127.0.0.1", port), http_client.DEADLINE_SECONDS,
                                    source_address=(f"127.0.0.{2 + number // PER_ADDRESS}", 0))


def _wait_until_settled(pid, most):
    """Waits until the process has had these many sockets, or as many as before, for a moment. Returns their number."""
    deadline = time.monotonic() + HOLD_SECONDS
    found, since = 0, time.monotonic()
    while time.monotonic() < min(deadline, since + SETTLED_SECONDS):
        if found < most and (now := open_sockets(pid)) > found:
            found, since = now, time.monotonic()
        time.sleep(0.02)
    return found


@contextlib.contextmanager
def _descriptors(count):
    """Allows this process as many. The service has the limit that it was started with."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(count, hard)), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
