"""The program `targethooks` against a database: every exit code, and the commands for accounts, users, keys and
targets.
"""

import contextlib
import json
import os
import pty
import re
import subprocess

import pytest
from support.operator_shell import CONFIGURATION, DATABASE, DONE, PROGRAM, REFUSED, SCHEMA, USAGE, run

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
ID = re.compile(r"[1-9A-HJ-NP-Za-km-z]{11}")
KEY = re.compile(r"thk_[A-Za-z0-9_-]{43}")
NOBODY = "11111111112"

COMMANDS = ["migrate", "account create", "account list", "account rename", "account delete", "user create",
            "user list", "user rename", "user delete", "key create", "key list", "key revoke",
            "target create", "target list", "target verify", "target rename", "target delete",
            "webhook list", "webhook show", "webhook enable", "webhook disable", "webhook create", "webhook update",
            "webhook delete", "webhook headers show", "webhook headers set", "webhook test", "webhook recover",
            "webhook deliveries",
            "event list", "event show",
            "event publish", "delivery list", "delivery retry", "undelivered", "outbox list", "outbox drain",
            "outbox retry", "outbox delete", "audit list"]


# Without a database


def test_help_of_the_program_lists_commands_and_exit_codes():
    done = run("--help")
    assert (done.returncode, done.stderr) == (DONE, "")
    for command in COMMANDS:
        assert f"\n  {command} " in done.stdout
    for code in range(6):
        assert re.search(rf"^  {code}  \w", done.stdout, re.MULTILINE)
    assert run("-h").stdout == done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(command):
    done = run(*command.split(), "--help")
    assert (done.returncode, done.stderr) == (DONE, "")
    assert f"Usage: targethooks {command}" in done.stdout
    assert f"Example:\n  targethooks {command}" in done.stdout


def test_version():
    done = run("--version")
    assert done.returncode == DONE
    assert re.fullmatch(r"targethooks \d+\.\d+\.\d+\n", done.stdout)


