"""What docs/examples, nginx/ and the programs assume about each other: who holds which socket, in which folder, and how
long each waits for the other. The other tests start the parts by hand, so they don't notice this.
"""

import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = ("targethooks-api.socket", "targethooks-api@.service", "targethooks-deliver.service")
API_STOP_SECONDS = 20  # docs/operations.md, "Signals"


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def settings(unit):
    """The lines of a unit; of a repeated name the last one."""
    lines = (line.partition("=") for line in read(f"docs/examples/{unit}").splitlines())
    return {name: value for name, _, value in lines if re.fullmatch(r"[A-Z]\w+", name)}


def default(key):
    """As the example configuration shows it."""
    (value,) = re.findall(rf"^#{key} = (.*)$", read("docs/examples/targethooks.conf"), re.MULTILINE)
    return value


def run_folder(unit):
    return pathlib.Path("/run") / settings(unit)["RuntimeDirectory"]


def test_nginx_connects_to_the_socket_that_systemd_holds():
    assert f"server unix:{settings(UNITS[0])['ListenStream']} " in read("nginx/targethooks-http.conf")


def test_the_daemon_binds_its_socket_in_the_folder_that_its_unit_makes():
    assert pathlib.Path(default("wakeup_socket")).parent == run_folder("targethooks-deliver.service")
    assert f'kDefaultSocket = "{default("wakeup_socket")}"' in read("common/base/wakeup_sender.hpp")


@pytest.mark.parametrize("unit", [unit for unit in UNITS if "RuntimeDirectory" in settings(unit)])
def test_no_unit_is_given_a_folder_with_the_socket_of_nginx(unit):
    """systemd gives the folder to the unit's user, and all that is in it."""
    assert run_folder(unit) not in pathlib.Path(settings(UNITS[0])["ListenStream"]).parents


def test_systemd_waits_longer_than_the_programs_take_to_end():
    assert int(settings("targethooks-api@.service")["TimeoutStopSec"]) > API_STOP_SECONDS
    assert int(settings("targethooks-deliver.service")["TimeoutStopSec"]) > int(default("deliver_stop_ms")) / 1000


def test_logrotate_tells_every_program():
    told = read("docs/examples/logrotate")
    assert "'targethooks-api@*.service' targethooks-deliver.service" in told


SERVICES = UNITS[1:]


def test_pool_and_daemon_are_two_users_of_one_group():
    api, deliver = (settings(unit) for unit in SERVICES)
    assert (api["User"], deliver["User"]) == ("targethooks-api", "targethooks-deliver")
    assert api["Group"] == deliver["Group"] == "targethooks"
    assert api["LogsDirectory"] != deliver["LogsDirectory"]
    assert api["LogsDirectoryMode"] == deliver["LogsDirectoryMode"] == "0700"


@pytest.mark.parametrize("unit", SERVICES)
def test_memory_and_tasks_are_bounded_and_no_core_is_written(unit):
    lines = settings(unit)
    assert lines["LimitCORE"] == "0"
    assert re.fullmatch(r"\d+M", lines["MemoryMax"])
    # The threads of the daemon's default settings, or of the highest that the pool accepts, and some more.
    assert int(lines["TasksMax"]) > (256 + 32 if "deliver" in unit else 64 + 256 + 32)


@pytest.mark.parametrize("program, document", [("api", "README.md"), ("deliver", "docs/deliveries.md")])
def test_each_password_is_its_own_programs(program, document):
    """By the commands of the installation, the file belongs to the user of the unit, and nobody else can read it."""
    unit = "targethooks-api@.service" if program == "api" else "targethooks-deliver.service"
    assert f"useradd --system --gid {settings(unit)['Group']} " in read("README.md")
    (command,) = re.findall(rf"^(openssl rand .* /etc/targethooks/{program}\.password)$", read(document), re.MULTILINE)
    assert f"-o {settings(unit)['User']} -g root -m 0400 " in command


def test_the_key_of_the_secrets_is_for_both():
    for document in ("README.md", "docs/operations.md"):
        assert "-o root -g targethooks -m 0640 /dev/stdin /etc/targethooks/secret.key" in read(document)


@pytest.mark.parametrize("unit", SERVICES)
def test_logrotate_works_as_the_user_whose_folder_it_is(unit):
    lines = settings(unit)
    assert f"/var/log/{lines['LogsDirectory']}/*.log {{\n    su {lines['User']} {lines['Group']}\n" in read(
        "docs/examples/logrotate")


@pytest.mark.parametrize("line, address", [
    ("nameserver 10.0.0.2", "10.0.0.2"), ("nameserver\t192.168.1.1  # the router", "192.168.1.1"),
    ("nameserver fe80::1%eth0", "fe80::1"), ("nameserver 127.0.0.53 ", "127.0.0.53"),
])
def test_the_resolver_is_let_through(line, address, tmp_path):
    """By the command in docs/deliveries.md, as it stands there."""
    resolvers = tmp_path / "resolv.conf"
    resolvers.write_text(f"# nameserver 192.0.2.1\nsearch example.com\n{line}\noptions timeout:2\n")
    (command,) = re.findall(r"^ +(sed -n .*) /etc/resolv\.conf$", read("docs/deliveries.md"), re.MULTILINE)
    done = subprocess.run(["bash", "-c", f"{command} {resolvers}"], capture_output=True, text=True, check=True)
    assert done.stdout == f"IPAddressAllow={address}\n"
