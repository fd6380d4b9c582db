"""Scenarios of the black-box tests: plain functions that assert, run in order, one line a failure.

    @scenario('a client that leaves is aborted')
    def _(): assert ...

    if __name__ == '__main__': run()        # program [-v] [SUBSTRING...]: those whose name has one of them

The last line is `N passed, N failed`, or with a third number when something could not be tried here.
"""
import os
import signal
import sys
import time
import traceback

_scenarios = []


class Skip(Exception):
    """Raised by a scenario that cannot be tried here, with the reason."""


class Tally:
    """Counts, and prints what failed at once."""
    def __init__(self, verbose=False):
        self.passed = self.failed = self.skipped = 0
        self.verbose = verbose

    def good(self, name, note=''):
        self.passed += 1
        if self.verbose:
            print(f'ok    {name}{"  " + note if note else ""}', flush=True)

    def bad(self, name, why):
        self.failed += 1
        print(f'FAIL  {name}: {why}', flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f'skip  {name}: {why}', flush=True)

    def end(self):
        print(f'{self.passed} passed, {self.failed} failed' + (f', {self.skipped} skipped' if self.skipped else ''), flush=True)
        sys.exit(1 if self.failed else 0)


def scenario(name):
    def keep(function):
        _scenarios.append((name, function))
        return function
    return keep


def run(seconds_max=120):
    """Every scenario may take `seconds_max`; then it counts as a hang."""
    arguments = sys.argv[1:]
    verbose = '-v' in arguments
    wanted = [a for a in arguments if not a.startswith('-')]
    tally = Tally(verbose)

    def hang(*_):
        raise TimeoutError(f'no end within {seconds_max} s')
    signal.signal(signal.SIGALRM, hang)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit "ignore", and so would ours
    for name, function in _scenarios:
        if wanted and not any(w in name for w in wanted):
            continue
        began = time.time()
        signal.alarm(seconds_max)
        try:
            function()
            tally.good(name, f'{time.time() - began:.1f} s')
        except Skip as why:
            tally.skip(name, str(why))
        except AssertionError as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            tally.bad(name, f'{str(error)[:600] or where.line} ({os.path.basename(where.filename)}:{where.lineno})')
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            tally.bad(name, f'{type(error).__name__}: {str(error)[:600]} ({os.path.basename(where.filename)}:{where.lineno})')
        finally:
            signal.alarm(0)
    tally.end()


def until(holds, seconds=10, every=0.02):
    """Waits until `holds()` is true and gives what it gave; the last value when the time is over."""
    end = time.time() + seconds
    while True:
        value = holds()
        if value or time.time() > end:
            return value
        time.sleep(every)
