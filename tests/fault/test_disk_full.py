"""The file system of the database's files is full, and has room again.

The data directory lies on a small file system in memory. Only root may mount one. For an ordinary user the test runs in
a namespace of its own, where that user may.
"""

import contextlib
import ctypes
import functools
import os
import pathlib
import subprocess
import sys

from load import Load, expect_away, post_at_once, post_one, settle, wait_for_service
from support.mariadb import PrivateMariaDB
from support.service import Service, wait_until

SIZE = b"size=400m"
MAY_MOUNT = "TARGETHOOKS_TEST_MAY_MOUNT"


def with_the_right_to_mount(test):
    """Runs the test itself as root; otherwise it runs the test with that right in its own namespace."""
    if os.geteuid() == 0 or MAY_MOUNT in os.environ:
        return test

    @functools.wraps(test)
    def run_in_a_namespace():
        command = ["unshare", "--map-current-user", "--keep-caps", "--mount", sys.executable, "-m", "pytest",
                   "-q", "-s", "-p", "no:cacheprovider", f"{__file__}::{test.__name__}"]
        assert subprocess.run(command, env={**os.environ, MAY_MOUNT: "1"}, check=False).returncode == 0

    return run_in_a_namespace


@contextlib.contextmanager
def small_file_system(directory):
    # Not by mount(8), which checks the user and not the user's rights.
    libc = ctypes.CDLL(None, use_errno=True)
    path = os.fsencode(directory)
    if libc.mount(b"targethooks-test", path, b"tmpfs", ctypes.c_ulong(0), SIZE) != 0:
        raise OSError(ctypes.get_errno(), "mount")
    try:
        yield
    finally:
        if libc.umount2(path, 0) != 0:
            raise OSError(ctypes.get_errno(), "umount")


@contextlib.contextmanager
def database_of_little_room():
    database = PrivateMariaDB(external_allowed=False)
    with contextlib.ExitStack() as stack:
        # In reverse at the end: the server, then its file system, then its directory.
        stack.callback(database.close)
        stack.enter_context(small_file_system(database.directory))
        stack.callback(database.kill9)
        yield database.start()


def fill(database):
    """Fills the file system. Returns the file that occupies the space."""
    ballast = pathlib.Path(database.directory) / "ballast"
    with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    assert os.statvfs(database.directory).f_bavail == 0
    return ballast


def full_and_room_again(service, database, tries):
    """Registers until the tables can't grow, makes room, and waits for the service."""
    ballast = fill(database)

    def refused():
        tries.extend(post_at_once(service, 50))
        return tries[-1].status == 500

    wait_until(refused, "the database runs out of room", 120)
    away = post_at_once(service, 20) + [post_one(service, kind) for kind in ("json", "urlencoded", "multipart")]
    # Small rows may still fit here and there.
    for one in away:
        if one.status != 200:
            expect_away(one)
    ballast.unlink()
    tries += away + wait_for_service(service)


@with_the_right_to_mount
def test_full_and_room_again():
    with database_of_little_room() as database, Service(database=database) as service:
        tries = post_at_once(service, 20)
        for _ in range(2):
            full_and_room_again(service, database, tries)
        answers = settle(service, tries, "disk full twice")
        assert answers[500] >= 2 and answers[0] == 0


@with_the_right_to_mount
def test_full_under_load():
    with database_of_little_room() as database, Service(database=database) as service:
        with Load(service, 16) as load:
            load.wait_for(100)
            ballast = fill(database)
            load.wait_for(50, status=500)
            ballast.unlink()
            load.wait_for(200)
        answers = settle(service, load.sent, "disk full under load")
        assert answers[0] == 0
