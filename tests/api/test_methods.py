"""Methods that the route does not have, and tokens that are not methods."""

import pytest
from support.http_client import encode

from expect import GOOD_URL, expect_detail, expect_malformed, expect_method_not_allowed

pytestmark = pytest.mark.usefixtures("stores_nothing")

METHODS = ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "MKCOL", "COPY", "LOCK", "LINK", "PURGE", "FOO", "POSTS",
           "POS", "QUERY", "M-SEARCH", "FOO_BAR", "X" * 40)
CONTENT_TYPE, BODY = encode("json", {"url": GOOD_URL})


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("path", ["/targets/{id}/webhooks/", "/targets/{id}/webhooks?x=y", "/targets/x/webhooks/"])
def test_not_allowed(service, method, path):
    path = path.format(id=service.target.id)
    expect_method_not_allowed(service.send(b"", None, method=method, path=path), method)


@pytest.mark.parametrize("method", METHODS)
def test_not_allowed_without_credentials_and_with_a_body(service, method):
    expect_method_not_allowed(service.send(BODY, CONTENT_TYPE, method=method, authorization=None), method)


@pytest.mark.parametrize("method", ("GET", "OPTIONS", *METHODS))
def test_no_route_comes_first(service, method):
    expect_detail(service.send(b"", None, method=method, path="/nowhere/"), 404)


@pytest.mark.parametrize("path", ["/targets/{id}/webhooks/", "/targets/x/webhooks?x=y", "/webhooks/", "/webhooks"])
@pytest.mark.parametrize("authorization", [None, "good", "JWT wrong"])
def test_options(service, path, authorization):
    response = service.send(BODY, "text/plain", method="OPTIONS", path=path.format(id=service.target.id),
                            authorization=authorization)
    assert (response.status, response.body) == (204, b"")
    assert response.header_values("Allow") == ["GET, HEAD, POST, OPTIONS"]
    assert response.header("Content-Type") is None


def test_head_where_there_is_no_get(service):
    path = f"/targets/{service.target.id}/webhooks/11111111111/enable/"
    response = service.send(b"", None, method="HEAD", path=path)
    assert response.status == 405
    assert response.header_values("Allow") == ["POST, OPTIONS"]
    assert response.header("Content-Type") == "application/json"


def test_head_of_no_route(service):
    response = service.send(b"", None, method="HEAD", path="/nowhere/")
    assert response.status == 404
    assert response.header("Content-Type") == "application/json"


@pytest.mark.parametrize("method", ["post", "Post", "pOST", "POST1", "PO/ST", "P\u00d6ST", "(POST)", "1", '"'])
def test_no_method_at_all(service, method):
    expect_malformed(service.send(BODY, CONTENT_TYPE, method=method))


def test_connect(service):
    response = service.send(b"", None, method="CONNECT", path="example.com:443")
    assert response.status in (400, 404, 405)
    assert list(response.json()) in (["detail"], ["non_field_errors"])


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_methods_are_not_overridden(service, header):
    headers = [(header, "POST")]
    expect_method_not_allowed(service.send(BODY, CONTENT_TYPE, method="PUT", headers=headers), "PUT")
