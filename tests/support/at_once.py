"""Sends several requests at the same time."""

import threading


def at_once(*works):
    """Runs the functions in threads that start together. Returns their results, or raises an exception of one."""
    barrier, results = threading.Barrier(len(works)), [None] * len(works)

    def run(number, work):
        barrier.wait()
        try:
            results[number] = work()
        except BaseException as fault:
            results[number] = fault

    threads = [threading.Thread(target=run, args=item) for item in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results
