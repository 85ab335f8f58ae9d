"""The keys and targets that a load uses, and the file that keeps them.

One line each: "key KEY", "target ID". What this program has made itself carries more words, so that it is recognised
and can be deleted: "key KEY made ID", "target ID made"; "account ID" and "user ID" are their owners.
"""

import json
import os
import subprocess

COMMAND_SECONDS = 60


class AccessError(Exception):
    """Keys or targets can't be had."""


class Access:
    """keys and targets are lists of text; all of one account, and each key may use each target."""

    def __init__(self, path, operator):
        self._path = path
        self._operator = operator
        self._lines = [line.split() for line in path.read_text().splitlines() if line.strip()] if path.exists() else []
        for words in self._lines:
            if words[0] not in ("account", "user", "key", "target") or len(words) < 2:
                raise AccessError(f'{path}: expected "key KEY" or "target ID", not "{" ".join(words)}"')

    @property
    def keys(self):
        return self._all("key")

    @property
    def targets(self):
        return self._all("target")

    def complete(self, keys, targets, say):
        """Makes what is missing. A file that was written by hand is taken as it is."""
        missing_keys, missing_targets = keys - len(self.keys), targets - len(self.targets)
        if self.keys and self.targets and (not self._all("account") or max(missing_keys, missing_targets) <= 0):
            return
        if not self._operator:
            raise AccessError(f"{self._path} has no key or no target; write them there, or name --operator")
        say("Making keys and targets ...")
        account = self._owner("account", "account", "create", "--name", "Load test")
        user = self._owner("user", "user", "create", "--account", account, "--email", f"load-{account}@example.com",
                           "--name", "Load test")
        for _ in range(missing_keys):
            made = self._run("key", "create", "--user", user, "--name", "load test", "--rights", "read,manage")
            self._add("key", made["key"], "made", made["id"])
        for number in range(missing_targets):
            made = self._run("target", "create", "--account", account, "--name", f"Load test {number + 1}",
                             "--url", "https://shop.example.com")
            self._add("target", made["id"], "made")

    def delete_made(self):
        """Deletes the targets and revokes the keys that were made. Account and user stay for the next time."""
        for words in list(self._lines):
            if words[2:3] == ["made"] and self._operator:
                if words[0] == "target":
                    self._run("target", "delete", words[1])
                else:
                    self._run("key", "revoke", words[3])
                self._lines.remove(words)
                self._write()

    def _all(self, kind):
        return [words[1] for words in self._lines if words[0] == kind]

    def _owner(self, kind, *command):
        if not self._all(kind):
            self._add(kind, self._run(*command)["id"])
        return self._all(kind)[0]

    def _add(self, *words):
        """Written at once, so that nothing that was made is forgotten when this program is interrupted."""
        self._lines.append(list(words))
        self._write()

    def _write(self):
        new = self._path.with_name(self._path.name + ".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.writelines(" ".join(words) + "\n" for words in self._lines)
        new.replace(self._path)

    def _run(self, *arguments):
        try:
            done = subprocess.run([*self._operator, "--json", *arguments], stdin=subprocess.DEVNULL, text=True,
                                  capture_output=True, check=False, timeout=COMMAND_SECONDS)
        except (OSError, subprocess.TimeoutExpired) as failure:
            raise AccessError(f"{self._operator[0]} can't be run: {failure}") from failure
        if done.returncode != 0:
            raise AccessError(f"{' '.join([*self._operator, *arguments])}: {done.stderr.strip()}")
        return json.loads(done.stdout) if done.stdout.strip() else None
