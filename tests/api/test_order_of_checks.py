"""If several things are wrong with a request, the answer is the first error in the contract's table. Each request here
has one of the 63 possible combinations of six faults, in each content type.
"""

import itertools

import pytest
from support.http_client import CONTENT_TYPES, encode

from expect import (
    GOOD_URL,
    expect_detail,
    expect_fields,
    expect_method_not_allowed,
    expect_unauthorised,
    expect_unsupported,
)

FAULTS = ("route", "method", "credentials", "target", "media type", "field")
COMBINATIONS = [
    faults for size in range(1, len(FAULTS) + 1) for faults in itertools.combinations(FAULTS, size)
]

pytestmark = pytest.mark.usefixtures("stores_nothing")

EXPECTED = {
    "route": lambda response: expect_detail(response, 404),
    "method": lambda response: expect_method_not_allowed(response, "PUT"),
    "credentials": expect_unauthorised,
    "target": lambda response: expect_detail(response, 404),
    "media type": lambda response: expect_unsupported(response, "text/plain"),
    "field": lambda response: expect_fields(response, {"url": "This field may not be blank."}),
}


@pytest.mark.parametrize("kind", CONTENT_TYPES)
@pytest.mark.parametrize("faults", COMBINATIONS, ids="+".join)
def test_the_first_error_is_the_answer(service, kind, faults):
    target = service.other_target if "target" in faults else service.target
    content_type, body = encode(kind, {"url": "" if "field" in faults else GOOD_URL})
    response = service.send(
        body,
        "text/plain" if "media type" in faults else content_type,
        method="PUT" if "method" in faults else "POST",
        path=f"/targets/{target.id}/web{'h' if 'route' in faults else 'hooks'}/",
        authorization=None if "credentials" in faults else f"JWT {service.key}",
    )
    EXPECTED[faults[0]](response)


MALFORMED = {"json": b'{"url": ', "urlencoded": b"url=%ff", "multipart": b"no delimiter"}


@pytest.mark.parametrize("kind", CONTENT_TYPES)
def test_a_body_that_cannot_be_decoded_comes_last(service, kind):
    content_type, _ = encode(kind, {})
    body = MALFORMED[kind]
    wrong_key = service.send(body, content_type, authorization="JWT wrong")
    expect_unauthorised(wrong_key)
    expect_detail(service.send(body, content_type, path=service.path(service.other_target)), 404)
    assert service.send(body, content_type).status == 400


def test_trace_of_a_path_that_is_no_route_is_not_found(service):
    expect_detail(service.send(b"", None, method="TRACE", path="/nowhere/"), 404)