@pytest.mark.parametrize("words, message", [
    ([], "a command is missing"),
    (["frob"], 'there is no command "frob"'),
    (["account"], "a command is missing"),
    (["account", "frob"], 'there is no command "account frob"'),
    (["account", "create"], "--name"),
    (["account", "create", "--name", "  "], "--name must not be empty"),
    (["account", "create", "--name", "a\nb"], "control characters"),
    (["account", "create", "--name", "x" * 256], "at most 255 characters"),
    (["user", "create", "--account", "x", "--email", "a@b", "--name", "A"], "--account must be an id"),
    (["user", "create", "--account", NOBODY, "--email", "ab", "--name", "A"], "--email must be an e-mail address"),
    (["key", "create", "--user", NOBODY, "--name", "A", "--expires", "tomorrow"], "--expires must be a time"),
    (["key", "create", "--user", NOBODY, "--name", "A", "--expires-in-days", "0"], "from 1 to 36500"),
    (["key", "create", "--user", NOBODY, "--name", "A", "--expires-in-days", "1", "--expires", "x"], "exclude"),
    (["key", "create", "--user", NOBODY, "--name", "A", "--rights", "read,write"], "some of read,manage,publish"),
    (["key", "create", "--user", NOBODY, "--name", "A", "--targets", "shop"], "--targets must be an id"),
    (["account", "rename", NOBODY], "--name"),
    (["account", "rename", NOBODY, "--name", " "], "--name must not be empty"),
    (["account", "rename", "x", "--name", "A"], "the account must be an id"),
    (["account", "delete", NOBODY], "--yes is required"),
    (["account", "delete", "x", "--yes"], "the account must be an id"),
    (["user", "rename", NOBODY], "give --name, --email or both"),
    (["user", "rename", NOBODY, "--name", "x" * 256], "at most 255 characters"),
    (["user", "rename", NOBODY, "--email", "ab"], "--email must be an e-mail address"),
    (["user", "delete", "x"], "the user must be an id"),
    (["target", "rename", NOBODY], "--name"),
    (["target", "rename", NOBODY, "--name", "a\nb"], "control characters"),
    (["key", "list"], "either --account or --user"),
    (["key", "list", "--account", NOBODY, "--user", NOBODY], "either --account or --user"),
    (["key", "revoke"], "KEY is required"),
    (["target", "create", "--account", NOBODY, "--name", "A", "--url", "ftp://x"], "--url must be an http or https"),
    (["target", "verify", "0"], "the target must be an id"),
    (["webhook", "list", "--account", NOBODY, "--target", NOBODY], "either --account or --target"),
    (["webhook", "list", "--target", NOBODY, "--limit", "0"], "--limit must be a number from 1 to 1000"),
    (["webhook", "list", "--target", NOBODY, "--page", "-1"], "--page must be a number from 1"),
    (["webhook", "show", "x"], "the webhook must be an id"),
    (["webhook", "disable", NOBODY], "--reason"),
    (["webhook", "disable", NOBODY, "--reason", " "], "--reason must not be empty"),
    (["event", "list", "--account", NOBODY, "--type", "x"], "--type must be one of user_created, "),
    (["event", "list", "--account", NOBODY, "--status", "lost"], "--status must be one of scheduled, "),
    (["event", "list", "--account", NOBODY, "--since", "now"], "--since must be a time"),
    (["event", "list", "--account", NOBODY, "--until", "now"], "--until must be a time"),
    (["event", "publish", "--target", NOBODY, "--content", "{}", "--type", "target_created"],
     "--type must be one of scan_started, "),
    (["event", "publish", "--target", NOBODY, "--type", "scan_failed", "--content", "[]"],
     "--content must be a JSON object"),
    (["event", "publish", "--target", NOBODY, "--type", "scan_failed", "--content", "-"],
     "--content must be a JSON object"),
    (["event", "publish", "--target", NOBODY, "--type", "scan_failed", "--content", "{}", "--occurred-at", "1"],
     "--occurred-at must be a time"),
    (["delivery", "list"], "either --event or --webhook"),
    (["delivery", "list", "--event", NOBODY, "--webhook", NOBODY], "either --event or --webhook"),
    (["delivery", "list", "--event", NOBODY, "--status", "failed"], "--status needs --webhook"),
    (["delivery", "list", "--webhook", NOBODY, "--status", "lost"], "--status must be one of scheduled, "),
    (["webhook", "deliveries", "x"], "the webhook must be an id"),
    (["webhook", "deliveries", NOBODY, "--since", "now"], "--since must be a time"),
    (["delivery", "retry", "--event", NOBODY], "--webhook"),
    (["undelivered", "--account", "x"], "--account must be an id"),
    (["undelivered", "--limit", "x"], "--limit must be a number"),
    (["outbox", "retry", "x"], "the row must be a number"),
    (["audit", "list", "--action", "key steal"], "--action must be one of secret read, "),
    (["audit", "list", "--since", "now"], "--since must be a time"),
])
def test_wrong_usage_is_reported_before_anything_else(words, message):
    # The configuration does not exist and is not read.
    done = run(*words, config="/nonexistent/targethooks.conf")
    assert (done.returncode, done.stdout) == (USAGE, "")
    assert message in done.stderr
    assert "--help" in done.stderr


def test_a_named_configuration_must_exist():
    for done in (run("account", "list", config="/nonexistent/a.conf"),
                 run("account", "list", environment={"TARGETHOOKS_CONFIG": "/nonexistent/a.conf"})):
        assert done.returncode == CONFIGURATION
        assert "/nonexistent/a.conf" in done.stderr


def test_unknown_keys_are_refused_except_those_of_other_programs(tmp_path):
    config = tmp_path / "a.conf"
    config.write_text("api_workers = 3\nlog_format = json\ndeliver_workers = 1\ndatabase_sockt = /x\n")
    done = run("account", "list", config=config)
    assert done.returncode == CONFIGURATION
    assert f"{config}:4" in done.stderr and "database_sockt" in done.stderr


def test_a_database_that_is_away(tmp_path):
    config = tmp_path / "a.conf"
    config.write_text(f"database_socket = {tmp_path}/none.sock\nadmin_database_user = x\n")
    done = run("account", "list", config=config)
    assert (done.returncode, done.stdout) == (DATABASE, "")
    assert done.stderr.startswith("targethooks: database: ")


# With one


def test_a_schema_that_is_not_ours(empty):
    empty.refused(SCHEMA, "targethooks migrate", "account", "list")
    first = empty.json("migrate")
    assert first["applied"][0] == "0001_initial"
    assert first["schema"] == first["applied"][-1]
    assert empty.json("migrate") == {"schema": first["schema"], "applied": []}
    assert "nothing to do" in empty.run("migrate").stdout
    empty.rows("INSERT INTO schema_migrations VALUES (9999, '9999_future', UTC_TIMESTAMP(6))")
    empty.refused(SCHEMA, "9999_future", "account", "list")
    empty.refused(SCHEMA, "9999_future", "migrate")


