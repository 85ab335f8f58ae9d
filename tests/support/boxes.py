"""The boxes of docs/clients.md."""

import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "clients.md"
HEADING = re.compile(r"^(##+ .*)$", re.MULTILINE)
BOX = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Box:
    heading: str  # of its section
    language: str
    text: str


def boxes(first, last=None):
    """The boxes between the headings `first` and `last`, in order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    start = text.index(f"\n{first}\n") + 1
    end = text.index(f"\n{last}\n", start) if last else len(text)
    return [Box(heading, *found) for heading, section in sections(text[start:end]) for found in BOX.findall(section)]


def sections(text):
    """The headings of the text, each with what follows it."""
    parts = HEADING.split(text)[1:]
    return zip(parts[::2], parts[1::2])
