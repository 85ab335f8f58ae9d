"""What a key is for: me/ and targets/, for every valid key."""

import pytest
from events import make_owner
from support.ids import from_base58

from expect import expect_detail, expect_fields, expect_method_not_allowed, expect_unauthorised, time_text
from webhooks import NOBODY, expect_forbidden, expect_not_found, expect_page

RIGHTS = ["read", "manage", "publish", "read,manage,publish"]
PATHS = ["/me/", "/targets/", "/targets/{id}/"]
NEVER = "2099-01-31T16:32:17.238553Z"


@pytest.fixture(scope="module")
def owner(service):
    return make_owner(service)


@pytest.fixture(scope="module")
def targets(owner):
    """Newest first."""
    return [owner.make_target() for _ in range(12)][::-1]


def me(owner, key=None):
    response = owner.get("/me/", key=key)
    assert response.status == 200, response.body
    assert response.header_values("Cache-Control") == ["no-store"]
    body = response.json()
    assert list(body) == ["account", "user", "key"]
    assert list(body["account"]) == ["id", "name"] and list(body["user"]) == ["id", "email", "name"]
    assert list(body["key"]) == ["id", "name", "rights", "expires", "targets"]
    return body


def target_row(service, target):
    return service.row("SELECT * FROM targets WHERE id = %s", from_base58(target.id))


def test_who_the_key_belongs_to(service, owner):
    body = me(owner)
    account = service.row("SELECT name FROM accounts WHERE id = %s", from_base58(owner.account_id))
    user = service.row("SELECT * FROM users WHERE id = %s", from_base58(owner.user_id))
    assert body["account"] == {"id": owner.account_id, "name": account["name"]}
    assert body["user"] == {"id": owner.user_id, "email": user["email"], "name": user["name"]}
    row = service.row("SELECT * FROM api_keys WHERE id = %s", from_base58(body["key"]["id"]))
    assert body["key"]["name"] == row["name"]
    assert body["key"]["expires"] is None and body["key"]["targets"] is None


@pytest.mark.parametrize("rights", [*RIGHTS, "publish,read"])
def test_rights_are_in_one_order(owner, rights):
    key = me(owner, owner.make_key(rights))["key"]
    assert key["rights"] == [right for right in ("read", "manage", "publish") if right in rights]


def test_expiry(service, owner):
    key = owner.make_key("read")
    made = me(owner, key)["key"]["id"]
    service.execute("UPDATE api_keys SET expires_at = '2099-01-31 16:32:17.238553' WHERE id = %s", from_base58(made))
    assert me(owner, key)["key"]["expires"] == NEVER
    service.execute("UPDATE api_keys SET expires_at = UTC_TIMESTAMP(6) WHERE id = %s", from_base58(made))
    for path in PATHS:
        expect_unauthorised(owner.get(path.format(id=NOBODY), key=key))


def test_a_limited_key_sees_its_targets(service, owner, targets):
    chosen = [targets[3], targets[7]]
    key = owner.make_key("read", chosen)
    ids = [target.id for target in chosen]
    assert me(owner, key)["key"]["targets"] == ids
    expect_page(owner.get("/targets/", key=key), 2, 1, 10, ids)
    for target in chosen:
        assert owner.get(f"/targets/{target.id}/", key=key).json()["id"] == target.id
    # The answer says nothing about which targets there are.
    for other in (targets[0].id, service.other_target.id, NOBODY, "x"):
        expect_forbidden(owner.get(f"/targets/{other}/", key=key))


@pytest.mark.parametrize("rights", RIGHTS)
def test_all_rights_see_all_targets(owner, targets, rights):
    key = owner.make_key(rights)
    expect_page(owner.get("/targets/?length=100", key=key), 12, 1, 100, [target.id for target in targets])
    assert owner.get(f"/targets/{targets[0].id}/", key=key).status == 200


def test_a_target(service, owner, targets):
    target = targets[0]
    row = target_row(service, target)
    expected = {"id": target.id, "name": target.name, "url": target.url, "verified": None,
                "created": time_text(row["created_at"])}
    response = owner.get(f"/targets/{target.id}/")
    assert response.status == 200 and response.json() == expected and list(response.json()) == list(expected)
    (in_page,) = [one for one in owner.get("/targets/?length=100").json()["results"] if one["id"] == target.id]
    assert in_page == expected
    # It has a tag, which changes with the target.
    tag = response.header("ETag")
    unchanged = owner.get(f"/targets/{target.id}/", headers=[("If-None-Match", tag)])
    assert (unchanged.status, unchanged.body, unchanged.header("ETag")) == (304, b"", tag)
    service.cli("target", "verify", target.id)
    changed = owner.get(f"/targets/{target.id}/", headers=[("If-None-Match", tag)])
    assert changed.status == 200 and changed.header("ETag") != tag
    assert changed.json() == {**expected, "verified": time_text(target_row(service, target)["verified_at"])}


def test_targets_that_there_are_not(service, owner):
    gone = owner.make_target()
    assert owner.get(f"/targets/{gone.id}/").status == 200
    service.delete_target(gone)
    for target in (gone.id, service.other_target.id, NOBODY, "x", "%20", "1" * 23):
        expect_not_found(owner.get(f"/targets/{target}/"))
    assert gone.id not in str(owner.get("/targets/?length=100").json())


def test_pages(owner, targets):
    ids = [target.id for target in targets]
    expect_page(owner.get("/targets/"), 12, 1, 10, ids[:10])
    expect_page(owner.get("/targets?page=3&length=5"), 12, 3, 5, ids[10:])
    found, path = [], "/targets/?length=5"
    while path:
        page = owner.get(path).json()
        found += [one["id"] for one in page["results"]]
        path = page["next"]
    assert found == ids
    assert owner.get("/targets/?length=5").json()["next"] == f"/targets/?length=5&after={ids[4]}"
    expect_detail(owner.get("/targets/?page=3"), 404)
    expect_fields(owner.get("/targets/?page=0&length=101"), {
        "page": "Ensure this value is greater than or equal to 1.",
        "length": "Ensure this value is less than or equal to 100."})


def test_an_account_without_targets(service):
    empty = make_owner(service)
    expect_page(empty.get("/targets/"), 0, 1, 10, [])


@pytest.mark.parametrize("path", [*PATHS, "/me", "/targets", "/targets/{id}", "/m%65/", "/%74argets/"])
def test_methods(service, owner, targets, path):
    path = path.format(id=targets[0].id)
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE"):
        response = service.send(b"", None, method=method, path=path, authorization=None)
        expect_method_not_allowed(response, method, ["GET", "HEAD", "OPTIONS"])
    options = service.send(b"", None, method="OPTIONS", path=path, authorization=None)
    assert (options.status, options.header("Allow")) == (204, "GET, HEAD, OPTIONS")
    assert owner.get(path).status == 200
    head = owner.send("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    expect_unauthorised(service.send(b"", None, method="GET", path=path, authorization=None))


@pytest.mark.parametrize("path", ["/me/x/", "/mex", "/me//", "/targets//", "//me/", "/me%2F"])
def test_paths_that_are_no_route(owner, path):
    expect_detail(owner.get(path), 404)
