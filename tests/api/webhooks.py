"""Webhooks as the tests manage them: an account of their own, with webhooks of its target and of the account."""

import json
from dataclasses import dataclass, field

import pytest
from support.http_client import encode
from support.ids import PATTERN, from_base58

from expect import GOOD_URL, TIME, expect_detail

OWNERS = ("target", "account")
BOTH = pytest.mark.parametrize("owner", OWNERS)
MEMBERS = ["id", "name", "url", "check_cert", "api_version", "event_types", "ordered", "enabled", "disabled_reason",
           "failing_since", "created", "created_by", "changed", "changed_by"]
NOBODY = "11111111111"  # an id that no object has


@dataclass
class Tenant:
    """An account with a target and a user whose key may do everything. `owner` says whose webhooks are meant."""

    service: object
    owner: str
    key: str = field(default="", repr=False)
    user: dict = field(default_factory=dict)
    target: object = None

    def __post_init__(self):
        account = self.service.cli("account", "create", "--name", "Tenant")["id"]
        name, email = "Téa \"T\"", "tea@example.com"
        self.user = {"id": self.service.cli("user", "create", "--account", account, "--email", email, "--name", name)["id"],
                     "email": email, "name": name}
        self.account_id = account
        self.target = self.service.make_target("Shop", "https://shop.example.com", account)
        self.key = self.make_key("read,manage,publish")

    def make_key(self, rights=None, targets=None, user=None):
        return self.service.make_key("key", (user or self.user)["id"], rights, targets)

    def make_user(self, email="new@example.com", name="New"):
        made = self.service.cli("user", "create", "--account", self.account_id, "--email", email, "--name", name)
        return {"id": made["id"], "email": email, "name": name}

    def path(self, rest=""):
        return (f"/targets/{self.target.id}" if self.owner == "target" else "") + "/webhooks/" + rest

    def send(self, method, rest="", fields=None, kind="json", *, key=None, path=None, headers=()):
        """A request with these fields as its body, or without a body."""
        content_type, body = (None, b"") if fields is None else encode(kind, fields)
        return self.service.send(body, content_type, method=method, path=path or self.path(rest), headers=headers,
                                 authorization=f"JWT {key or self.key}")

    def register(self, **fields):
        """The id of a new webhook."""
        response = self.send("POST", "", {"url": GOOD_URL, **fields})
        assert response.status == 200, response.body
        return response.json()["webhooks"][0]["id"]

    def get(self, webhook):
        return expect_webhook(self.send("GET", f"{webhook}/"), id=webhook)

    def disable(self, webhook, reason="Too many failures."):
        self.service.execute("UPDATE webhooks SET enabled = FALSE, disabled_reason = %s WHERE id = %s", reason,
                             from_base58(webhook))

    def deliveries(self, webhook):
        return self.service.rows("SELECT * FROM deliveries WHERE webhook_id = %s", from_base58(webhook))


def expect_webhook(response, **expected):
    """A 200 with a webhook object, whole and in order, with these values; returns it."""
    assert response.status == 200, (response.status, response.body)
    assert response.header_values("Cache-Control") == ["no-store"]
    webhook = response.json()
    assert list(webhook) == MEMBERS
    assert PATTERN.fullmatch(webhook["id"])
    for name in ("created", "changed"):
        assert TIME.fullmatch(webhook[name])
        assert list(webhook[f"{name}_by"]) == ["id", "email", "name"]
    assert webhook["changed"] >= webhook["created"]
    assert (webhook["disabled_reason"] is None) or not webhook["enabled"]
    assert {name: webhook[name] for name in expected} == expected
    return webhook


def expect_forbidden(response):
    expect_detail(response, 403, "You do not have permission to perform this action.")


def expect_not_found(response):
    expect_detail(response, 404)


def expect_page(response, count, page, length, ids=None):
    """A 200 with that page of a list; returns its objects."""
    assert response.status == 200, (response.status, response.body)
    assert response.header_values("Cache-Control") == ["no-store"]
    body = response.json()
    results = body.pop("results")
    assert (body.pop("next") is None) == (count <= page * length)
    assert body == {"count": count, "page_total": max(1, -(-count // length)), "page": page, "length": length}
    assert list(json.loads(response.body)) == ["count", "page_total", "page", "length", "next", "results"]
    if ids is not None:
        assert [webhook["id"] for webhook in results] == ids
    return results
