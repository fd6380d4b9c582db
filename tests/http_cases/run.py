#!/usr/bin/env python3
"""Fires the 180 raw requests of http_cases.json at the program, with a fake provider that counts what reaches it.

    run.py [--only SUBSTRING] [-v]      cases.py is the judge and can be pointed at any listener
"""
import argparse
import concurrent.futures
import json
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'support'), str(HERE)]
import cases as judge
from aigw import Gateway
from scenario import Tally
from upstream import Upstream, answer


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--only', default='')
    options.add_argument('-v', action='store_true')
    options = options.parse_args()
    tally = Tally(options.v)
    chosen = [c for c in json.loads((HERE / 'http_cases.json').read_text())['cases'] if options.only in c['id']]
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        judge.KEY = gateway.key.encode()

        def play(case, count):
            before = len(upstream.seen)
            bytes_in, ended, seconds = judge.fire('127.0.0.1', gateway.port, case, 0.6)
            broken, status, answers = judge.judge(case, bytes_in, ended, len(upstream.seen) - before if count else None)
            assert gateway.process.poll() is None, f'the program died on {case["id"]}: {gateway.log()[-400:]}'
            if broken:
                tally.bad(case['id'], f'{"; ".join(broken)} (status {status}, {answers} answers, closed {ended}, {seconds:.1f} s)')
            else:
                tally.good(case['id'], f'status {status}, {seconds:.1f} s')

        # Those that only wait for a deadline wait together; nothing of theirs may reach the provider.
        slow = [c for c in chosen if c['expect']['class'] == 'timeout' and not c['expect']['upstream_max']]
        for case in chosen:
            if case not in slow:
                play(case, count=True)
        upstream.clear()
        with concurrent.futures.ThreadPoolExecutor(len(slow) or 1) as together:
            list(together.map(lambda c: play(c, count=False), slow))
        if upstream.seen:
            tally.bad('slow cases', f'{len(upstream.seen)} requests reached the provider')
    tally.end()


if __name__ == '__main__':
    main()
