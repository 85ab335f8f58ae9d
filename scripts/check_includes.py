#!/usr/bin/python3
"""Which room of the source may include which, and where a library's headers may be named.

Run by scripts/check. Prints one line for each #include that breaks a rule; exits with 1 if there is any.
"""

import fnmatch
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')

# Room: the rooms whose headers it may include, besides its own. A file's room is the longest of these folders
# that it is in.
ROOMS = {
    "fcgi/http": [],
    "sql": [],
    "handlers": ["fcgi/http", "sql"],
    "fcgi": ["fcgi/http"],
    "delivery": ["sql"],
    "admin": ["sql"],
}

# Small and self-contained, so every room may include them.
SHARED = ["fcgi/log.hpp", "fcgi/http/text.hpp", "fcgi/http/json_body.hpp", "fcgi/http/json_writer.hpp",
          "fcgi/http/result.hpp",
          "delivery/destination.hpp"]

# The files that join rooms into a program may include all of them.
JOINING_FILES = ["*/main.cpp", "fcgi/api_options.hpp", "fcgi/api_options.cpp"]

# Headers of libraries, and the files that may name them.
LIBRARIES = {
    "cppconn/*": ["sql/*.cpp"],
    "mysql_*": ["sql/*.cpp"],
    "mysql/*": [],
    "rapidjson/*": ["fcgi/http/json_body.cpp", "fcgi/http/json_writer.hpp",
          "fcgi/http/result.hpp", "admin/output.cpp"],
    "curl/*": ["handlers/webhook_url.cpp", "delivery/*.cpp", "delivery/curl_handles.hpp"],
    "fcgi*.h": ["fcgi/*.cpp"],
    "boost/program_options*": ["admin/*.cpp"],
}


def matches(path, patterns):
    """As in a shell: "*" stops at a slash."""
    return any(path.count("/") == pattern.count("/") and fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def room_of(path):
    rooms = [room for room in ROOMS if path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def fault_of_own_header(path, header):
    if not (ROOT / header).is_file():
        return "there is no such file; headers of ours are named from the top folder"
    if header in SHARED or matches(path, JOINING_FILES):
        return None
    room, other = room_of(path), room_of(header)
    if other == room or other in ROOMS[room]:
        return None
    allowed = ", ".join(ROOMS[room]) or "nothing of ours"
    return f"{room} may include {allowed}"


def fault_of_library_header(path, header):
    for pattern, allowed in LIBRARIES.items():
        if fnmatch.fnmatchcase(header, pattern) and not matches(path, allowed):
            return f"only these may: {', '.join(allowed) or 'no file'}"
    return None


def faults(path):
    for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1):
        if not (include := INCLUDE.match(line)):
            continue
        quote, header = include.groups()
        fault = fault_of_own_header(path, header) if quote == '"' else fault_of_library_header(path, header)
        if fault:
            yield f"{path}:{number}: includes {header}: {fault}"


def main():
    files = [str(file.relative_to(ROOT)) for room in ROOMS for file in (ROOT / room).rglob("*.[ch]pp")]
    found = [fault for path in sorted(set(files)) for fault in faults(path)]
    print(*found, sep="\n", end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
