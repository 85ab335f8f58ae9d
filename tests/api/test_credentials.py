"""Who may register a webhook, and where: credentials and targets."""

import pytest
from support.http_client import encode, request_bytes, exchange

from expect import (
    GOOD_URL,
    expect_detail,
    expect_event,
    expect_malformed,
    expect_registered,
    expect_unauthorised,
)

CONTENT_TYPE, BODY = encode("json", {"url": GOOD_URL})


@pytest.mark.parametrize("header", [
    "JWT {key}", "Bearer {key}", "jwt {key}", "bearer {key}", "BEARER {key}", "jWt {key}", "JWT     {key}",
    "Bearer  {key}", "JWT {key}\t", "JWT {key} \t ", "\tJWT {key}", " \t JWT {key}\t",
])
def test_accepted_headers(service, header):
    response = service.send(BODY, CONTENT_TYPE, authorization=header.format(key=service.key))
    expect_registered(service, response)


@pytest.mark.parametrize("header", [
    "", "JWT", "Bearer", "JWT ", "{key}", "JWT\t{key}", "JWT \t{key}", "JWT\t {key}", "JWT{key}", "JWT,{key}",
    "JWT={key}", "JWT \t", "JWT\t", "\t", "JWT\t{key}\t", "JWT\u00a0{key}", "JWT {key}\u00a0", "\u00a0JWT {key}",
    "JWT {key} {key}", "JWT {key} x", "JWT {key},", "JWT {key}, Bearer {key}", "JWT x{key}", "JWT {key}x",
    "JWT {upper}", "JWT {short}", 'JWT "{key}"', "JWT JWT {key}", "JWT Bearer {key}", "Basic {key}", "Token {key}",
    "Digest username={key}", "JWTX {key}", "JW {key}", "JWT: {key}", "JWT x", "JWT 0", "JWT null",
    "JWT \u00e9", "JWT ' OR 1=1 -- ", "JWT {long}", "Basic dXNlcjpwYXNz",
])
def test_refused_headers(service, stores_nothing, header):
    key = service.key
    authorization = header.format(key=key, upper=key.upper(), short=key[:-1], long="k" * 4000)
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, authorization=authorization))


@pytest.mark.parametrize("authorization", [None, "JWT wrong"])
def test_both_schemes_are_offered(service, stores_nothing, authorization):
    """Each in a header of its own, because some clients take a list of challenges for one (RFC 9110, 11.6.1)."""
    response = service.send(BODY, CONTENT_TYPE, authorization=authorization)
    assert response.header_values("WWW-Authenticate") == ['Bearer realm="targethooks"', 'JWT realm="targethooks"']


def test_no_header(service, stores_nothing):
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, authorization=None))


@pytest.mark.parametrize("data", [b"JWT \xff\xfe", b"\xff {key}"])
def test_bytes_that_are_no_text(service, stores_nothing, data):
    authorization = data.replace(b"{key}", service.key.encode())
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, authorization=authorization))


def test_a_key_elsewhere_is_no_credential(service, stores_nothing):
    key = service.make_key("in the URL")
    service.keys.remove(key)  # URLs are logged
    path = f"{service.path()}?key={key}&access_token={key}"
    headers = [("X-Authorization", f"JWT {service.key}"), ("Cookie", f"key={service.key}")]
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, path=path, headers=headers, authorization=None))


def test_unknown_key(service, stores_nothing):
    last = "2" if service.key[-1] != "2" else "3"
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, authorization=f"JWT {service.key[:-1]}{last}"))


def test_revoked_key(service, stores_nothing):
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, authorization=f"JWT {service.revoked_key}"))


def test_expired_key(service, stores_nothing):
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, authorization=f"JWT {service.expired_key}"))


def test_revoking_works_at_once(service):
    key = service.make_key("soon revoked")
    expect_event(service, service.send(BODY, CONTENT_TYPE, authorization=f"JWT {key}"))
    service.revoke_key(key)
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, authorization=f"JWT {key}"))


@pytest.mark.parametrize("headers", [("good", "good"), ("good", "bad"), ("bad", "good"), ("bad", "bad")])
def test_two_authorization_headers(service, stores_nothing, headers):
    values = {"good": f"JWT {service.key}", "bad": "JWT wrong"}
    data = request_bytes("POST", service.path(), [("Content-Type", CONTENT_TYPE)] +
                         [("Authorization", values[header]) for header in headers], BODY)
    expect_malformed(exchange(service.port, data))


def test_another_accounts_target(service, stores_nothing):
    expect_detail(service.send(BODY, CONTENT_TYPE, path=service.path(service.other_target)), 404)
    other = f"JWT {service.other_key}"
    expect_detail(service.send(BODY, CONTENT_TYPE, authorization=other), 404)


def test_deleted_target(service, stores_nothing):
    expect_detail(service.send(BODY, CONTENT_TYPE, path=service.path(service.deleted_target)), 404)


def test_deleting_works_at_once(service):
    target = service.make_target("Soon gone", "https://gone.example.com")
    expect_event(service, service.post({"url": GOOD_URL}, target=target), target)
    service.delete_target(target)
    expect_detail(service.post({"url": GOOD_URL}, target=target), 404)


@pytest.mark.parametrize("target_id", [
    "1", "11111111111", "zzzzzzzzzzz", "2NqBaYqTm7", "2NqBaYqTm7PP", "2" * 22, "2" * 23, "2" * 500,
    "0NqBaYqTm7P", "ONqBaYqTm7P", "INqBaYqTm7P", "lNqBaYqTm7P", "2NqBaYqTm7-", "2NqBaYqTm7_", "%32NqBaYqTm7", "-1", "0",
    "null", "%C3%A9", "%F0%9F%98%80", "%FF", "a%20b", "+", "a%2Fb", "%2F", "'", "2NqBaYqTm7P%20", "%092NqBaYqTm7P",
    "12345678901234567890", "jpXCZedGfVQ", "jpXCZedGfVR",
])
def test_ids_that_are_no_target(service, stores_nothing, target_id):
    path = f"/targets/{target_id}/webhooks/"
    expect_detail(service.send(BODY, CONTENT_TYPE, path=path), 404)
    expect_unauthorised(service.send(BODY, CONTENT_TYPE, path=path, authorization="JWT wrong"))


def test_ids_have_one_text(service, stores_nothing):
    target_id = service.target.id
    for other in (target_id.swapcase(), "1" + target_id, target_id + "1", target_id[1:], target_id[:-1]):
        expect_detail(service.send(BODY, CONTENT_TYPE, path=f"/targets/{other}/webhooks/"), 404)


def test_ids_of_other_kinds_are_no_target(service, stores_nothing):
    for other in (service.account_id, service.user_id):
        expect_detail(service.send(BODY, CONTENT_TYPE, path=f"/targets/{other}/webhooks/"), 404)
