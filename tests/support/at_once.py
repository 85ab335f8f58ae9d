"""Several requests at the same time."""

import threading


def at_once(*works):
    """Runs them in threads that start together; returns what each of them returns. A fault in one is the caller's."""
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
