"""The programs of package.json, which npm installs into the build folder when package-lock.json has changed.

npm runs as whoever runs the tests, and no script of a package is run. If it can't reach the registry, the tests fail.
"""

import fcntl
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

from support.service import ROOT, build_directory

HERE = pathlib.Path(__file__).resolve().parent
DESCRIPTION = ROOT / "docs" / "openapi.yaml"
MANIFESTS = ("package.json", "package-lock.json")
INSTALL_SECONDS = 480
RUN_SECONDS = 120
# Tools that would tell their makers, or ask them for news.
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


class Tools:
    """Installs them on construction."""

    def __init__(self):
        self._directory = build_directory() / "clients"
        self._directory.mkdir(parents=True, exist_ok=True)
        with open(self._directory / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._install()

    def _install(self):
        wanted = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in MANIFESTS)).hexdigest()
        stamp = self._directory / "installed"
        if stamp.exists() and stamp.read_text() == wanted:
            return
        stamp.unlink(missing_ok=True)
        for name in MANIFESTS:
            shutil.copy(HERE / name, self._directory)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                       cwd=self._directory, stdin=subprocess.DEVNULL, timeout=INSTALL_SECONDS, check=True)
        stamp.write_text(wanted)

    def link_into(self, directory):
        """Lets programs in the folder find the packages, as if npm had installed them there."""
        (directory / "node_modules").symlink_to(self._directory / "node_modules")

    def run(self, command, cwd, **environment):
        """Runs a program of the packages; returns what subprocess.run does."""
        path = f"{self._directory}/node_modules/.bin:{os.environ['PATH']}"
        return subprocess.run(command, cwd=cwd, env={**os.environ, **QUIET, "PATH": path, **environment}, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=RUN_SECONDS, check=False)

    def run_well(self, command, cwd, **environment):
        done = self.run(command, cwd, **environment)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def versions():
    return json.loads((HERE / "package.json").read_text(encoding="utf-8"))["devDependencies"]


def is_pinned(version):
    return re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", version) is not None
