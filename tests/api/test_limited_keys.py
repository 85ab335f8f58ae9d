"""A key that is limited to some targets reaches these and nothing else, whatever the operation. The operations are read
from docs/openapi.yaml, so a new one is tested as well.
"""

from dataclasses import dataclass

import pytest
from events import Owner, make_owner, retry_path
from support.ids import from_base58
from support.openapi import Document

from expect import expect_detail

FORBIDDEN = "You do not have permission to perform this action."
OPERATIONS = [operation for operation in Document().operations() if operation.path.startswith("/")]
OF_TARGETS = [operation for operation in OPERATIONS if "{target_id}" in operation.path]
FOR_ALL_KEYS = ("/me/", "/targets/")  # which show a limited key only what is its own (test_accounts.py)
OF_THE_ACCOUNT = [operation for operation in OPERATIONS
                  if "{target_id}" not in operation.path and operation.path not in FOR_ALL_KEYS]
WITH_OBJECTS = [operation for operation in OF_TARGETS if operation.path.count("{") > 1]


@dataclass
class Scope:
    """A target, or an account as a whole, with a webhook and an event of its own."""
    target: object
    webhook: str
    event: str


@dataclass
class Estate:
    """The objects that a limited key may reach, and objects outside of them."""
    owner: Owner
    key: str
    allowed: Scope
    account: Scope
    other_target: Scope
    other_account: Scope

    def around(self):
        return [self.account, self.other_target, self.other_account]


def make_scope(owner, target):
    webhook = owner.register(target)
    event = owner.published(target) if target else owner.send("POST", f"/webhooks/{webhook}/test/").json()
    return Scope(target, webhook, event["id"])


@pytest.fixture(scope="module")
def estate(service):
    owner, neighbour = make_owner(service), make_owner(service)
    account, other_target = make_scope(owner, None), make_scope(owner, owner.make_target())
    allowed = make_scope(owner, owner.make_target())
    key = owner.make_key("read,manage,publish", [allowed.target])
    return Estate(owner, key, allowed, account, other_target, make_scope(neighbour, neighbour.make_target()))


def path_of(operation, target, scope):
    return operation.path.format(target_id=target and target.id, webhook_id=scope.webhook, event_id=scope.event)


def send(estate, operation, path):
    return estate.owner.send(operation.method.upper(), path, b"{}", "application/json", key=estate.key)


def everything(service, estate):
    """The rows outside of what the key may reach."""
    webhooks = [from_base58(scope.webhook) for scope in estate.around()]
    return (service.rows("SELECT * FROM webhooks WHERE id IN %s ORDER BY id", webhooks),
            service.rows("SELECT * FROM deliveries WHERE webhook_id IN %s ORDER BY event_id, webhook_id", webhooks),
            service.rows("SELECT * FROM retired_secrets WHERE webhook_id IN %s", webhooks))


@pytest.mark.parametrize("operation", OF_THE_ACCOUNT, ids=str)
def test_nothing_of_the_account(service, estate, operation):
    before = everything(service, estate)
    for scope in [estate.allowed, *estate.around()]:
        expect_detail(send(estate, operation, path_of(operation, None, scope)), 403, FORBIDDEN)
    assert everything(service, estate) == before


@pytest.mark.parametrize("operation", OF_TARGETS, ids=str)
def test_no_other_target(service, estate, operation):
    before = everything(service, estate)
    for target in (estate.other_target.target, estate.other_account.target):
        for scope in [estate.allowed, *estate.around()]:
            expect_detail(send(estate, operation, path_of(operation, target, scope)), 403, FORBIDDEN)
    assert everything(service, estate) == before


@pytest.mark.parametrize("operation", WITH_OBJECTS, ids=str)
def test_nothing_from_elsewhere_by_way_of_its_own_target(service, estate, operation):
    before = everything(service, estate)
    for scope in estate.around():
        expect_detail(send(estate, operation, path_of(operation, estate.allowed.target, scope)), 404)
    assert everything(service, estate) == before


def test_no_delivery_of_its_own_event_to_a_webhook_that_is_not_its_own(service, estate):
    target, event = estate.allowed.target, estate.allowed.event
    before = everything(service, estate)
    for scope in estate.around():
        expect_detail(estate.owner.send("POST", retry_path(event, scope.webhook, target), key=estate.key), 404)
    assert everything(service, estate) == before
    # Keys without a limit may, and this one may with its own.
    assert estate.owner.send("POST", retry_path(event, estate.account.webhook, target)).status == 200
    assert estate.owner.send("POST", retry_path(event, estate.allowed.webhook, target), key=estate.key).status == 200


def test_lists_hold_nothing_from_elsewhere(estate):
    for kind in ("webhooks", "events"):
        body = estate.owner.get(f"/targets/{estate.allowed.target.id}/{kind}/?length=100", key=estate.key).json()
        ids = {one["id"] for one in body["results"]}
        assert ids and not ids & {getattr(scope, kind[:-1]) for scope in estate.around()}
