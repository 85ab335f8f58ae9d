"""The functions of docs/clients.md that verify signatures accept good signatures and refuse others.

Each is run as it stands in the document, with a main program of harness/ that feeds it the cases, in every language
that is installed on this machine. At least four must be; scripts/packages installs that many.
"""

import base64
import hashlib
import hmac
import pathlib
import shutil
import subprocess
import sys
from dataclasses import dataclass

import pytest
from support.boxes import boxes


HARNESS = pathlib.Path(__file__).resolve().parent / "harness"
LEAST_LANGUAGES = 4
(VECTOR_BOX,) = (box for box in boxes("## Verifying signatures") if box.language == "text")
VECTOR = {name: value for name, value in (line.split(maxsplit=1) for line in VECTOR_BOX.text.splitlines())}
SECRET, ID, TIMESTAMP, BODY = (VECTOR[name] for name in ("secret", "webhook-id", "webhook-timestamp", "body"))
SIGNATURE = VECTOR["webhook-signature"]
NOW = int(TIMESTAMP)


@dataclass(frozen=True)
class Language:
    """How a function becomes a program: it is written to `source`, with `harness` after it or in a file of its own."""
    name: str
    box: str
    programs: tuple  # that it takes
    source: str
    harness: str
    main: str
    commands: tuple


LANGUAGES = [
    Language("Python", "python", (), "main.py", "python.py", "main.py", ((sys.executable, "main.py"),)),
    Language("Node.js", "js", ("node",), "main.js", "node.js", "main.js", (("node", "main.js"),)),
    Language("PHP", "php", ("php",), "main.php", "php.php", "main.php", (("php", "main.php"),)),
    Language("Go", "go", ("go",), "webhooks/webhooks.go", "go.go", "main.go",
             (("go", "mod", "init", "example.com/receiver"), ("go", "run", "."))),
    Language("Java", "java", ("javac", "java"), "Webhooks.java", "java.java", "Main.java",
             (("javac", "Webhooks.java", "Main.java"), ("java", "-cp", ".", "Main"))),
    Language("Ruby", "ruby", ("ruby",), "main.rb", "ruby.rb", "main.rb", (("ruby", "main.rb"),)),
]
AT_HAND = [language for language in LANGUAGES if all(map(shutil.which, language.programs))]


def sign(secret=SECRET, message_id=ID, timestamp=TIMESTAMP, body=BODY.encode()):
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def case(result, secret=SECRET, message_id=ID, timestamp=TIMESTAMP, signatures=SIGNATURE, body=BODY.encode(), now=NOW):
    return result, (secret, message_id, timestamp, signatures, body, now)


OTHER_SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
BINARY = bytes(range(256))
CASES = {
    "the vector": case(True),
    "a longer secret": case(True, secret=OTHER_SECRET, signatures=sign(OTHER_SECRET)),
    "a body of any bytes": case(True, signatures=sign(body=BINARY), body=BINARY),
    "an empty body": case(True, signatures=sign(body=b""), body=b""),
    "the second of two": case(True, signatures=f"{sign(OTHER_SECRET)} {SIGNATURE}"),
    "the first of two": case(True, signatures=f"{SIGNATURE} {sign(OTHER_SECRET)}"),
    "after another version": case(True, signatures=f"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5B {SIGNATURE}"),
    "almost too old": case(True, now=NOW + 300),
    "almost too new": case(True, now=NOW - 300),
    "too old": case(False, now=NOW + 301),
    "too new": case(False, now=NOW - 301),
    "another secret": case(False, secret=OTHER_SECRET),
    "another body": case(False, body=BODY.encode() + b" "),
    "another id": case(False, message_id=ID + "x"),
    "another timestamp": case(False, timestamp=str(NOW + 1)),
    "another version": case(False, signatures=SIGNATURE.replace("v1,", "v2,")),
    "no version": case(False, signatures=SIGNATURE.removeprefix("v1,")),
    "a beginning": case(False, signatures=SIGNATURE[:-4]),
    "more behind it": case(False, signatures=SIGNATURE + "="),
    "no signature": case(False, signatures=""),
    "spaces alone": case(False, signatures="   "),
    "not ASCII": case(False, signatures="v1,äöü"),
    "a comma for a space": case(False, signatures=f"{SIGNATURE},{SIGNATURE}"),
    "no timestamp": case(False, timestamp="", signatures=sign(timestamp="")),
    "a timestamp that is none": case(False, timestamp="now", signatures=sign(timestamp="now")),
    "a fraction": case(False, timestamp=f"{NOW}.5", signatures=sign(timestamp=f"{NOW}.5")),
    "an enormous timestamp": case(False, timestamp="9" * 30, signatures=sign(timestamp="9" * 30)),
    "a negative timestamp": case(False, timestamp=f"-{NOW}", signatures=sign(timestamp=f"-{NOW}")),
}


def to_line(values):
    as_bytes = (value if isinstance(value, bytes) else str(value).encode() for value in values)
    return "\t".join(base64.b64encode(value).decode() for value in as_bytes)


def build(language, directory):
    """Writes the files of the program."""
    (box,) = (box for box in boxes("## Verifying signatures") if box.language == language.box)
    (directory / language.source).parent.mkdir(parents=True, exist_ok=True)
    (directory / language.source).write_text(box.text, encoding="utf-8")
    with open(directory / language.main, "a", encoding="utf-8") as main:
        main.write((HARNESS / language.harness).read_text(encoding="utf-8"))


def run(command, directory, lines=""):
    done = subprocess.run(command, cwd=directory, input=lines, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_vector_is_that_of_the_specification():
    assert sign() == SIGNATURE == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize("language", AT_HAND, ids=lambda language: language.name)
def test_signatures_are_told_from_forgeries(language, tmp_path):
    build(language, tmp_path)
    for command in language.commands[:-1]:
        run(command, tmp_path)
    lines = "".join(to_line(values) + "\n" for _, values in CASES.values())
    results = [word.lower() == "true" for word in run(language.commands[-1], tmp_path, lines).split()]
    assert dict(zip(CASES, results)) == {name: result for name, (result, _) in CASES.items()}
    assert len(results) == len(CASES)


def test_enough_languages_are_at_hand(capsys):
    names = [language.name for language in AT_HAND]
    with capsys.disabled():
        print(f"\nSignatures are verified in {', '.join(names)}, of {len(LANGUAGES)} languages.")
    assert len(names) >= LEAST_LANGUAGES


def test_every_language_of_the_document_is_known():
    documented = [box.language for box in boxes("## Verifying signatures") if box.language != "text"]
    assert sorted(documented) == sorted(language.box for language in LANGUAGES)
