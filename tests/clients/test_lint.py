"""Neither linter finds a fault in docs/openapi.yaml, not even what it would only warn of.

redocly.yaml and .spectral.yaml switch off the rules that the API breaks on purpose.
"""

import copy
import json

import pytest
import yaml
from support.openapi import Document

from tools import DESCRIPTION, HERE, is_pinned, versions

PATH = "/targets/{target_id}/webhooks/"


def redocly(tools, document):
    """The rules that the document breaks."""
    command = ["redocly", "lint", document, "--config", HERE / "redocly.yaml", "--format", "json"]
    found = json.loads(tools.run(command, HERE).stdout)
    return {problem["ruleId"] for problem in found["problems"]}


def spectral(tools, document):
    command = ["spectral", "lint", document, "--ruleset", HERE / ".spectral.yaml", "--format", "json", "--quiet"]
    return {problem["code"] for problem in json.loads(tools.run(command, HERE).stdout)}


LINTERS = {
    redocly: {"struct", "no-unused-components", "no-unresolved-refs", "path-parameters-defined", "security-defined",
              "operation-operationId-unique", "no-invalid-media-type-examples"},
    spectral: {"oas3-schema", "oas3-unused-component", "invalid-ref", "path-params", "operation-tag-defined",
               "oas3-operation-security-defined", "operation-operationId-unique", "oas3-valid-media-example"},
}


@pytest.mark.parametrize("linter", LINTERS)
def test_the_document_has_no_fault(tools, linter):
    assert linter(tools, DESCRIPTION) == set()


@pytest.mark.parametrize("linter", LINTERS)
def test_the_linters_find_faults(tools, linter, tmp_path):
    """Of each kind that matters one."""
    root = copy.deepcopy(Document().root)
    creation = root["paths"][PATH]["post"]
    creation["operationId"] = "listTargetWebhooks"
    creation["tags"] = ["nobody"]
    creation["sumary"] = "A misspelt key."
    creation["responses"]["404"] = {"$ref": "#/components/responses/Nowhere"}
    del root["paths"][PATH]["parameters"]
    root["security"] = [{"nobody": []}]
    components = root["components"]
    components["schemas"]["Unused"] = {"type": "string"}
    components["responses"]["Secret"]["content"]["application/json"]["example"] = {"secret": 1}
    document = tmp_path / "openapi.yaml"
    document.write_text(yaml.safe_dump(root, sort_keys=False), encoding="utf-8")
    assert linter(tools, document) >= LINTERS[linter]


def test_every_tool_has_one_version():
    assert [name for name, version in versions().items() if not is_pinned(version)] == []
