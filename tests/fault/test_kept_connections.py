"""nginx keeps connections to the pool. Nobody waits for idle ones, however many they are and however few threads."""

import contextlib

from full_load import full_load, wait_for_more
from load import post_at_once, settle
from peer import peers, read_answer, stored_by_peers, whole_request
from support.service import Service, wait_until

IDLE_PEERS = 500
NGINX_WORKERS = 8
REQUESTS = 40_000
MOST_SHARE = 0.6


def keeping_requests(service, count):
    return [whole_request(service, keep=True)] * count


def test_no_request_starves(database):
    """One process with one thread of each kind, idle connections of hundreds of peers and of many nginx workers."""
    with Service(processes=1, database=database, settings={"api_io_threads": 1, "api_workers": 1},
                 nginx_workers=NGINX_WORKERS) as service:
        with peers(service, keeping_requests(service, IDLE_PEERS)) as idle:
            for peer in idle:
                read_answer(peer)
            sent = [one for _ in range(5) for one in post_at_once(service, 100)]
            # Those that were idle are served as well, all at the same time as the others.
            for peer in idle:
                peer.sendall(whole_request(service, keep=True))
            sent += post_at_once(service, 100)
            for peer in idle:
                read_answer(peer)
        answers = settle(service, sent, f"{IDLE_PEERS} idle connections, {NGINX_WORKERS} workers of nginx, 1 thread")
        assert set(answers) == {200}
        assert stored_by_peers(service) == 2 * IDLE_PEERS


@contextlib.contextmanager
def processes_with_logs(service, count):
    """Replaces the pool by processes with a log file each. Yields the paths of these files."""
    service.stop_pool()
    logs = [service.directory / f"process-{number}.log" for number in range(count)]
    service.processes += [service.start_api(environment={"TARGETHOOKS_API_LOG_FILE": str(log)}) for log in logs]
    wait_until(lambda: all(service.log_count("event=started", log.name) for log in logs), "the processes have started")
    yield logs


def test_processes_share_the_load(database, tmp_path):
    with Service(processes=2, database=database) as service, processes_with_logs(service, 2) as logs:
        with full_load(service, tmp_path / "access") as end:
            wait_for_more(service, REQUESTS)
            report = end()
        assert report["statuses"] == {"200": report["requests"]} and report["faults"] == []
        served = [service.log_count("event=request", log.name) for log in logs]
        print(f"\nthe processes have served {served[0]} and {served[1]} requests of 64 connections")
        assert sum(served) >= REQUESTS
        assert max(served) <= MOST_SHARE * sum(served)
