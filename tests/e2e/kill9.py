#!/usr/bin/env python3
"""kill -9 under load, again and again; then three ledgers are reconciled: the clients', the provider's and aigw's.

    kill9.py [--rounds 20] [--clients 12] [--durability full] [-v]       CI takes 50 rounds, the nightly run 200
"""
import argparse
import collections
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import Gateway
from load import Load, buckets, nonce_of, script, usage_of
from scenario import Tally
from upstream import Upstream

HONEST = {'unknown', 'aborted', 'failed', 'refused'}
READY_SECONDS_MAX = 2


def database_problems(home):
    """What SQLite itself says of a copy of the file as the kill left it."""
    with tempfile.TemporaryDirectory() as folder:
        for path in pathlib.Path(home).glob('aigw.db*'):
            if path.is_file() and path.suffix in ('.db', '.db-wal') or path.name.endswith(('-wal', '-shm')):
                shutil.copy(path, folder)
        database = sqlite3.connect(f'{folder}/aigw.db')
        try:
            said = database.execute('PRAGMA integrity_check').fetchall()
            orphans = database.execute('PRAGMA foreign_key_check').fetchall()
        finally:
            database.close()
        return [] if said == [('ok',)] and not orphans else [f'{said[:3]} {orphans[:3]}']


def reconcile(tally, load, calls, gateway):
    """One verdict a promise."""
    def judge(promise, broken):
        broken = list(broken)
        if broken:
            tally.bad(promise, f'{len(broken)} times, such as: ' + ' | '.join(broken[:3]))
        else:
            tally.good(promise)
    rows = gateway.tail(10_000_000)
    by_id = {row['id']: row for row in rows}
    complete = [s for s in load.seen if s.complete]
    by_request = {s.request_id: s for s in load.seen if s.request_id}
    by_nonce = {s.nonce: s for s in load.seen}
    print(f'{len(load.seen)} requests, {len(calls)} calls of the provider, {len(complete)} complete answers, {len(rows)} rows: '
          f'{dict(collections.Counter(r["outcome"] for r in rows))}', flush=True)

    def answers_without_row():
        for seen in complete:
            row = by_id.get(seen.request_id)
            if row is None:
                yield f'{seen.request_id} (call {seen.nonce}) has no row'
            elif row['outcome'] != 'succeeded':
                yield f'{seen.request_id} is {row["outcome"]}'
            elif row['tokens'] != buckets(usage_of(seen.nonce)):
                yield f'{seen.request_id} has {row["tokens"]}, the provider said {buckets(usage_of(seen.nonce))}'

    def dishonest_rows():
        for row in rows:
            seen = by_request.get(row['id']) or (row['tokens'] and by_nonce.get(nonce_of(row['tokens'])))
            if row['outcome'] in HONEST or (seen and seen.complete):
                continue
            if row['outcome'] != 'succeeded':
                yield f'{row["id"]} is {row["outcome"]}'
            elif seen and not calls.get(seen.nonce):
                yield f'{row["id"]} succeeded, but the provider never finished call {seen.nonce}'

    totals = gateway.stats()['totals']
    sums = {'requests': len(rows), 'cost_nano_usd': sum(r['cost_nano_usd'] or 0 for r in rows)}
    tokens = {b: sum((r['tokens'] or {}).get(b, 0) for r in rows) for b in ('input', 'cache_read', 'cache_write', 'output')}
    judge('there was traffic', [] if len(complete) > 100 else [f'only {len(complete)} complete answers'])
    judge('a client sees the provider\'s usage', (f'call {s.nonce}: {s.usage}' for s in complete if s.usage and s.usage != usage_of(s.nonce)))
    judge('every complete answer has its row, with its tokens', answers_without_row())
    judge('no request id was given twice', (i for i, n in collections.Counter(s.request_id for s in load.seen if s.request_id).items() if n > 1))
    judge('no row is there twice', (i for i, n in collections.Counter(r['id'] for r in rows).items() if n > 1))
    judge('rows without a complete answer are honest', dishonest_rows())
    judge('every id that a client saw has a row', (i for i in by_request if i not in by_id))
    judge('every call of the provider has a row', [] if len(rows) >= len(calls) else [f'{len(calls)} calls, {len(rows)} rows'])
    judge('there are no more rows than requests', [] if len(rows) <= len(load.seen) else [f'{len(rows)} rows, {len(load.seen)} requests'])
    judge('stats are the sum of the rows', (f'{k}: stats {totals[k]}, rows {v}' for k, v in sums.items() if totals[k] != v))
    judge('token sums are the sum of the rows', (f'{k}: stats {totals["tokens"][k]}, rows {v}' for k, v in tokens.items() if totals['tokens'][k] != v))


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--rounds', type=int, default=20)
    options.add_argument('--clients', type=int, default=12)
    options.add_argument('--durability', default='normal', choices=('normal', 'full'))
    options.add_argument('-v', action='store_true')
    options = options.parse_args()
    tally, calls = Tally(options.v), {}
    config = f'[ledger]\ndurability = "{options.durability}"\n'
    with Upstream(script(calls)) as upstream, Gateway([('up', 'openai-chat', upstream.url)], config=config) as gateway:
        load = Load(gateway.port, gateway.key, options.clients).start()
        ready, damaged = [], []
        for number in range(options.rounds):
            if number:
                began = time.time()
                gateway.start()
                ready.append(time.time() - began)
            time.sleep(random.uniform(0.05, 1.2))
            gateway.kill()
            damaged += database_problems(gateway.home)
        gateway.start()
        load.stop()
        reconcile(tally, load, calls, gateway)
        tally.bad('the database is clean after each kill', damaged[0]) if damaged else tally.good('the database is clean after each kill')
        slow = [f'{s:.1f} s' for s in ready if s > READY_SECONDS_MAX]
        tally.bad('ready soon after a kill', ', '.join(slow)) if slow else tally.good('ready soon after a kill', f'at most {max(ready):.2f} s')
        tally.bad('SIGTERM ends it well', 'exit code is not 0') if gateway.stop() != 0 else tally.good('SIGTERM ends it well')
    tally.end()


if __name__ == '__main__':
    main()
