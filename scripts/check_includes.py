#!/usr/bin/python3
"""Which room of the source may include which, and where a library's headers may be named.

Run by scripts/check. Prints one line for each #include that breaks a rule, and one for each folder of sources that is no
room; exits with 1 if there is any.
"""

import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

BASE = ["common/base"]
COMMON = ["common/base", "common/model", "common/security"]
SQL = ["sql/connection", "sql/events", "sql/deliveries", "sql/operator", "sql/webhooks", "sql/group_commit",
       "sql/accounts"]

# Room: the rooms whose headers it may include, besides its own. A room is a folder, without those inside it.
ROOMS = {
    "common/base": [],
    "common/model": BASE,
    "common/security": ["common/base", "common/model"],
    "fcgi/http": BASE,
    "fcgi": [*BASE, "fcgi/http"],
    # Each of these may include those before it.
    "sql/connection": COMMON,
    "sql/events": [*COMMON, *SQL[:1]],
    "sql/deliveries": [*COMMON, *SQL[:2]],
    "sql/operator": [*COMMON, *SQL[:3]],
    "sql/webhooks": [*COMMON, *SQL[:4]],
    "sql/group_commit": [*COMMON, *SQL[:5]],
    "sql/accounts": [*COMMON, "sql/connection"],
    # The routes name every operation, which is made of what the operations share.
    "handlers": [*COMMON, "fcgi/http", *SQL, "handlers/accounts", "handlers/webhooks", "handlers/events"],
    "handlers/accounts": [*COMMON, "fcgi/http", *SQL, "handlers"],
    "handlers/webhooks": [*COMMON, "fcgi/http", *SQL, "handlers"],
    "handlers/events": [*COMMON, "fcgi/http", *SQL, "handlers"],
    "delivery/http": COMMON,
    "delivery/schedule/fairness": ["common/model"],
    "delivery/schedule": ["common/model", "sql/deliveries", "delivery/http", "delivery/schedule/fairness"],
    "delivery/scan": ["common/model", "common/security", "sql/deliveries", "delivery/schedule"],
    # The dispatcher is one of the daemon's threads, and needs what the threads share.
    "delivery/dispatch": [*COMMON, *SQL, "delivery", "delivery/http", "delivery/scan", "delivery/schedule"],
    "delivery/mail": [*COMMON, "sql/deliveries"],
    "delivery": [*COMMON, *SQL, "delivery/dispatch", "delivery/http", "delivery/mail", "delivery/schedule"],
    "admin": [*COMMON, *SQL],
    "admin/commands": [*COMMON, *SQL, "admin"],
}

# The file that joins rooms into a program may include all of them.
JOINING_FILE = "main.cpp"

# Folders that hold no source of a program.
OTHER_FOLDERS = ["build", "tests"]

# Headers of libraries, and the files that may name them.
LIBRARIES = {
    "cppconn/*": ["sql/connection/*.cpp"],
    "mysql_*": ["sql/connection/*.cpp"],
    "mysql/*": [],
    "rapidjson/*": ["common/base/json.cpp", "common/base/json_writer.hpp"],
    "curl/*": ["delivery/http/*.cpp", "delivery/http/curl_handles.hpp", "common/security/url.cpp"],
    "uriparser/*": ["common/security/webhook_url.cpp"],
    "fcgi*.h": ["fcgi/*.cpp"],
    "CLI/*": ["admin/command_line.cpp"],
}


def matches(path, patterns):
    """As in a shell: "*" stops at a slash."""
    return any(path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def room_of(path):
    return str(pathlib.PurePath(path).parent)


def error_of_own_header(path, header):
    if not (ROOT / header).is_file():
        return "there is no such file; headers of ours are named from the top folder"
    room, other = room_of(path), room_of(header)
    if other == room or other in ROOMS[room] or pathlib.PurePath(path).name == JOINING_FILE:
        return None
    allowed = ", ".join(ROOMS[room]) or "nothing of ours"
    return f"{room} may include {allowed}"


def error_of_library_header(path, header):
    for pattern, allowed in LIBRARIES.items():
        if fnmatch.fnmatchcase(header, pattern) and not matches(path, allowed):
            return f"only these may: {', '.join(allowed) or 'no file'}"
    return None


def faults(path):
    if room_of(path) not in ROOMS:
        yield f"{path}: the folder is no room"
        return
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1):
        if not (include := INCLUDE.match(line)):
            continue
        quote, header = include.groups()
        fault = error_of_own_header(path, header) if quote == '"' else error_of_library_header(path, header)
        if fault:
            yield f"{path}:{number}: includes {header}: {fault}"


def main():
    files = [str(file.relative_to(ROOT)) for file in ROOT.glob("*/**/*.[ch]pp")]
    sources = sorted(file for file in files if not file.startswith(".") and file.split("/")[0] not in OTHER_FOLDERS)
    found = [fault for path in sources for fault in faults(path)]
    found += [f"{room}: there is no such room" for room in ROOMS if not (ROOT / room).is_dir()]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
