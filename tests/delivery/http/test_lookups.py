"""Names that don't resolve, or not in time: the number of threads is limited, and no other request waits for them."""

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


def test_lookups_that_hang_delay_no_other_request(tool, good):
    names = {f"hang{number}.test": "hang" for number in range(50)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names={NAME: "127.0.0.1", **names}, connect_timeout=30000, total_timeout=30000)
        hanging = [tool.start(f"https://{name}/") for name in names]
        fine = [tool.start(f"https://{NAME}:{receiver.port}/") for _ in range(50)]
        assert sorted(tool.outcomes(50)) == fine
        # Cancelling them doesn't block either.
        tool.tell(do="cancel")
        assert sorted(tool.outcomes(50)) == hanging
        assert tool.send(f"https://{NAME}:{receiver.port}/")["status"] == 200


def test_the_threads_of_lookups_are_limited(tool, good):
    names = {f"hang{number}.test": "hang" for number in range(50)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names={NAME: "127.0.0.1", **names}, most_threads=8, connect_timeout=5000, total_timeout=30000)
        known = f"https://{NAME}:{receiver.port}/"
        assert tool.send(known)["status"] == 200
        hanging = [tool.start(f"https://{name}/", account=number % 5) for number, name in enumerate(names)]
        late = tool.start(f"https://other.test:{receiver.port}/", account=4)
        # Requests that need no lookup go on.
        assert tool.send(known)["status"] == 200
        outcomes = tool.outcomes(51)
        assert sorted(outcomes) == [*hanging, late]
        assert {outcome["failure"] for outcome in outcomes.values()} == {"dns"}
        assert outcomes[late]["detail"] == "too many other lookups are under way"
        assert 1 < tool.threads() <= 1 + 8


def test_an_account_leaves_half_of_the_threads_to_the_others(tool, good):
    hanging = {f"hang{number}.test": "hang" for number in range(50)}
    fine = {f"fine{number}.test": "127.0.0.1" for number in range(50)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names={**hanging, **fine}, most_threads=8, connect_timeout=60000, total_timeout=60000)
        given_up = [tool.start(f"https://{name}/", account=1) for name in hanging]
        tags = [tool.start(f"https://{name}:{receiver.port}/", check_cert=False, account=2) for name in fine]
        outcomes = tool.outcomes(50)
        assert sorted(outcomes) == tags
        assert {outcome["status"] for outcome in outcomes.values()} == {200}
        assert tool.threads() <= 1 + 4 + 4
        tool.tell(do="cancel")
        assert sorted(tool.outcomes(50)) == given_up


def test_a_third_account_gets_threads_as_well(tool, good):
    names = {f"hang{number}.test": "hang" for number in range(50)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names={NAME: "127.0.0.1", **names}, most_threads=8, connect_timeout=60000, total_timeout=60000)
        given_up = [tool.start(f"https://{name}/", account=number % 2) for number, name in enumerate(names)]
        tag = tool.start(f"https://{NAME}:{receiver.port}/", account=2)
        assert tool.outcomes(1)[tag]["status"] == 200
        tool.tell(do="cancel")
        assert sorted(tool.outcomes(50)) == given_up


def test_a_second_account_brings_a_waiting_lookup_forward(tool, good):
    """Otherwise another account could delay the lookup of a name, by asking for it first among many others."""
    names = {f"hang{number}.test": "hang" for number in range(50)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names={NAME: "127.0.0.1", **names}, most_threads=8, connect_timeout=60000, total_timeout=60000)
        url = f"https://{NAME}:{receiver.port}/"
        given_up = [tool.start(f"https://{name}/", account=1) for name in names]
        tags = [tool.start(url, account=1), tool.start(url, account=2)]
        assert sorted(tool.outcomes(2)) == tags
        tool.tell(do="cancel")
        assert sorted(tool.outcomes(50)) == given_up


def test_a_name_is_looked_up_once_at_a_time(tool):
    tool = tool(names={"hang.test": "hang"}, connect_timeout=1000)
    before = tool.threads()
    for _ in range(2):
        tags = [tool.start("https://hang.test/", account=number % 7) for number in range(100)]
        assert sorted(tool.outcomes(100)) == tags
        assert tool.threads() == before + 1


def test_lookups_that_wait_go_on_once_there_is_room(tool, good):
    names = {f"name{number}.test": "127.0.0.1" for number in range(100)}
    with Receiver(answering(), good) as receiver:
        tool = tool(names=names, most_threads=3)
        tags = [tool.start(f"https://{name}:{receiver.port}/", check_cert=False) for name in names]
        outcomes = tool.outcomes(100)
        assert sorted(outcomes) == tags
        assert {outcome["status"] for outcome in outcomes.values()} == {200}


@pytest.mark.parametrize("step", [3600, -3600])
def test_addresses_are_not_kept_for_longer_when_the_clock_steps(tool, good, tmp_path, step):
    """libcurl's own cache uses that clock."""
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
