"""Lists of webhooks: pages, order and content."""

import pytest

from expect import expect_fields, expect_malformed
from webhooks import OWNERS, Tenant, expect_not_found, expect_page

NO_NUMBER = "A positive whole number is required."
TOO_SMALL = "Ensure this value is greater than or equal to 1."
TOO_LONG = "Ensure this value is less than or equal to 100."


@pytest.fixture(scope="module", params=OWNERS)
def tenant(service, request):
    return Tenant(service, request.param)


@pytest.fixture(scope="module")
def ids(tenant):
    """The ids of 23 webhooks, the newest first. Ids grow with time, to the millisecond."""
    return sorted((tenant.register(name=f"number {n}") for n in range(23)), reverse=True)


def test_an_empty_list(service, tenant):
    empty = Tenant(service, tenant.owner)
    expect_page(empty.send("GET"), 0, 1, 10, [])
    expect_page(empty.send("GET", "?length=100&page=1"), 0, 1, 100, [])
    expect_not_found(empty.send("GET", "?page=2"))


@pytest.mark.parametrize("query, page, length, first, last", [
    ("", 1, 10, 0, 10), ("?", 1, 10, 0, 10), ("?page=1", 1, 10, 0, 10), ("?page=2", 2, 10, 10, 20),
    ("?page=3", 3, 10, 20, 23), ("?length=23", 1, 23, 0, 23), ("?length=22&page=2", 2, 22, 22, 23),
    ("?length=1&page=23", 23, 1, 22, 23), ("?length=100", 1, 100, 0, 23), ("?length=1", 1, 1, 0, 1),
    ("?page=7&page=2", 2, 10, 10, 20), ("?x=y&length=5&z", 1, 5, 0, 5), ("?p%61ge=%32", 2, 10, 10, 20),
    ("?page=0002", 2, 10, 10, 20), ("?PAGE=9&Page=9", 1, 10, 0, 10),
])
def test_pages(tenant, ids, query, page, length, first, last):
    expect_page(tenant.send("GET", query), 23, page, length, ids[first:last])


@pytest.mark.parametrize("query", ["?page=4", "?page=2&length=23", "?page=24&length=1", "?page=4294967296",
                                   "?page=4294967297&length=100", "?page=18446744073709551617",
                                   "?page=" + "9" * 100])
def test_beyond_the_last_page(tenant, ids, query):
    expect_not_found(tenant.send("GET", query))


@pytest.mark.parametrize("query, errors", [
    ("?page=0", {"page": TOO_SMALL}), ("?page=-1", {"page": NO_NUMBER}), ("?page=", {"page": NO_NUMBER}),
    ("?page", {"page": NO_NUMBER}), ("?page=x", {"page": NO_NUMBER}), ("?page=1.0", {"page": NO_NUMBER}),
    ("?page=+1", {"page": NO_NUMBER}), ("?page=%201", {"page": NO_NUMBER}), ("?page=1e1", {"page": NO_NUMBER}),
    ("?page=0x1", {"page": NO_NUMBER}), ("?page=%D9%A1", {"page": NO_NUMBER}), ("?page=1%00", {"page": NO_NUMBER}),
    ("?length=" + "9" * 100, {"length": TOO_LONG}), ("?page=00", {"page": TOO_SMALL}),
    ("?length=0", {"length": TOO_SMALL}), ("?length=101", {"length": TOO_LONG}), ("?length=ten", {"length": NO_NUMBER}),
    ("?page=2&page=x", {"page": NO_NUMBER}), ("?page=0&length=0", {"page": TOO_SMALL, "length": TOO_SMALL}),
])
def test_malformed_numbers(tenant, ids, query, errors):
    expect_fields(tenant.send("GET", query), errors)


def test_a_query_that_cannot_be_read(tenant, ids):
    assert "Query" in expect_malformed(tenant.send("GET", "?page=%ff"))
    assert "Query" in expect_malformed(tenant.send("GET", "?" + "&".join("a" * 1001)))


def test_its_objects_are_those_read_singly(tenant, ids):
    for webhook in expect_page(tenant.send("GET", "?length=3"), 23, 1, 3, ids[:3]):
        assert webhook == tenant.get(webhook["id"])
        assert list(webhook) == list(tenant.get(webhook["id"]))


def test_deleted_and_disabled_ones(service, tenant):
    own = Tenant(service, tenant.owner)
    webhooks = [own.register() for _ in range(4)]
    own.disable(webhooks[0])
    assert own.send("DELETE", f"{webhooks[1]}/").status == 204
    left = sorted((webhooks[0], *webhooks[2:]), reverse=True)
    expect_page(own.send("GET"), 3, 1, 10, left)


def test_filters(service, tenant):
    own = Tenant(service, tenant.owner)
    first, second = own.register(url="https://one.example.com/a?b=%20c"), own.register(url="https://two.example.com/")
    third = own.register(url="https://two.example.com/")
    own.disable(second)
    for query, expected in (("?enabled=true", [third, first]), ("?enabled=OFF", [second]), ("?enabled=", [third, second, first]),
                            ("?url=https://two.example.com/", [third, second]), ("?url=", [third, second, first]),
                            ("?url=https://one.example.com/a?b=%2520c", [first]), ("?url=https://TWO.example.com/", []),
                            ("?url=https://two.example.com/&enabled=1", [third]), ("?url=%c3%a9", []),
                            ("?url=%20https://two.example.com/+&enabled=no", [second])):
        expect_page(own.send("GET", query), len(expected), 1, 10, sorted(expected, reverse=True))
    expect_fields(own.send("GET", "?enabled=maybe"), {"enabled": "Must be a valid boolean."})
    expect_fields(own.send("GET", "?enabled=2&page=0"), {"enabled": "Must be a valid boolean.", "page": TOO_SMALL})


def test_owners_see_their_own_only(service, tenant):
    one = Tenant(service, "target")
    webhook = one.register()
    other = service.make_target("Second", "https://second.example.com", one.account_id)
    expect_page(one.send("GET"), 1, 1, 10, [webhook])
    expect_page(one.send("GET", path="/webhooks/"), 0, 1, 10, [])
    expect_page(one.send("GET", path=f"/targets/{other.id}/webhooks/"), 0, 1, 10, [])
    expect_not_found(one.send("GET", path=f"/targets/{tenant.target.id}/webhooks/"))


def test_there_is_no_entity_tag(tenant, ids):
    assert tenant.send("GET").header("ETag") is None
