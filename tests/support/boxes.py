"""The boxes of docs/clients.md."""

import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "clients.md"
BOX = re.compile(r"^```([a-z]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Box:
    language: str
    text: str


def boxes(first, last=None):
    """The boxes between the headings `first` and `last`, in order."""
    text = DOCUMENT.read_text(encoding="utf-8")
    start = text.index(f"\n{first}\n")
    end = text.index(f"\n{last}\n", start) if last else len(text)
    return [Box(*found) for found in BOX.findall(text[start:end])]
