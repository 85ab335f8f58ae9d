"""One process of open_loop.py: sends requests when they are due, each on a kept connection that is free.

    sender.py ORDERS

ORDERS is a JSON file. The answers' file gets the seconds from the first request to the last answer, and then a line for
each request: status (0 where no answer came), latency since the request was due, delay of this process itself, both in
nanoseconds, and the body.
"""

import asyncio
import collections
import ctypes
import json
import os
import signal
import ssl
import struct
import sys
import time
import urllib.parse

DRAIN_SECONDS = 10
NS = 1_000_000_000
CLOCK_MONOTONIC, TFD_TIMER_ABSTIME = 1, 1


class Timer:
    """Calls back at a time of time.monotonic_ns(). The event loop's own timers are rounded up to milliseconds."""

    def __init__(self, loop, callback):
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._fd = self._libc.timerfd_create(CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        self._callback = callback
        loop.add_reader(self._fd, self._on_readable)

    def set(self, at_ns):
        value = struct.pack("qqqq", 0, 0, at_ns // NS, at_ns % NS)
        if self._libc.timerfd_settime(self._fd, TFD_TIMER_ABSTIME, value, None) != 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")

    def _on_readable(self):
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return
        self._callback()


class Due:
    """A request that is due at a time; delay is how late this process noticed."""

    def __init__(self, at_ns, delay_ns, request):
        self.at_ns, self.delay_ns, self.request = at_ns, delay_ns, request


class Connection(asyncio.Protocol):
    """Carries one request at a time and tells the sender what became of it."""

    def __init__(self, sender):
        self._sender = sender
        self._buffer = b""
        self._due = None
        self._transport = None

    def connection_made(self, transport):
        self._transport = transport
        self._sender.is_free(self)

    def send(self, due):
        self._due = due
        self._transport.write(due.request)

    def data_received(self, data):
        self._buffer += data
        head_end = self._buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        lines = self._buffer[:head_end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        end = head_end + 4 + int(headers.get("content-length", 0))
        if self._due is None or len(self._buffer) < end:
            return
        body, self._buffer = self._buffer[head_end + 4 : end], b""
        due, self._due = self._due, None
        self._sender.ended(due, int(lines[0].split(" ")[1]), body)
        if headers.get("connection", "").lower() == "close":
            self._transport.close()  # nginx closes a connection after a number of requests
        else:
            self._sender.is_free(self)

    def connection_lost(self, _):
        due, self._due = self._due, None
        self._sender.is_lost(self, due)


class Sender:
    """All requests of this process."""

    def __init__(self, orders):
        self._orders = orders
        self._url = urllib.parse.urlsplit(orders["url"])
        self._tls = ssl.create_default_context(cafile=orders["ca"]) if self._url.scheme == "https" else None
        self._port = self._url.port or (443 if self._tls else 80)
        self._requests = [one.encode("latin-1") for one in orders["requests"]]
        self._period_ns = NS / orders["rate"]
        self._count = max(1, round(orders["rate"] * orders["seconds"]))
        self._next = 0
        self._free = []  # the last one to become free is used first, so that few are idle for long
        self._waiting = collections.deque()
        self._open = 0  # connections, those that are being opened included
        self._in_hand = 0
        self.answers = []

    async def run(self):
        loop = asyncio.get_running_loop()
        self._timer = Timer(loop, self._on_time)
        self._all_ended = loop.create_future()
        loop.add_signal_handler(signal.SIGINT, self._stop)
        self._start_ns = time.monotonic_ns() + NS // 10 + int(self._orders["offset"] * self._period_ns)
        self._timer.set(self._start_ns)
        try:
            await asyncio.wait_for(asyncio.shield(self._all_ended), self._orders["seconds"] + DRAIN_SECONDS)
        except asyncio.TimeoutError:
            self.answers += [(0, 0, 0, b"")] * self._in_hand
        # At least the time of all periods: the last request has a period of its own.
        return max(time.monotonic_ns() - self._start_ns, self._next * self._period_ns) / NS

    def _due_ns(self, number):
        return self._start_ns + int(number * self._period_ns)

    def _on_time(self):
        now = time.monotonic_ns()
        while self._next < self._count and self._due_ns(self._next) <= now:
            at_ns = self._due_ns(self._next)
            self._in_hand += 1
            self._waiting.append(Due(at_ns, now - at_ns, self._requests[self._next % len(self._requests)]))
            self._next += 1
        self._send_waiting()
        if self._next < self._count:
            self._timer.set(self._due_ns(self._next))

    def _stop(self):
        self._count = self._next
        self._end_if_done()

    def _send_waiting(self):
        while self._waiting and self._free:
            self._free.pop().send(self._waiting.popleft())
        wanted = min(len(self._waiting), self._orders["connections"] - self._open)
        for _ in range(wanted):
            self._open += 1
            asyncio.ensure_future(self._connect())

    async def _connect(self):
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: Connection(self), self._url.hostname, self._port, ssl=self._tls)
        except OSError:
            self.is_lost(None, self._waiting.popleft() if self._waiting else None)

    # Told by connections

    def is_free(self, connection):
        self._free.append(connection)
        self._send_waiting()

    def is_lost(self, connection, due):
        self._open -= 1
        if connection in self._free:
            self._free.remove(connection)
        if due:
            self.ended(due, 0, b"")
        self._send_waiting()

    def ended(self, due, status, body):
        self._in_hand -= 1
        self.answers.append((status, time.monotonic_ns() - due.at_ns, due.delay_ns, body))
        self._end_if_done()

    def _end_if_done(self):
        if self._in_hand == 0 and self._next >= self._count and not self._all_ended.done():
            self._all_ended.set_result(None)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        orders = json.load(file)
    sender = Sender(orders)
    seconds = asyncio.run(sender.run())
    with open(orders["answers"], "wb") as file:
        file.write(b"%f\n" % seconds)
        for status, latency, delay, body in sender.answers:
            file.write(b"%d %d %d %s\n" % (status, latency, delay, body.replace(b"\n", b" ").replace(b"\r", b" ")))


if __name__ == "__main__":
    main()
