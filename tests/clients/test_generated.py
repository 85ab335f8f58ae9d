"""Clients that are generated from docs/openapi.yaml compile under --strict, and work against the service.

Their programs say in types what the API says in words. They need no `any` and no cast, which would hide what is missing
in the document.
"""

import re
import shutil

import pytest

from tools import DESCRIPTION, HERE

PROGRAMS = ("openapi_fetch", "hey_api")


@pytest.fixture(scope="module", name="compiled")
def generate_and_compile(tools, tmp_path_factory):
    """The folder of the compiled programs."""
    directory = tmp_path_factory.mktemp("clients")
    tools.link_into(directory)
    for source in (*HERE.glob("*.ts"), HERE / "tsconfig.json"):
        shutil.copy(source, directory)
    tools.run_well(["openapi-typescript", DESCRIPTION, "--output", "generated/openapi.ts"], directory)
    tools.run_well(["openapi-ts", "--input", DESCRIPTION, "--output", "generated/hey-api"], directory)
    tools.run_well(["tsc", "--project", "."], directory)
    return directory / "out"


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_client_works(tools, compiled, environment, program):
    tools.run_well(["node", f"{program}.js"], compiled, **environment)


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_program_evades_no_type(program):
    text = re.sub(r"//.*|\* as\b", "", (HERE / f"{program}.ts").read_text(encoding="utf-8"))
    assert re.findall(r"\bany\b|\bas\b|@ts-|[\w)\]]!", text) == []
