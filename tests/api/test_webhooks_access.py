"""Who may do what with webhooks, and in which order the checks come."""

import itertools

import pytest

from expect import expect_detail, expect_fields, expect_method_not_allowed, expect_unauthorised, expect_unsupported
from webhooks import NOBODY, OWNERS, Tenant, expect_forbidden, expect_not_found

READ = [("GET", ""), ("HEAD", ""), ("GET", "{id}/"), ("HEAD", "{id}/")]
MANAGE = [("POST", ""), ("PUT", "{id}/"), ("PATCH", "{id}/"), ("GET", "{id}/secret/"), ("HEAD", "{id}/secret/"),
          ("POST", "{id}/secret/rotate/"), ("GET", "{id}/headers/"), ("HEAD", "{id}/headers/"), ("PUT", "{id}/headers/"),
          ("POST", "{id}/enable/"), ("POST", "{id}/disable/"), ("POST", "{id}/test/"), ("POST", "{id}/recover/"),
          ("DELETE", "{id}/")]
ALL = pytest.mark.parametrize("method, rest", READ + MANAGE)
ALLOW = {"": ["GET", "HEAD", "POST", "OPTIONS"], "{id}/": ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"],
         "{id}/secret/": ["GET", "HEAD", "OPTIONS"], "{id}/secret/rotate/": ["POST", "OPTIONS"],
         "{id}/headers/": ["GET", "HEAD", "PUT", "OPTIONS"], "{id}/enable/": ["POST", "OPTIONS"],
         "{id}/disable/": ["POST", "OPTIONS"], "{id}/test/": ["POST", "OPTIONS"], "{id}/recover/": ["POST", "OPTIONS"]}
FIELDS = {"url": "https://ci.example.com/hook", "headers": {}, "since": "2026-01-01T00:00:00Z"}


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


def send(tenant, method, rest, webhook=None, **how):
    has_body = method in ("PUT", "PATCH") or (method, rest) in (("POST", ""), ("POST", "{id}/recover/"))
    fields = FIELDS if has_body else None
    return tenant.send(method, rest.format(id=webhook or tenant.register()), fields, **how)


def status_of(response, method):
    """The status of a refusal, whose body is checked if there is one."""
    if method != "HEAD":
        {401: expect_unauthorised, 403: expect_forbidden, 404: expect_not_found}[response.status](response)
    return response.status


@ALL
@pytest.mark.parametrize("rights", ["read", "manage", "publish", "read,manage", "read,publish", "manage,publish"])
def test_rights(tenant, method, rest, rights):
    needed = "read" if (method, rest) in READ else "manage"
    response = send(tenant, method, rest, key=tenant.make_key(rights))
    if needed in rights.split(","):
        assert response.status == (204 if method == "DELETE" else 200)
    else:
        assert status_of(response, method) == 403


@ALL
def test_keys_limited_to_targets(service, tenant, method, rest):
    other = service.make_target("Second", "https://second.example.com", tenant.account_id)
    webhook = tenant.register()
    elsewhere = tenant.make_key(targets=[other])
    assert status_of(send(tenant, method, rest, webhook, key=elsewhere), method) == 403
    here = tenant.make_key(targets=[other, tenant.target])
    response = send(tenant, method, rest, webhook, key=here)
    if tenant.owner == "target":
        assert response.status == (204 if method == "DELETE" else 200)
    else:
        assert status_of(response, method) == 403


def test_a_limit_tells_nothing_about_other_targets(service, tenant):
    limited = tenant.make_key(targets=[tenant.target])
    for target_id in (NOBODY, "x", service.other_target.id, service.target.id):
        expect_forbidden(tenant.send("GET", path=f"/targets/{target_id}/webhooks/", key=limited))
    expect_forbidden(tenant.send("GET", path="/webhooks/", key=limited))
    assert tenant.send("GET", path=f"/targets/{tenant.target.id}/webhooks/", key=limited).status == 200


@ALL
def test_no_credentials(service, tenant, method, rest):
    webhook = tenant.register()
    path = tenant.path(rest.format(id=webhook))
    for authorization in (None, "JWT wrong", f"Basic {tenant.key}", f"JWT {service.revoked_key}",
                          f"JWT {service.expired_key}"):
        response = service.send(b"", None, method=method, path=path, authorization=authorization)
        assert response.status == 401 and response.header("WWW-Authenticate")
        assert status_of(response, method) == 401
    tenant.get(webhook)


