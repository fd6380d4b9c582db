#!/usr/bin/env python3
"""Does a test notice? Puts one small wrong at a time into a copy of the tree, builds the test that must fail, and runs it.

    tests/mutations/run.py [PART OF FILE NAME...]

The copy and its build stay in build/mutations. A wrong that survives, or that no longer fits the source, counts as failed.
"""
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TREE = ROOT / 'build/mutations/tree'
BUILD = ROOT / 'build/mutations/build'
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]
from mutations import MUTATIONS  # noqa: E402
from scenario import Tally  # noqa: E402

HANG_SECONDS = 120


def copy_tree():
    """The working tree as it is; what did not change keeps its time, so that little is built anew."""
    wanted = subprocess.run(['git', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'], cwd=ROOT, capture_output=True,
                            check=True, text=True).stdout.split('\0')
    for name in filter(None, wanted):
        source, target = ROOT / name, TREE / name
        if not source.is_file() or (target.is_file() and target.read_bytes() == source.read_bytes()):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    warnings = TREE / 'cmake/Warnings.cmake'
    warnings.write_text(warnings.read_text().replace(' -Werror', ''))  # a wrong may leave a variable unused
    for old in (TREE / top for top in ('src', 'adapters', 'cli', 'tests')):
        for path in old.rglob('*'):
            if path.is_file() and str(path.relative_to(TREE)) not in wanted:
                path.unlink()


def build(target):
    return subprocess.run(['cmake', '--build', BUILD, '--target', target], capture_output=True, text=True)


def passes(program):
    try:
        return subprocess.run([BUILD / 'tests' / program], capture_output=True, timeout=HANG_SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def main():
    wanted = sys.argv[1:]
    tally = Tally(verbose=True)
    chosen = [m for m in MUTATIONS if not wanted or any(w in m[0] for w in wanted)]
    copy_tree()
    environment = {'CCACHE_SLOPPINESS': 'pch_defines,time_macros', **os.environ}
    subprocess.run(['cmake', '-S', TREE, '-B', BUILD, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Debug', '-DAIGW_TESTS=ON'], check=True,
                   stdout=subprocess.DEVNULL, env=environment)
    sound = {}
    for file, old, new, program in chosen:
        name = f'{file}: {" ".join(old.split())[:90]} -> {" ".join(new.split())[:60] or "nothing"}'
        path = TREE / file
        text = path.read_text()
        if text.count(old) != 1:
            tally.bad(name, f'stands there {text.count(old)} times, not once: mend tests/mutations/mutations.py')
            continue
        if program not in sound:
            built = build(program)
            sound[program] = built.returncode == 0 and passes(program)
            if not sound[program]:
                print(built.stdout[-2000:])
        if not sound[program]:
            tally.bad(name, f'{program} fails without any wrong in it')
            continue
        try:
            path.write_text(text.replace(old, new))
            built = build(program)
            if built.returncode:
                tally.bad(name, f'does not compile: {built.stdout[-600:]}')
            elif passes(program):
                tally.bad(name, f'survives {program}')
            else:
                tally.good(name, 'noticed')
        finally:
            path.write_text(text)
    tally.end()


if __name__ == '__main__':
    main()
