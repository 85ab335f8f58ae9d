"""Reads docs/openapi.yaml for the tests: its operations, its examples, and the differences between a response and it.

This module is independent of the service: it uses the document only. It relies on the document being valid OpenAPI,
which tests/clients shows. References are followed where OpenAPI and JSON Schema allow them. Patterns are evaluated by
Python's rules, which agree with ECMA-262 for the patterns in the document.
"""

import json
import pathlib
from dataclasses import dataclass

import jsonschema
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "openapi.yaml"

# Headers whose several fields make one list (RFC 9110, 5.3).
LISTS = {"www-authenticate"}
# Headers of HTTP itself, which OpenAPI leaves undescribed.
HTTP_HEADERS = {"connection", "content-length", "content-type", "date", "server", "transfer-encoding"}


@dataclass(frozen=True)
class Operation:
    path: str
    method: str
    id: str

    def __str__(self):
        return self.id


class StrictLoader(yaml.SafeLoader):
    """YAML in which a repeated key is an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = {key for key in keys if keys.count(key) > 1}
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"repeated keys {repeated}", node.start_mark)
        return super().construct_mapping(node, deep)


def _load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader=StrictLoader)


class Document:
    """The document; see the module's text."""

    def __init__(self):
        self.root = _load(DOCUMENT)

    def examples(self):
        """(location, schema, value) of every example and every default in the document."""
        for location, node in self._nodes():
            schema = node.get("schema", node)
            if "example" in node:
                yield location, schema, node["example"]
            if isinstance(node.get("examples"), dict):
                for name, example in node["examples"].items():
                    yield f"{location}/examples/{name}", schema, example["value"]
            if isinstance(node.get("examples"), list):
                yield from ((location, schema, value) for value in node["examples"])
            if "default" in node and not location.startswith("/servers"):
                yield location, schema, node["default"]

    def operations(self):
        """Every operation, in the document's order."""
        return [Operation(path, method, operation["operationId"])
                for path, item in self.root["paths"].items() for method, operation in _methods(item)]

    def statuses(self, operation):
        return {int(status) for status in self._described(operation)["responses"]}

    def has_body(self, operation):
        return "requestBody" in self._described(operation)

    def has_required_field(self, operation):
        """Whether a body without any known field is refused."""
        return self.has_body(operation) and bool(
            self.schema_faults(self.request_contents(operation)["application/json"]["schema"], {}))

    def request_contents(self, operation):
        """The documentation of a request body, by media type."""
        return self._resolve(self._described(operation)["requestBody"])["content"]

    def request_examples(self, operation):
        """(media type, name, value) of every example of a request body."""
        for media_type, content in self.request_contents(operation).items():
            for name, example in content["examples"].items():
                yield media_type, name, example["value"]

    def query_parameters(self, operation):
        """(name, example) of every query parameter."""
        return [(parameter["name"], parameter["example"]) for parameter in self._parameters(operation, "query")]

    def headers(self, operation):
        """The names of the documented headers of a request."""
        return [parameter["name"] for parameter in self._parameters(operation, "header")]

    def schema_faults(self, schema, value):
        """The errors of the value by the schema, as lines of text."""
        resolver = jsonschema.RefResolver("", self.root)
        validator = jsonschema.Draft202012Validator(schema, resolver=resolver)
        return [f"{_location(error.absolute_path)}: {error.message}" for error in validator.iter_errors(value)]

    # A response

    def response_faults(self, operation, response, body_expected=True):
        """The differences between a response (status, headers as pairs, body as bytes) and the document."""
        documented = self._described(operation)["responses"].get(str(response.status))
        if documented is None:
            return [f"status {response.status} is not documented"]
        documented = self._resolve(documented)
        found = self._header_faults(documented["headers"], response.headers)
        if not body_expected or "content" not in documented:
            return found + ([] if response.body == b"" else ["there is a body"])
        return found + self._body_faults(documented["content"], response)

    def _header_faults(self, documented, headers):
        found = []
        names = {name.lower(): name for name in documented}
        for name in {name.lower() for name, _ in headers} - HTTP_HEADERS - names.keys():
            found.append(f"header {name} is not documented")
        for lower, name in names.items():
            header = self._resolve(documented[name])
            values = [value for key, value in headers if key.lower() == lower]
            if lower in LISTS and values:
                values = [", ".join(values)]
            if len(values) > 1 or (header["required"] and not values):
                found.append(f"header {name} is there {len(values)} times")
            for value in values:
                typed = int(value) if header["schema"]["type"] == "integer" and value.isdecimal() else value
                found += [f"header {name} {fault}" for fault in self.schema_faults(header["schema"], typed)]
        return found

    def _body_faults(self, content, response):
        types = [value for name, value in response.headers if name.lower() == "content-type"]
        if len(types) != 1 or types[0] not in content:
            return [f"Content-Type {types} is not documented"]
        try:
            value = json.loads(response.body.decode("utf-8"))
        except ValueError as error:
            return [f"the body is not JSON: {error}"]
        return [f"body {fault}" for fault in self.schema_faults(content[types[0]]["schema"], value)]

    # How

    def _described(self, operation):
        return self.root["paths"][operation.path][operation.method]

    def _parameters(self, operation, place):
        parameters = map(self._resolve, self._described(operation).get("parameters", ()))
        return [parameter for parameter in parameters if parameter["in"] == place]

    def _nodes(self):
        """(location, node) of every mapping that is not inside an example."""

        def walk(location, node):
            if isinstance(node, dict):
                yield location, node
                for key, value in node.items():
                    if key not in ("example", "examples", "default", "const", "enum"):
                        yield from walk(f"{location}/{key}", value)
            elif isinstance(node, list):
                for index, value in enumerate(node):
                    yield from walk(f"{location}/{index}", value)

        return walk("", self.root)

    def _at(self, reference):
        node = self.root
        for key in reference.removeprefix("#/").split("/"):
            node = node[key.replace("~1", "/").replace("~0", "~")]
        return node

    def _resolve(self, node):
        return self._at(node["$ref"]) if "$ref" in node else node


def _methods(item):
    return [(method, operation) for method, operation in item.items() if method != "parameters"]


def _location(path):
    return "/" + "/".join(str(part) for part in path)