@ALL
def test_a_revoked_key_ends_at_once(service, tenant, method, rest):
    key = tenant.make_key()
    service.revoke_key(key)
    assert status_of(send(tenant, method, rest, key=key), method) == 401


@ALL
def test_no_such_target(service, method, rest):
    tenant = Tenant(service, "target")
    webhook = tenant.register()
    for target_id in (NOBODY, "x", service.other_target.id, "é"):
        path = f"/targets/{target_id}/webhooks/" + rest.format(id=webhook)
        assert status_of(tenant.send(method, path=path), method) == 404
    service.delete_target(tenant.target)
    assert status_of(send(tenant, method, rest, webhook), method) == 404


@pytest.mark.parametrize("method, rest", [line for line in READ + MANAGE if line[1]])
def test_no_such_webhook(tenant, method, rest):
    for webhook in (NOBODY, "x", Tenant(tenant.service, tenant.owner).register()):
        assert status_of(send(tenant, method, rest, webhook), method) == 404


@pytest.mark.parametrize("rest", ALLOW)
def test_options(service, tenant, rest):
    for webhook in (NOBODY, "x"):
        path = tenant.path(rest.format(id=webhook))
        response = service.send(b"", None, method="OPTIONS", path=path, authorization=None)
        assert (response.status, response.body) == (204, b"")
        assert response.header("Allow").split(", ") == ALLOW[rest]
        assert response.header_values("Cache-Control") == ["no-store"]


@pytest.mark.parametrize("rest", ALLOW)
def test_methods_that_are_not_there(service, tenant, rest):
    path = tenant.path(rest.format(id=NOBODY))
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "FOO", "LOCK"):
        if method not in ALLOW[rest]:
            response = service.send(b"", None, method=method, path=path, authorization=None)
            expect_method_not_allowed(response, method, ALLOW[rest])


@pytest.mark.parametrize("rest", ["{id}/x/", "{id}/secret/x/", "{id}/secret/rotate/x/", "{id}/enable/x", "{id}//",
                                  "{id}/secret//rotate/", "{id}/Secret/", "{id}/secrets/"])
def test_paths_that_are_no_route(tenant, rest):
    webhook = tenant.register()
    for method in ("GET", "POST", "OPTIONS"):
        expect_not_found(tenant.send(method, rest.format(id=webhook)))


FAULTS = ("credentials", "right", "webhook", "media type", "field")
COMBINATIONS = [faults for size in range(1, 6) for faults in itertools.combinations(FAULTS, size)]
EXPECTED = {
    "credentials": expect_unauthorised,
    "right": expect_forbidden,
    "webhook": expect_not_found,
    "media type": lambda response: expect_unsupported(response, "text/plain"),
    "field": lambda response: expect_fields(response, {"url": "This field may not be blank."}),
}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("faults", COMBINATIONS, ids="+".join)
def test_the_first_error_is_the_answer(tenant, method, faults):
    webhook = NOBODY if "webhook" in faults else tenant.register()
    key = tenant.make_key("read,publish") if "right" in faults else tenant.key
    response = tenant.service.send(
        b'{"url": ""}' if "field" in faults else b"{}",
        "text/plain" if "media type" in faults else "application/json",
        method=method, path=tenant.path(f"{webhook}/"),
        authorization="JWT wrong" if "credentials" in faults else f"JWT {key}")
    EXPECTED[faults[0]](response)


@pytest.mark.parametrize("faults", [("credentials", "right", "query"), ("right", "query"), ("target", "query")])
def test_a_wrong_query_comes_last(service, tenant, faults):
    key = tenant.make_key("manage") if "right" in faults else tenant.key
    path = f"/targets/{service.target.id}/webhooks/?page=0" if "target" in faults else tenant.path("?page=0")
    response = service.send(b"", None, method="GET", path=path,
                            authorization="JWT wrong" if "credentials" in faults else f"JWT {key}")
    {"credentials": expect_unauthorised, "right": expect_forbidden,
     "target": lambda answer: expect_detail(answer, 404)}[faults[0]](response)


def test_forbidden_requests_change_nothing(tenant):
    webhook = tenant.register()
    before, deliveries = tenant.get(webhook), tenant.deliveries(webhook)
    secret = tenant.send("GET", f"{webhook}/secret/").json()
    reader = tenant.make_key("read")
    for method, rest in MANAGE:
        assert send(tenant, method, rest, webhook, key=reader).status == 403
    assert tenant.get(webhook) == before
    assert tenant.deliveries(webhook) == deliveries
    assert tenant.send("GET", f"{webhook}/secret/").json() == secret