def test_the_environment_names_the_configuration(operator):
    done = run("account", "list", "--json", environment={"TARGETHOOKS_CONFIG": str(operator.config)})
    assert (done.returncode, done.stdout) == (DONE, "[]\n")
    done = run("account", "list", config=operator.config, environment={"TARGETHOOKS_DATABASE_NAME": "nonexistent"})
    assert done.returncode == DATABASE


def test_accounts(operator):
    created = operator.json("account", "create", "--name", "  Müller 😀 ")
    assert created["name"] == "Müller 😀"
    assert ID.fullmatch(created["id"]) and TIME.fullmatch(created["created"])
    assert operator.json("account", "list") == [created]
    people = operator.run("account", "list").stdout
    assert people.splitlines()[0].split() == ["id", "name", "created", "deletion_began"]
    assert people.splitlines()[1].startswith(f"{created['id']}  Müller 😀")
    shown = operator.run("account", "create", "--name", "Second")
    assert re.fullmatch(rf"id: +{ID.pattern}\nname: +Second\ncreated: +{TIME.pattern}\ndeletion_began: -\n",
                        shown.stdout)
    renamed = operator.json("account", "rename", created["id"], "--name", " Maier ")
    assert renamed == {**created, "name": "Maier"}
    operator.refused(REFUSED, f"no such account: {NOBODY}", "account", "rename", NOBODY, "--name", "A")


def test_an_account_is_deleted_with_everything_that_belongs_to_it(operator, account, user, target):
    other = operator.json("account", "create", "--name", "Other")["id"]
    operator.json("event", "publish", "--target", target, "--type", "scan_started", "--content", "{}")
    operator.rows("INSERT INTO outbox (target, event_type, content)"
                  f" VALUES ('{target}', 'scan_started', '{{}}'), ('{other}', 'scan_started', '{{}}')")
    counted = operator.json("account", "delete", account, "--dry-run")
    assert counted == {"id": account, "name": "Example", "users": 1, "keys": 0, "targets": 1, "webhooks": 0,
                       "events": 3, "deliveries": 0}
    assert len(operator.json("account", "list")) == 2
    assert "Nothing was deleted." in operator.run("account", "delete", account, "--dry-run").stdout
    operator.refused(USAGE, "--yes is required", "account", "delete", account)
    deleted = operator.json("account", "delete", account, "--yes")
    assert deleted == {**counted, "attempts": 0, "outbox": 1}
    assert [one["id"] for one in operator.json("account", "list")] == [other]
    for table in ("users", "targets", "events", "counters"):
        assert operator.rows(f"SELECT COUNT(*) FROM {table}") == ((0,),), table
    assert operator.rows("SELECT target FROM outbox") == ((other,),)
    for words in (["account", "delete", account, "--yes"], ["account", "delete", account, "--dry-run"],
                  ["user", "list", "--account", account]):
        operator.refused(REFUSED, f"no such account: {account}", *words)
    first = operator.json("audit", "list")[0]
    assert (first["action"], first["object"], first["account"]) == ("account delete", f"account {account}", account)


def test_the_name_is_asked_for_on_a_terminal(operator, account):
    def answer(text):
        """The exit code and what is shown, after this text was typed."""
        terminal, its_end = pty.openpty()
        with subprocess.Popen([PROGRAM, "--config", operator.config, "account", "delete", account], stdin=its_end,
                              stdout=subprocess.DEVNULL, stderr=its_end, env={}) as program:
            os.close(its_end)
            shown = b""
            while not shown.endswith(b"to go on: "):
                shown += os.read(terminal, 1024)
            os.write(terminal, text)
            code = program.wait(120)
            with contextlib.suppress(OSError):  # the other end is closed
                while part := os.read(terminal, 1024):
                    shown += part
        os.close(terminal)
        return code, shown.decode()

    code, shown = answer(b"Exam\n")
    assert code == REFUSED and 'Type its name, "Example"' in shown and "nothing was deleted" in shown
    assert operator.json("account", "list")[0]["deletion_began"] is None
    assert answer(b"Example\n")[0] == DONE
    assert operator.json("account", "list") == []


