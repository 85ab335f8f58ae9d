"""One webhook and its secret, read."""

import base64

import pytest
from support.ids import from_base58

from expect import GOOD_URL, expect_malformed
from webhooks import BOTH, NOBODY, OWNERS, Tenant, expect_not_found, expect_webhook


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


def test_a_new_webhook(tenant):
    webhook = tenant.get(tenant.register())
    assert (webhook["name"], webhook["url"], webhook["check_cert"]) == ("", GOOD_URL, True)
    assert (webhook["api_version"], webhook["enabled"], webhook["disabled_reason"]) == ("v1", True, None)
    assert webhook["created"] == webhook["changed"]
    assert webhook["created_by"] == webhook["changed_by"] == tenant.user


def test_every_field(tenant):
    name = 'Mü "\\/\u2028\U0001f600\u0001'
    webhook = tenant.get(tenant.register(name=name, url="https://x.example.com/?a=b&c=d#e", check_cert=False))
    assert (webhook["name"], webhook["url"]) == (name, "https://x.example.com/?a=b&c=d#e")
    assert webhook["check_cert"] is False


def test_who_registered_it(tenant):
    other = tenant.make_user(f"{tenant.owner}@example.com", "Other")
    response = tenant.send("POST", "", {"url": GOOD_URL}, key=tenant.make_key(user=other))
    webhook = tenant.get(response.json()["webhooks"][0]["id"])
    assert webhook["created_by"] == webhook["changed_by"] == other


def test_a_disabled_one_says_why(tenant):
    webhook = tenant.register()
    tenant.disable(webhook, "The receiver answered 410 Gone.")
    expect_webhook(tenant.send("GET", f"{webhook}/"), enabled=False, disabled_reason="The receiver answered 410 Gone.")


def test_the_secret_is_never_in_it(tenant):
    webhook = tenant.register()
    secret = tenant.send("GET", f"{webhook}/secret/").json()["secret"]
    assert secret.encode() not in tenant.send("GET", f"{webhook}/").body + tenant.send("GET").body


@pytest.mark.parametrize("rest", ["", "?x=y", "?%zz"])
def test_without_the_last_slash_and_with_a_query(tenant, rest):
    webhook = tenant.register()
    expect_webhook(tenant.send("GET", webhook + rest), id=webhook)


@pytest.mark.parametrize("rest", ["{}/", "{}/secret/"])
@pytest.mark.parametrize("text", [NOBODY, "x", "0", "1", "a" * 22, "%01", "{lower}", "{longer}", "{shorter}", "é",
                                  "{spaced}", "{other_owner}", "{other_account}", "{target}", "{event}"])
def test_other_ids(service, tenant, rest, text):
    webhook = tenant.register()
    neighbour = Tenant(service, tenant.owner)
    other_owner = Tenant(service, "account" if tenant.owner == "target" else "target")
    other_owner.key, other_owner.target = tenant.key, tenant.target
    event = tenant.send("POST", f"{webhook}/test/").json()["id"]
    webhook_id = text.format(lower=webhook.swapcase(), longer=webhook + "1", shorter=webhook[:-1], spaced=webhook + "%20",
                             other_owner=other_owner.register(), other_account=neighbour.register(),
                             target=tenant.target.id, event=event)
    expect_not_found(tenant.send("GET", rest.format(webhook_id)))


def test_other_targets_of_the_account(service, tenant):
    target = service.make_target("Second", "https://second.example.com", tenant.account_id)
    webhook = tenant.register()
    expect_not_found(tenant.send("GET", path=f"/targets/{target.id}/webhooks/{webhook}/"))
    service.delete_target(target)
    expect_not_found(tenant.send("GET", path=f"/targets/{target.id}/webhooks/{webhook}/"))


def test_the_entity_tag(tenant):
    webhook = tenant.register()
    first = tenant.send("GET", f"{webhook}/")
    tag = first.header("ETag")
    assert tag.startswith('"') and tag.endswith('"') and len(tag) > 20
    assert tenant.send("GET", f"{webhook}/").header("ETag") == tag
    for match in (tag, f"W/{tag}", f'"x", {tag}', f'{tag},"x"', "*", f'"",, {tag}', f' {tag} '):
        response = tenant.send("GET", f"{webhook}/", headers=[("If-None-Match", match)])
        assert (response.status, response.body) == (304, b""), match
        assert response.header("ETag") == tag
        assert response.header_values("Cache-Control") == ["no-store"]
        assert response.header("Content-Type") is None
    for match in ('"x"', tag[:-1], tag.strip('"'), f"w/{tag}", f'"x" {tag[1:]}', '""', "", "**", f"*, {tag}"):
        response = tenant.send("GET", f"{webhook}/", headers=[("If-None-Match", match)])
        expect_webhook(response, id=webhook)
    assert tenant.send("PATCH", f"{webhook}/", {"name": "changed"}).status == 200
    response = tenant.send("GET", f"{webhook}/", headers=[("If-None-Match", tag)])
    assert expect_webhook(response)["name"] == "changed"
    assert response.header("ETag") != tag


def test_two_if_none_match_headers(tenant):
    """nginx refuses them; they may be one header with a list."""
    headers = [("If-None-Match", '"x"'), ("If-None-Match", '"y"')]
    expect_malformed(tenant.send("GET", f"{tenant.register()}/", headers=headers))


@pytest.mark.parametrize("rest", ["", "{}/", "{}/secret/"])
def test_head(tenant, rest):
    path = rest.format(tenant.register())
    get, head = tenant.send("GET", path), tenant.send("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    for name in ("Content-Type", "ETag", "Cache-Control"):
        assert head.header_values(name) == get.header_values(name)
    if rest == "{}/":
        headers = [("If-None-Match", get.header("ETag"))]
        assert tenant.send("HEAD", path, headers=headers).status == 304
    assert tenant.send("HEAD", f"{NOBODY}/").status == 404


def test_the_secret(service, tenant):
    webhook = tenant.register()
    response = tenant.send("GET", f"{webhook}/secret/")
    assert response.status == 200 and list(response.json()) == ["secret"]
    assert response.header_values("Cache-Control") == ["no-store"]
    prefix, _, text = response.json()["secret"].partition("_")
    assert prefix == "whsec" and len(base64.b64decode(text, validate=True)) == 32
    assert tenant.send("GET", f"{webhook}/secret").json() == response.json()
    assert tenant.send("GET", f"{tenant.register()}/secret/").json() != response.json()
    stored = service.row("SELECT secret FROM webhooks WHERE id = %s", from_base58(webhook))["secret"]
    assert base64.b64decode(text) not in stored


def test_secrets_are_not_logged(service, tenant):
    webhook = tenant.register()
    secrets = [tenant.send("GET", f"{webhook}/secret/").json()["secret"],
               tenant.send("POST", f"{webhook}/secret/rotate/").json()["secret"]]
    logged = b"".join(path.read_bytes() for path in service.log_files())
    assert logged and not any(secret.encode() in logged for secret in secrets)


@BOTH
def test_keys_of_other_accounts_find_nothing(service, owner):
    tenant, neighbour = Tenant(service, owner), Tenant(service, owner)
    webhook = tenant.register()
    for rest in ("", "secret/"):
        expect_not_found(tenant.send("GET", f"{webhook}/{rest}", key=neighbour.key))
