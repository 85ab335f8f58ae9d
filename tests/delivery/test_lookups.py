"""Names that don't resolve, or not in time: their threads are bounded, and nobody else waits for them."""

import time

import pytest

from conftest import NAME
from support.clock import Clock
from support.tls_receiver import Receiver, answering


def test_a_name_that_does_not_exist(tool):
    outcome = tool().send("https://nowhere.test/")
    assert outcome["reason"] == "dns (Could not resolve host: nowhere.test)"


def test_a_lookup_that_hangs_ends_with_the_deadline(tool):
    tool = tool(names={"hang.test": "hang"}, connect_timeout=500)
    started = time.monotonic()
    outcome = tool.send("https://hang.test/")
    assert outcome["failure"] == "dns"
    assert 0.5 <= time.monotonic() - started < 10


def test_lookups_that_hang_hold_up_nobody(tool, good):
    names = {f"hang{number}.test": "hang" for number in range(50)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names={NAME: "127.0.0.1", **names}, connect_timeout=30000, total_timeout=30000)
        hanging = [tool.start(f"https://{name}/") for name in names]
        fine = [tool.start(f"https://{NAME}:{receiver.port}/") for _ in range(50)]
        assert sorted(tool.outcomes(50)) == fine
        # Nor when they are given up.
        tool.tell(do="cancel")
        assert sorted(tool.outcomes(50)) == hanging
        assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200


def test_their_threads_are_bounded(tool, good):
    names = {f"hang{number}.test": "hang" for number in range(50)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names={NAME: "127.0.0.1", **names}, most_threads=8, connect_timeout=30000, total_timeout=2000)
        known = f"https://{NAME}:{receiver.port}/"
        assert tool.send(known)["status"] == 200
        hanging = [tool.start(f"https://{name}/") for name in names]
        late = tool.start(f"https://other.test:{receiver.port}/")
        # What needs no lookup goes on.
        assert tool.send(known)["status"] == 200
        assert tool.threads() <= 8
        outcomes = tool.outcomes(51)
        assert sorted(outcomes) == [*hanging, late]
        assert {outcome["failure"] for outcome in outcomes.values()} == {"dns"}
        assert outcomes[late]["detail"] == "too many other lookups are under way"
        assert tool.threads() <= 8


def test_lookups_that_wait_go_on_once_there_is_room(tool, good):
    names = {f"name{number}.test": "127.0.0.1" for number in range(100)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names=names, most_threads=3)
        tags = [tool.start(f"https://{name}:{receiver.port}/", check_cert=False) for name in names]
        outcomes = tool.outcomes(100)
        assert sorted(outcomes) == tags
        assert {outcome["status"] for outcome in outcomes.values()} == {200}


@pytest.mark.parametrize("step", [3600, -3600])
def test_addresses_are_not_remembered_for_longer_when_the_clock_steps(tool, good, tmp_path, step):
    """libcurl, which remembers them, goes by that clock."""
    clock = Clock(tmp_path)
    tool = tool(allow="127.0.0.0/8", dns_cache_time=1000, environment=clock.environment())
    with Receiver(answering(), good) as receiver:
        url = f"https://{NAME}:{receiver.port}/"
        assert tool.send(url)["status"] == 200
    tool.resolve({NAME: "127.0.0.2"})
    clock.step_to(step)
    time.sleep(2)
    with Receiver(answering(), good, address="127.0.0.2", port=receiver.port):
        assert tool.send(url, check_cert=False)["status"] == 200
