"""One database server for all tests of this folder. Each test gets an operator with a schema of its own."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from support.mariadb import FAST, PrivateMariaDB  # noqa: E402  (after the path is set)
from support.operator_shell import Operator  # noqa: E402


@pytest.fixture(scope="session", name="server")
def make_server():
    with PrivateMariaDB(options=FAST) as server:
        yield server


@pytest.fixture(name="empty")
def make_empty(server, tmp_path):
    return Operator(server, tmp_path)


@pytest.fixture(name="operator")
def make_operator(empty):
    empty.json("migrate")
    return empty


@pytest.fixture(name="account")
def make_account(operator):
    return operator.json("account", "create", "--name", "Example")["id"]


@pytest.fixture(name="user")
def make_user(operator, account):
    return operator.json("user", "create", "--account", account, "--email", "ana@example.com", "--name", "Ana")["id"]


@pytest.fixture(name="target")
def make_target(operator, account):
    return operator.json("target", "create", "--account", account, "--name", "Shop",
                         "--url", "https://shop.example.com")["id"]
