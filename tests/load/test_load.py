"""scripts/load puts load on a service, and its report is what the database says."""

import json
import pathlib
import signal
import subprocess

import pytest
from generator import Comparison
from support.service import Service, build_directory, wait_until

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/load"
RECEIVER = "https://ci.example.com/hook"
# What a busy machine may add to a report: latencies are never compared with a time here.
BUSY = "the senders themselves were "
PERCENTILES = ["p50", "p90", "p99", "p99.9", "max"]


@pytest.fixture(scope="module")
def service():
    with Service() as running:
        yield running


def command(service, access, *options):
    operator = f"{build_directory() / 'admin/targethooks'} --config {service.admin_config}"
    return [SCRIPT, "--url", f"http://127.0.0.1:{service.port}", "--receiver", RECEIVER, "--access", access,
            "--operator", operator, "--json", *options]


def run(service, access, *options):
    return subprocess.run(command(service, access, *options), env=service.environment(), capture_output=True, text=True,
                          timeout=120, check=False)


def load(service, access, *options):
    """The document that scripts/load prints."""
    done = run(service, access, *options)
    assert done.stdout, done.stderr
    printed = json.loads(done.stdout)
    assert done.returncode == (1 if printed["faults"] else 0), done.stdout + done.stderr
    return printed


def expect_all_stored(service, printed):
    """By the database, and by the report."""
    stored = service.stored_names().get(printed["name"], 0)
    assert [fault for fault in printed["faults"] if not fault.startswith(BUSY)] == []
    assert printed["missing"] == 0
    assert printed["stored"] == stored == printed["answered_200"] + printed["more"]
    assert list(printed["latency_ms"]) == PERCENTILES
    assert list(printed["latency_ms"].values()) == sorted(printed["latency_ms"].values())


@pytest.mark.parametrize("kind", ["json", "urlencoded", "multipart", "mixed"])
def test_as_many_as_the_connections_allow(service, tmp_path, kind):
    printed = load(service, tmp_path / "access", "--type", kind, "--seconds", "2" if kind == "mixed" else "1",
                   "--connections", "8", "--keys", "2", "--targets", "5")
    assert printed["statuses"] == {"200": printed["requests"]} and printed["requests"] > 0
    assert printed["more"] <= 8
    expect_all_stored(service, printed)


def test_a_rate_that_is_held(service, tmp_path):
    printed = load(service, tmp_path / "access", "--rate", "50", "--senders", "2", "--seconds", "2", "--keys", "2",
                   "--targets", "5")
    assert printed["statuses"] == {"200": 100}
    assert printed["unanswered"] == printed["more"] == 0
    expect_all_stored(service, printed)


def test_a_rate_that_is_not_held_is_a_fault(service, tmp_path):
    """One connection carries at most one request in the time that a commit takes."""
    done = run(service, tmp_path / "access", "--rate", "5000", "--connections", "1", "--seconds", "1", "--targets", "1")
    printed = json.loads(done.stdout)
    assert done.returncode == 1
    assert any("the rate was not held" in fault for fault in printed["faults"])
    assert printed["missing"] == 0


def test_keys_and_targets_are_made_once(service, tmp_path):
    access = tmp_path / "access"
    for _ in range(2):
        load(service, access, "--rate", "10", "--seconds", "1", "--keys", "2", "--targets", "3")
    words = [line.split()[0] for line in access.read_text().splitlines()]
    assert sorted(words) == sorted(["account", "user", *["key"] * 2, *["target"] * 3])
    assert access.stat().st_mode & 0o777 == 0o600


def test_given_keys_and_targets_and_other_statuses(service, tmp_path):
    """The second key is revoked: every other request gets a 401, which is shown and stores nothing."""
    access = tmp_path / "access"
    access.write_text(f"key {service.key}\nkey {service.revoked_key}\ntarget {service.target.id}\n")
    printed = load(service, access, "--type", "json", "--rate", "20", "--seconds", "1")
    assert printed["statuses"] == {"200": 10, "401": 10}
    expect_all_stored(service, printed)


def test_deletes_what_it_made_if_asked(service, tmp_path):
    access = tmp_path / "access"
    printed = load(service, access, "--rate", "20", "--seconds", "1", "--keys", "2", "--targets", "3", "--delete")
    assert printed["statuses"] == {"200": 20}
    assert service.stored_names().get(printed["name"], 0) == 0
    assert [line.split()[0] for line in access.read_text().splitlines()] == ["account", "user"]
    assert service.rows("SELECT 1 FROM api_keys WHERE name = 'load test' AND revoked_at IS NULL AND user_id IN"
                        " (SELECT MAX(id) FROM users)") == []


@pytest.mark.parametrize("rate", [[], ["--rate", "50"]])
def test_an_interrupted_load_is_compared(service, tmp_path, rate):
    running = subprocess.Popen(command(service, tmp_path / "access", "--seconds", "60", "--targets", "2", *rate),
                               env=service.environment(), stdout=subprocess.PIPE, text=True)
    before = service.row_counts()["webhooks"]
    wait_until(lambda: service.row_counts()["webhooks"] > before + 20, "the load has begun")
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    expect_all_stored(service, json.loads(output))


@pytest.mark.parametrize("options, message", [
    (["--url", "http://127.0.0.1:1"], "--url needs --receiver URL and --access FILE"),
    (["--type", "xml"], "invalid choice: 'xml'"),
    (["--rate", "0"], "0 is not a positive number"),
    (["--connection", "3"], "unrecognized arguments: --connection"),
    (["--dir", "/nonexistent"], "no service runs in /nonexistent"),
])
def test_wrong_options_are_named(options, message):
    done = subprocess.run([SCRIPT, *options], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    assert message in done.stderr


@pytest.mark.parametrize("answered, stored, uncertain, faults", [
    (["a", "b"], ["a", "b"], 0, 0),
    (["a"], ["a", "b"], 1, 0),
    (["a"], ["a", "b"], 0, 1),
    (["a", "b"], ["a"], 0, 1),
    (["a", "a"], ["a"], 0, 1),
    (["a"], ["a", "a"], 0, 1),
])
def test_what_is_a_fault(answered, stored, uncertain, faults):
    assert len(list(Comparison(answered, stored, uncertain).faults())) == faults
