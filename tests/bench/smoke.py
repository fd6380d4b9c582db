#!/usr/bin/env python3
"""Proves that the benchmark runs, that nothing fails under its load and that each answer has its row. Says nothing about time."""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'support'))
from scenario import run, scenario  # noqa: E402

PROGRAM = os.path.abspath(os.environ.get('AIGW') or HERE.parents[1] / 'build/release/aigw')


def measured(section):
    """What a short run of that section prints; its last column is the number of errors."""
    done = subprocess.run([HERE / 'run.sh', section, '--quick', '--connections', '1,16', '--aigw', PROGRAM], capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-800:]
    rows = [line for line in done.stdout.splitlines() if re.search(r'\| (aigw|chat|messages)[ |]', line)]
    assert rows and all(line.split('|')[-2].strip() == '0' for line in rows), done.stdout
    return done.stdout


@scenario('small requests: each answer has its row')
def _():
    said = measured('requests')
    rows, succeeded, aborted, failed, refused = (int(number.replace(',', '')) for number in re.search(
        r'Rows .*: ([\d,]+), of which succeeded ([\d,]+), aborted ([\d,]+) .*failed ([\d,]+), refused ([\d,]+)', said).groups())
    assert rows == succeeded + aborted and failed == refused == 0 and 0 < succeeded, said


for name in ('durability-full', 'agent-requests', 'tls-to-the-provider', 'streams', 'translations'):
    scenario(f'{name}: runs, and nothing fails')(lambda name=name: measured(name))


if __name__ == '__main__':
    run(seconds_max=300)
