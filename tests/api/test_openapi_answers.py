"""The running service follows docs/openapi.yaml, operation by operation.

Every status, header, content type and body of an answer must be documented. Every status that is documented for an
operation must occur here, except those of NOT_SEEN.
"""

import itertools

import pytest
from support.http_client import CONTENT_TYPES, encode, exchange, request_bytes
from support.mariadb import PrivateMariaDB
from support.nginx import Nginx
from support.service import Service

from documented_requests import DOCUMENT, NOBODYS_ID, OPERATIONS, World, asking, cases_of

MEDIA_TYPES = dict(zip(("application/json", "application/x-www-form-urlencoded", "multipart/form-data"),
                       CONTENT_TYPES))
METHODS = ("get", "put", "post", "patch", "delete", "trace", "foo")
KEY_SCHEMES = ("JWT", "Bearer")
BURST = 2  # requests that support.nginx.RATE_LIMITS let pass

# Documented, but this service can't be made to answer it; with the reason.
NOT_SEEN = {
    408: "nginx closes a connection that is too slow without an answer",
}


@pytest.fixture(scope="module")
def world(service):
    return World(service)


CASES = [(operation, case) for operation in OPERATIONS for case in cases_of(operation)]


def expect_documented(operation, response, status, body_expected=True):
    assert response.status == status, (response.status, response.body)
    assert DOCUMENT.response_faults(operation, response, body_expected) == []


@pytest.mark.parametrize("operation, case", [
    pytest.param(operation, case, id=f"{operation}-{case.name}") for operation, case in CASES])
def test_answers_are_documented(world, operation, case):
    expect_documented(operation, case.send(world, operation), case.status, body_expected=case.name != "HEAD")


def examples():
    for operation in filter(DOCUMENT.has_body, OPERATIONS):
        for (media_type, name, value), scheme in itertools.product(DOCUMENT.request_examples(operation), KEY_SCHEMES):
            yield pytest.param(operation, media_type, value, scheme, id=f"{operation}-{media_type}-{name}-{scheme}")


@pytest.mark.parametrize("operation, media_type, value, scheme", examples())
def test_the_examples_of_requests_are_accepted(world, operation, media_type, value, scheme):
    content_type, body = encode(MEDIA_TYPES[media_type], value)
    response = world.send(operation, body, content_type, authorization=f"{scheme} {world.key}")
    expect_documented(operation, response, 200)


@pytest.mark.parametrize("operation", filter(DOCUMENT.query_parameters, OPERATIONS), ids=str)
def test_the_examples_of_queries_are_accepted(world, operation):
    parameters = [(name, str(value).lower() if value is True else value)
                  for name, value in DOCUMENT.query_parameters(operation)]
    for alternative in ("page", "after"):  # not both at once
        query = "&".join(f"{name}={value}" for name, value in parameters if name != alternative)
        expect_documented(operation, asking(query)(world, operation), 200)


@pytest.mark.parametrize("operation", filter(DOCUMENT.has_body, OPERATIONS), ids=str)
def test_the_content_types_are_the_documented_ones(operation):
    assert set(DOCUMENT.request_contents(operation)) == set(MEDIA_TYPES)


PATHS = {path: [operation for operation in OPERATIONS if operation.path == path]
         for path in dict.fromkeys(operation.path for operation in OPERATIONS)}


def allowed(response):
    return sorted(response.header("Allow").split(", "))


@pytest.mark.parametrize("path", PATHS)
def test_the_methods_are_the_documented_ones(world, path):
    methods = {operation.method for operation in PATHS[path]}
    listed = sorted({method.upper() for method in methods} | {"OPTIONS"} | ({"HEAD"} if "get" in methods else set()))
    first = PATHS[path][0]
    for method in [*METHODS, *([] if "get" in methods else ["head"])]:
        if method in methods:
            continue
        response = world.service.send(b"", None, method=method.upper(), path=world.path(first))
        expect_documented(first, response, 405, body_expected=method != "head")
        assert allowed(response) == listed
    options = world.service.send(b"", None, method="OPTIONS", path=world.path(first), authorization=None)
    assert (options.status, options.body, allowed(options)) == (204, b"", listed)
    assert options.header("Cache-Control") == "no-store" and options.header("X-Request-Id")


def send_to(port, operation):
    ids = {"target_id": NOBODYS_ID, "webhook_id": NOBODYS_ID, "event_id": NOBODYS_ID}
    data = request_bytes(operation.method.upper(), operation.path.format(**ids), [("Authorization", "JWT x")])
    return exchange(port, data, operation.method.upper())


@pytest.mark.parametrize("rate_limits, status", [(False, 500), (True, 429)])
def test_a_pool_that_is_away_and_a_limit(tmp_path, rate_limits, status):
    with Nginx(tmp_path / "nginx", tmp_path / "nobody.sock", rate_limits) as nginx:
        for _ in range(BURST if rate_limits else 0):
            assert send_to(nginx.port, OPERATIONS[0]).status == 500
        for operation in OPERATIONS:
            expect_documented(operation, send_to(nginx.port, operation), status)


def test_a_database_that_is_away():
    with PrivateMariaDB(external_allowed=False) as database, Service(processes=1, database=database) as service:
        world = World(service)
        database.stop()
        for operation in OPERATIONS:
            response = world.send(operation)
            expect_documented(operation, response, 500)
            assert response.header("Retry-After")


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_documented_status_is_seen(operation):
    seen = {case.status for case in cases_of(operation)} | {405, 429, 500}
    assert DOCUMENT.statuses(operation) == seen | NOT_SEEN.keys()
    assert not seen & NOT_SEEN.keys()


def test_a_key_of_other_targets_is_refused(world):
    key = world.service.make_key("limited", rights="read,manage,publish", targets=[world.service.target])
    for operation in OPERATIONS:
        is_for_all = operation.path in ("/me/", "/targets/")
        expect_documented(operation, world.send(operation, key=key), 200 if is_for_all else 403)
