#!/usr/bin/env python3
"""Fills ledgers and asks them; see rows.sh."""
import argparse
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time

MILLION = 1_000_000
# milliseconds of the whole process; what a size has no bound for is measured all the same
BOUNDS = {MILLION: {'stats': 150, 'tail': 30, 'show': 30, 'ready': 50, 'MB': 120},
          10 * MILLION: {'stats': 300, 'ready': 100}}


def options():
    parser = argparse.ArgumentParser(prog='tests/bench/rows.sh')
    parser.add_argument('--root', help=argparse.SUPPRESS)
    parser.add_argument('--aigw')
    parser.add_argument('--fill')
    parser.add_argument('--keep', help='where the databases stay for the next time')
    parser.add_argument('--runs', type=int, default=9)
    parser.add_argument('--large', action='store_true', help='ten million requests too')
    parser.add_argument('--write', action='store_true', help='write tests/bench/ROWS.md')
    chosen = parser.parse_args()
    chosen.aigw = os.path.abspath(chosen.aigw or os.path.join(chosen.root, 'build/release/aigw'))
    chosen.fill = os.path.abspath(chosen.fill or os.path.join(chosen.root, 'build/release/tests/fill_ledger'))
    for program in (chosen.aigw, chosen.fill):
        if not os.access(program, os.X_OK):
            sys.exit(f'rows: {program} is missing: see the head of tests/bench/rows.sh')
    return chosen


class Ledger:
    def __init__(self, chosen, rows, folder):
        self.aigw, self.rows, self.runs = chosen.aigw, rows, chosen.runs
        self.home = os.path.join(folder, f'rows-{rows}')
        self.env = {'PATH': os.environ['PATH'], 'HOME': self.home, 'AIGW_HOME': self.home}
        self.db = os.path.join(self.home, 'aigw.db')
        if not os.path.exists(self.db):
            os.makedirs(self.home, exist_ok=True)
            subprocess.run([chosen.fill, self.db, str(rows)], check=True)

    def ask(self, *arguments):
        """The best of the runs, in milliseconds, and what was answered."""
        best = None
        for _ in range(self.runs):
            begun = time.perf_counter()
            done = subprocess.run([self.aigw, *arguments], env=self.env, capture_output=True, text=True, check=True)
            spent = (time.perf_counter() - begun) * 1000
            best = min(best or spent, spent)
        return best, done.stdout

    def questions(self):
        stats, text = self.ask('stats', '--since', '30d', '--by', 'model', '--json')
        groups = len(json.loads(text)['rows'])
        tail, text = self.ask('tail', '-n', '50', '--json')
        ids = [json.loads(line)['id'] for line in text.splitlines()]
        assert len(ids) == 50 and groups > 5, (len(ids), groups)
        show, _ = self.ask('show', ids[25], '--json')
        return {'stats': stats, 'tail': tail, 'show': show}

    def start(self):
        with socket.socket() as probe:
            probe.bind(('127.0.0.1', 0))
            port = probe.getsockname()[1]
        begun = time.perf_counter()
        process = subprocess.Popen([self.aigw, 'serve', '--listen', f'127.0.0.1:{port}'], env=self.env,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while time.perf_counter() - begun < 30:
            try:
                with socket.create_connection(('127.0.0.1', port), timeout=5) as client:
                    client.sendall(b'GET /readyz HTTP/1.1\r\nhost: localhost\r\n\r\n')
                    if b' 200 ' in client.recv(4096):
                        return (time.perf_counter() - begun) * 1000, process
            except OSError:
                pass
            time.sleep(0.0005)
        process.kill()
        raise SystemExit('rows: serve does not get ready')

    def measure(self):
        result = {'MB': os.path.getsize(self.db) / 1e6}
        result['alone'] = self.questions()
        readies = []
        for _ in range(self.runs):
            ready, process = self.start()
            readies.append(ready)
            if len(readies) == self.runs:
                result['serving'] = self.questions()
            process.terminate()
            process.wait()
        result['ready'] = min(readies)
        begun = time.perf_counter()
        subprocess.run([self.aigw, 'db', 'check'], env=self.env, capture_output=True, check=True)
        result['check'] = (time.perf_counter() - begun) * 1000
        return result


def line(rows, result):
    bounds = BOUNDS.get(rows, {})
    cells = [f'{rows:,}', f'{result["MB"]:.1f}' + (f' (< {bounds["MB"]})' if 'MB' in bounds else '')]
    for name in ('stats', 'tail', 'show'):
        bound = f' (< {bounds[name]})' if name in bounds else ''
        cells.append(f'{result["alone"][name]:.1f} / {result["serving"][name]:.1f}{bound}')
    cells.append(f'{result["ready"]:.1f}' + (f' (< {bounds["ready"]})' if 'ready' in bounds else ''))
    cells.append(f'{result["check"]:,.0f}')
    return '| ' + ' | '.join(cells) + ' |'


def document(chosen, results):
    commit = subprocess.run(['git', '-C', chosen.root, 'log', '-1', '--format=%h %cs'], capture_output=True, text=True).stdout.strip()
    out = ['# A large ledger', '', 'Written by `tests/bench/rows.sh --write`.', '',
           f'Commit {commit}; {os.cpu_count()} cores, Linux {platform.release()}. Requests over 40 days, 40 keys, 12 models at '
           f'4 providers, the popular ones more often. Milliseconds of the whole process, best of {chosen.runs}: alone / '
           'through a running gateway. In brackets what is asked for.', '',
           '| requests | database MB | stats --since 30d --by model | tail -n 50 | show | serve ready | db check |',
           '|---|---|---|---|---|---|---|']
    return '\n'.join(out + [line(rows, result) for rows, result in results.items()]) + '\n'


def main():
    chosen = options()
    folder = chosen.keep or tempfile.mkdtemp(prefix='aigw-rows-')
    try:
        sizes = [MILLION] + ([10 * MILLION] if chosen.large else [])
        text = document(chosen, {rows: Ledger(chosen, rows, folder).measure() for rows in sizes})
    finally:
        if not chosen.keep:
            shutil.rmtree(folder)
    print(text, end='')
    if chosen.write:
        with open(os.path.join(chosen.root, 'tests/bench/ROWS.md'), 'w') as out:
            out.write(text)


main()
