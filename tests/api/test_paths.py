"""Which paths are routes, and how they are decoded."""

import pytest
from support.http_client import encode, exchange, request_bytes

from expect import GOOD_URL, expect_detail, expect_method_not_allowed, expect_registered

CONTENT_TYPE, BODY = encode("json", {"url": GOOD_URL})


def percent_encoded(text, form="%%%02X"):
    return "".join(form % ord(character) for character in text)


@pytest.mark.parametrize("form", [
    "/targets/{id}/webhooks/", "/targets/{id}/webhooks", "/targets/{id}/webhooks/?", "/targets/{id}/webhooks?",
    "/targets/{id}/webhooks/?x=y", "/targets/{id}/webhooks?url=x&name=y", "/targets/{id}/webhooks/?x=/../y",
    "/targets/{id}/webhooks/?%zz", "/targets/{id}/webhooks/?a?b//c",
    "/%74argets/{id}/web%68ooks/", "/%74%61%72%67%65%74%73/{id}/%77%65%62%68%6f%6f%6B%73/",
    "/targets/{encoded}/webhooks/",
    "/targets/{lower}/webhooks", "/targets/{half}/webhooks/",
    "http://localhost/targets/{id}/webhooks/", "http://localhost:8080/targets/{id}/webhooks?x",
    "http://other/targets/{id}/webhooks/",
    "HTTP://LOCALHOST/targets/{id}/webhooks/",
])
def test_paths_that_are_the_route(service, form):
    target = service.target.id
    path = form.format(id=target, encoded=percent_encoded(target), lower=percent_encoded(target, "%%%02x"),
                       half=target[:5] + percent_encoded(target[5]) + target[6:])
    expect_registered(service, service.send(BODY, CONTENT_TYPE, path=path))


NO_ROUTE = [
    "/", "/?x", "/index.html", "/favicon.ico", "/target/{id}/", "/targets/{id}//",
    "/webhook/", "/Webhooks/", "/webhooks//", "//webhooks/", "/./webhooks/", "/webhooks/.", "/webhooks/x/unknown/",
    "/webhooks%2F11111111111/secret/", "/webhooks/targets/{id}/",
    "/targets/{id}/webhook/", "/targets/{id}/webhookss/", "/target/{id}/webhooks/", "/Targets/{id}/webhooks/",
    "/targets/{id}/Webhooks/", "/TARGETS/{id}/WEBHOOKS/", "/targets/{id}/webhooks/x/y/z/", "/v1/targets/{id}/webhooks/",
    "/targets/{id}/webhooks/x/unknown/", "/.targethooks-error", "/targets/{id}/webhooks.json",
    # empty segments
    "//targets/{id}/webhooks/", "/targets//{id}/webhooks/", "/targets/{id}//webhooks/", "/targets/{id}/webhooks//",
    "/targets//webhooks/", "/targets///webhooks/", "///targets/{id}/webhooks/",
    # dot segments
    "/./targets/{id}/webhooks/", "/targets/./{id}/webhooks/", "/targets/{id}/./webhooks/", "/targets/{id}/webhooks/.",
    "/targets/{id}/webhooks/./", "/x/../targets/{id}/webhooks/", "/targets/x/../{id}/webhooks/",
    "/targets/{id}/webhooks/x/..", "/targets/{id}/x/../webhooks/", "/targets/{id}/%2e/webhooks/",
    "/targets/x/%2E%2e/{id}/webhooks/",
    "/%2e/targets/{id}/webhooks/", "/targets/{id}/webhooks/%2e", "/targets/../webhooks/", "/targets/./webhooks/",
    "/targets/%2e%2E/webhooks/", "/targets/.%2e/webhooks/", "/targets/%2e/webhooks/",
    # an encoded slash is not a slash
    "/targets%2F{id}/webhooks/", "/targets/{id}/webhooks%2F", "/targets/{id}/webhooks%2fx",
    "/%2Ftargets/{id}/webhooks/",
    # decoded once
    "/%2574argets/{id}/webhooks/",
    # other characters
    "/targets/{id}/webhooks;x", "/targets;x/{id}/webhooks/", "/targets/{id}/webhooks%20", "/targets%20/{id}/webhooks/",
    "/targets/{id}/webhooks\\", "/targets/{id}/web+hooks/", "/targets/{id}/w%C3%A9bhooks/", "/targets/{id}/webhooks%3F",
    "http://localhost/", "http://localhost", "http://localhost//targets/{id}/webhooks/",
]


@pytest.mark.parametrize("form", NO_ROUTE)
def test_paths_that_are_no_route(service, stores_nothing, form):
    path = form.format(id=service.target.id)
    expect_detail(service.send(BODY, CONTENT_TYPE, path=path), 404)
    for method in ("GET", "PUT", "OPTIONS"):
        expect_detail(service.send(b"", None, method=method, path=path, authorization=None), 404)


@pytest.mark.parametrize("form", [
    "/targets/{id};x=1/webhooks/", "/targets/{id}%20/webhooks/", "/targets/{id}%2F/webhooks/",
    "/targets/a%2Fb/webhooks/",
    "/targets/%2F/webhooks/", "/targets/{id}%3Fx/webhooks/", "/targets/{twice}/webhooks/", "/targets/..x/webhooks/",
    "/targets/.../webhooks/", "/targets/x.y/webhooks",
])
def test_the_route_with_a_target_that_is_none(service, stores_nothing, form):
    target = service.target.id
    path = form.format(id=target, twice=percent_encoded(target, "%%25%02X"))
    expect_detail(service.send(BODY, CONTENT_TYPE, path=path), 404)
    expect_method_not_allowed(service.send(b"", None, method="PUT", path=path, authorization=None), "PUT")


@pytest.mark.parametrize("path", [
    "/targets/%zz/webhooks/", "/targets/%/webhooks/", "/targets/%4/webhooks/", "/targets/%00/webhooks/", "/%zz",
    "/targets/\x01/webhooks/",
    "/../targets/x/webhooks/", "/targets/a b/webhooks/", "/targets/\u00e9/webhooks/",
])
def test_paths_that_are_malformed(service, stores_nothing, path):
    """nginx may refuse them, or nothing is found there; both in JSON."""
    response = service.send(BODY, CONTENT_TYPE, path=path)
    assert response.status in (400, 404)
    assert list(response.json()) == (["non_field_errors"] if response.status == 400 else ["detail"])


@pytest.mark.parametrize("host", ["localhost", "api.example.com", "127.0.0.1", "other:81", "[::1]"])
def test_any_host(service, host):
    data = service.request(BODY, CONTENT_TYPE, host=host)
    expect_registered(service, exchange(service.port, data))


def test_http_1_0_without_a_host(service):
    data = service.request(BODY, CONTENT_TYPE, host=None, version="HTTP/1.0")
    expect_registered(service, exchange(service.port, data))


def test_no_path_at_all(service, stores_nothing):
    assert exchange(service.port, request_bytes("OPTIONS", "*"), "OPTIONS").status in (400, 404, 405)