def test_users(operator, account):
    words = ["user", "create", "--account", account, "--email", "ana@example.com", "--name", "Ana"]
    created = operator.json(*words)
    assert {**created, "id": None, "created": None} == {
        "id": None, "account": account, "email": "ana@example.com", "name": "Ana", "created": None}
    assert operator.json("user", "list", "--account", account) == [created]
    operator.refused(REFUSED, "e-mail address already: ana@example.com", *words)
    operator.refused(REFUSED, f"no such account: {NOBODY}", "user", "create", "--account", NOBODY,
                     "--email", "ana@example.com", "--name", "Ana")
    operator.refused(REFUSED, "no such account", "user", "list", "--account", NOBODY)
    assert operator.rows("SELECT event_type, content FROM events") == ((
        "user_created", json.dumps({"id": created["id"], "email": "ana@example.com", "name": "Ana"},
                                   separators=(",", ":"))),)


def test_users_are_renamed_and_deleted(operator, account, user):
    key = operator.json("key", "create", "--user", user, "--name", "build")["id"]
    (listed,) = operator.json("user", "list", "--account", account)
    renamed = operator.json("user", "rename", user, "--name", " Ana Lima ")
    assert renamed == {**listed, "name": "Ana Lima"}
    moved = operator.json("user", "rename", user, "--email", "lima@example.com", "--name", "Ana")
    assert moved == {**listed, "email": "lima@example.com"}
    operator.json("user", "create", "--account", account, "--email", "bob@example.com", "--name", "Bob")
    operator.refused(REFUSED, "e-mail address already: bob@example.com", "user", "rename", user, "--email",
                     "bob@example.com")
    assert operator.json("user", "delete", user) == moved
    assert [one["name"] for one in operator.json("user", "list", "--account", account)] == ["Bob"]
    assert [(one["id"], one["state"]) for one in operator.json("key", "list", "--account", account)] == [
        (key, "revoked")]
    for words in (["user", "delete", user], ["user", "rename", user, "--name", "x"],
                  ["key", "create", "--user", user, "--name", "x"]):
        operator.refused(REFUSED, f"no such user: {user}", *words)
    assert operator.json("event", "list", "--account", account, "--type", "user_deleted")[0]["event_type"]
    for (table,) in operator.rows("SHOW TABLES"):
        rows = str(operator.rows(f"SELECT * FROM {table}"))
        assert "ana@example.com" not in rows, table
        assert ("lima@example.com" in rows) == (table == "events"), table


def test_a_key_is_shown_once_and_stored_nowhere(operator, account, user):
    created = operator.json("key", "create", "--user", user, "--name", "build")
    key = created.pop("key")
    assert KEY.fullmatch(key)
    assert {**created, "id": None, "created": None} == {
        "id": None, "account": account, "user": user, "name": "build", "rights": ["read", "manage"],
        "limited_to": None, "state": "active", "created": None, "expires": None, "revoked": None}
    assert operator.json("key", "list", "--user", user) == [created]
    assert operator.json("key", "list", "--account", account) == [created]

    shown = operator.run("key", "create", "--user", user, "--name", "second")
    assert len(KEY.findall(shown.stdout)) == 1 and "can't be shown again" in shown.stdout
    assert KEY.search(shown.stdout).group() != key

    checked = 0
    for (table,) in operator.rows("SHOW TABLES"):
        for row in operator.rows(f"SELECT * FROM {table}"):
            for cell in row:
                data = cell if isinstance(cell, bytes) else str(cell).encode()
                assert key.encode() not in data and key[4:].encode() not in data, table
                checked += 1
    assert checked > 0
    digests = operator.rows("SELECT SHA2(%r, 256) = LOWER(HEX(digest)) FROM api_keys ORDER BY id" % key)
    assert digests == ((1,), (0,))


def test_keys_expire(operator, user):
    at = operator.json("key", "create", "--user", user, "--name", "a", "--expires", "2999-01-31T00:00:00Z")
    assert at["expires"] == "2999-01-31T00:00:00.000000Z"
    after = operator.json("key", "create", "--user", user, "--name", "b", "--expires-in-days", "90")
    (days,), = operator.rows("SELECT DATEDIFF(expires_at, created_at) FROM api_keys WHERE name = 'b'")
    assert days in (89, 90, 91) and TIME.fullmatch(after["expires"])
    operator.refused(REFUSED, "expired already", "key", "create", "--user", user, "--name", "c",
                     "--expires", "2001-01-31T00:00:00Z")
    operator.rows("UPDATE api_keys SET expires_at = '2001-01-01' WHERE name = 'a'")
    assert [key["state"] for key in operator.json("key", "list", "--user", user)] == ["expired", "active"]
    operator.refused(REFUSED, "no such user", "key", "create", "--user", NOBODY, "--name", "c")


