"""The generated clients of docs/clients.md work as they stand there, but for the service's address and the key.

Their `npm install` lines name versions that these tests have. The other commands are run.
"""

import re
import sys

import pytest
from support.boxes import boxes
from support.service import ROOT

from tools import HERE, versions

SECTION = boxes("## Generated clients", "## Verifying signatures")
RUN_TYPESCRIPT = """
const [target = '', url = ''] = process.argv.slice(2);

async function main(): Promise<void> {
  const webhook = await register(target, url);
  if (webhook) await failures(target, webhook);
  console.log(webhook);
}

void main();
"""
RUN_PYTHON = """
import sys

webhook = register(*sys.argv[1:])
failures(sys.argv[1], webhook)
print(webhook)
"""


def box_of(language):
    (box,) = (box for box in SECTION if box.language == language)
    return box


def commands_for(language):
    """What generates the client: the commands of the same section but those that install."""
    (box,) = (box for box in SECTION if box.language == "sh" and box.heading == box_of(language).heading)
    return re.sub(r"^npm install .*\n", "", box.text, flags=re.MULTILINE)


@pytest.fixture(name="directory")
def make_directory(tools, tmp_path):
    """A folder in which the commands find what they name."""
    tools.link_into(tmp_path)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    return tmp_path


def program_of(language, environment):
    text = box_of(language).text.replace("thk_...", environment["KEY"])
    return text.replace("http://127.0.0.1:8080", environment["API"])


def expect_webhook(output):
    assert re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{11}\n", output), output


def test_the_typescript_works(tools, directory, environment):
    tools.run_well(["bash", "-euc", commands_for("ts")], directory)
    (directory / "snippet.ts").write_text(program_of("ts", environment) + RUN_TYPESCRIPT)
    config = (HERE / "tsconfig.json").read_text(encoding="utf-8").replace('"include": ["*.ts", "generated"]',
                                                                           '"files": ["snippet.ts"]')
    (directory / "tsconfig.json").write_text(config)
    tools.run_well(["tsc", "--project", "."], directory)
    expect_webhook(tools.run_well(["node", "out/snippet.js", environment["TARGET"], environment["RECEIVER"]],
                                  directory))


def test_the_python_works(tools, directory, environment):
    tools.run_well(["bash", "-euc", commands_for("python")], directory)
    (directory / "snippet.py").write_text(program_of("python", environment) + RUN_PYTHON)
    expect_webhook(tools.run_well([sys.executable, "snippet.py", environment["TARGET"], environment["RECEIVER"]],
                                  directory))


def test_the_versions_are_those_of_the_tests():
    named = [name for box in SECTION if box.language == "sh"
             for line in re.findall(r"^npm install (.*)$", box.text, re.MULTILINE) for name in line.split()]
    assert len(named) > 3
    for name in named:
        package, _, version = name.rpartition("@")
        assert versions()[package] == version
