"""In front of each of Python's parts of `nadir bench`."""
import time


def rate(seconds, work):
    """Calls a second, five times over, for `seconds` in all, after one call that does not count."""
    work()
    rates = []
    for _ in range(5):
        started, calls = time.perf_counter(), 0
        while time.perf_counter() - started < seconds / 5:
            work()
            calls += 1
        rates.append(calls / (time.perf_counter() - started))
    return rates