def test_keys_have_rights_and_limits(operator, account, user, target):
    second = operator.json("target", "create", "--account", account, "--name", "Blog",
                           "--url", "https://blog.example.com")["id"]
    made = operator.json("key", "create", "--user", user, "--name", "a", "--rights", "publish, read",
                         "--targets", f"{second},{target}")
    del made["key"]
    assert made["rights"] == ["read", "publish"]
    assert made["limited_to"] == [target, second]
    assert operator.json("key", "list", "--user", user) == [made]
    assert f"limited_to: {target}, {second}\n" in operator.run("key", "revoke", made["id"]).stdout
    operator.refused(REFUSED, f"no such target: {NOBODY}", "key", "create", "--user", user, "--name", "b",
                     "--targets", f"{target},{NOBODY}")
    assert len(operator.json("key", "list", "--user", user)) == 1


def test_a_key_is_revoked(operator, user):
    key = operator.json("key", "create", "--user", user, "--name", "build")["id"]
    revoked = operator.json("key", "revoke", key)
    assert revoked["state"] == "revoked" and TIME.fullmatch(revoked["revoked"])
    assert operator.json("key", "list", "--user", user) == [revoked]
    operator.refused(REFUSED, f"revoked already, at {revoked['revoked']}", "key", "revoke", key)
    operator.refused(REFUSED, "no such key", "key", "revoke", NOBODY)
    operator.refused(REFUSED, "no such user", "key", "list", "--user", NOBODY)


def test_targets(operator, account):
    created = operator.json("target", "create", "--account", account, "--name", "Shop",
                            "--url", " https://shop.example.com ")
    target = created["id"]
    assert {**created, "created": None} == {
        "id": target, "account": account, "name": "Shop", "url": "https://shop.example.com", "created": None,
        "verified": None}
    assert operator.json("target", "list", "--account", account) == [created]
    created = operator.json("target", "rename", target, "--name", " Web shop ")
    assert created["name"] == "Web shop"
    operator.refused(REFUSED, "no such target", "target", "rename", NOBODY, "--name", "x")
    verified = operator.json("target", "verify", target)
    assert TIME.fullmatch(verified["verified"])
    operator.refused(REFUSED, "verified already", "target", "verify", target)
    assert operator.json("target", "delete", target) == verified
    assert operator.json("target", "list", "--account", account) == []
    operator.refused(REFUSED, f"no such target: {target}", "target", "delete", target)
    operator.refused(REFUSED, "no such target", "target", "verify", target)
    operator.refused(REFUSED, "no such account", "target", "create", "--account", NOBODY, "--name", "A",
                     "--url", "https://x")
    operator.refused(REFUSED, "no such account", "target", "list", "--account", NOBODY)

    before, after = [json.dumps({"id": target, "name": name, "url": "https://shop.example.com"}, separators=(",", ":"))
                     for name in ("Shop", "Web shop")]
    assert operator.rows("SELECT event_type, content FROM events ORDER BY id") == (
        ("target_created", before), ("target_verified", after), ("target_deleted", after))
    assert operator.rows("SELECT COUNT(*) FROM targets t JOIN events e ON e.id = t.created_event_id"
                         " AND e.target_id = t.id AND e.account_id = t.account_id"
                         " WHERE e.event_type = 'target_created'") == ((1,),)


def test_events_are_delivered_with_the_operation(operator, account, target):
    (account_id, target_id), = operator.rows("SELECT account_id, id FROM targets")
    operator.rows("INSERT INTO webhooks (id, account_id, target_id, url, name, check_cert, api_version, secret,"
                  " created_at, created_by)"
                  f" VALUES (1, {account_id}, {target_id}, 'https://a', '', 1, 'v1', '', NOW(), 1),"
                  f" (2, {account_id}, NULL, 'https://b', '', 1, 'v1', '', NOW(), 1)")
    operator.json("target", "verify", target)
    operator.json("target", "create", "--account", account, "--name", "Blog", "--url", "https://blog.example.com")
    assert operator.rows("SELECT e.event_type, d.webhook_id, d.status FROM deliveries d"
                         " JOIN events e ON e.id = d.event_id ORDER BY 1, 2") == (
        ("target_created", 2, 0), ("target_verified", 1, 0), ("target_verified", 2, 0))


def test_output_that_can_not_be_written_is_an_error(operator, user):
    with open("/dev/full", "w", encoding="ascii") as full:
        done = subprocess.run([PROGRAM, "--config", operator.config, "key", "create", "--user", user, "--name", "a"],
                              stdout=full, stderr=subprocess.PIPE, check=False, timeout=120, env={})
    assert done.returncode == DATABASE
    assert b"could not be written" in done.stderr
