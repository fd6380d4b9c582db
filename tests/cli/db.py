#!/usr/bin/env python3
"""db: the database as a file. Checked, copied, exported, vacuumed; alone and while the gateway runs."""
import contextlib
import csv
import io
import json
import os
import pathlib
import sqlite3
import subprocess

from home import both, document, home, ok, refused, run, scenario, until
from ledger import used


def db_file(h):
    return pathlib.Path(h.home, 'aigw.db')


def findings(h, *arguments, sound=True):
    done = h.run('db', 'check', '--json', *arguments)
    report = json.loads(done.stdout)
    assert report['sound'] is sound and done.returncode == (0 if sound else 1), done.stdout
    return {check['name']: check for check in report['checks']}


def writing(path):
    """Closed and checkpointed behind it, each statement a transaction."""
    return contextlib.closing(sqlite3.connect(path, isolation_level=None))


def read_only(path):
    """A copy is one file: nothing may stand beside it."""
    return contextlib.closing(sqlite3.connect(f'file:{path}?immutable=1', uri=True))


@both('db check says what it looked at, and that all is well')
def _(h):
    ok(h.run('keys', 'issue', 'one'))
    assert list(findings(h)) == ['file', 'pages', 'references', 'sums', 'journal']
    assert 'sums' not in findings(h, '--quick')
    shown = ok(h.run('db'))
    assert 'pages' in shown.stdout and 'NOT OK' not in shown.stdout and 'is sound' in shown.stderr


@scenario('db check compares the sums with the rows, while requests come')
def _():
    with used(5) as h:
        ok(h.run('stats'))
        assert '1 day' in findings(h)['sums']['detail']
        h.stop()
        with writing(db_file(h)) as db:
            db.execute('UPDATE usage_hour SET requests = requests + 1')
        found = findings(h, sound=False)
        assert not found['sums']['sound'] and 'db recover' in found['sums']['next'], found
        assert '1 sum of hours' in found['sums']['detail']


@scenario('db check tells of damaged pages and changes nothing')
def _():
    with used(3) as h:
        h.stop()
        with open(db_file(h), 'r+b') as file:
            file.seek(3 * 4096)
            file.write(b'\xa5' * 4096)
        before = db_file(h).read_bytes()
        found = findings(h, sound=False)
        assert not found['pages']['sound'] and 'db recover' in found['pages']['next'], found
        assert db_file(h).read_bytes() == before


@scenario('db check tells of a file that is no database')
def _():
    with home() as h:
        refused(h.run('db', 'check'), 1, 'no database')
        db_file(h).write_bytes(b'nothing of ours ' * 1000)
        found = findings(h, sound=False)
        assert list(found) == ['file'] and 'db recover' in found['file']['next'], found


@scenario('db check counts what the journal still holds')
def _():
    with used(3) as h:
        h.kill()
        detail = findings(h)['journal']['detail']
        assert detail.startswith('1 segment, ') or 'segments' in detail, detail
        ok(h.run('stats'))
        assert findings(h)['journal']['detail'].startswith('0 segments, 0 records')


@scenario('db check reads where nothing can be written')
def _():
    if os.geteuid() == 0:
        return  # nothing is read-only to root
    with used(1) as h:
        h.stop()
        os.chmod(h.home, 0o500)
        try:
            findings(h)
        finally:
            os.chmod(h.home, 0o700)


@scenario('db backup has every answered request, is private and whole, and overwrites nothing')
def _():
    with used(7) as h:
        for running in (True, False):
            if not running:
                h.stop()
            copy = pathlib.Path(h.home, f'copy-{running}.db')
            said = document(h.run('db', 'backup', str(copy), '--json'))
            assert said == {'file': str(copy), 'bytes': copy.stat().st_size, 'requests': 7}, said
            assert copy.stat().st_mode & 0o777 == 0o600
            with read_only(copy) as db:
                assert db.execute('PRAGMA integrity_check').fetchone() == ('ok',)
                assert db.execute('SELECT sum(requests) FROM usage_hour').fetchone() == (7,)
                assert db.execute('SELECT count(*) FROM issued_keys').fetchone() == (1,)
            before = copy.read_bytes()
            refused(h.run('db', 'backup', str(copy)), 1, 'exists', 'another name')
            assert copy.read_bytes() == before
        assert not list(pathlib.Path(h.home).glob('*.partial*'))


@scenario('a backup put in the place of the database serves on')
def _():
    with used(2) as h:
        copy = pathlib.Path(h.home, 'copy.db')
        ok(h.run('db', 'backup', str(copy)))
        assert h.chat().status == 200
        h.stop()
        for name in ('aigw.db', 'aigw.db-wal', 'aigw.db-shm'):
            pathlib.Path(h.home, name).unlink(missing_ok=True)
        copy.rename(db_file(h))
        h.start()
        assert h.chat().status == 200
        findings(h)


@scenario('db backup to a place that cannot be written to leaves nothing behind')
def _():
    with home() as h:
        ok(h.run('keys', 'issue', 'one'))
        refused(h.run('db', 'backup', '/proc/copy.db'), 1, '/proc/copy.db')
        refused(h.run('db', 'backup'), 2, 'needs FILE')


@scenario('db export prints each request once, as JSON lines or CSV, of the time asked for')
def _():
    with used(4) as h:
        rows = [json.loads(line) for line in ok(h.run('db', 'export')).stdout.splitlines()]
        assert rows == h.tail() and len(rows) == 4
        table = list(csv.DictReader(io.StringIO(ok(h.run('db', 'export', '--csv')).stdout)))
        assert [r['id'] for r in table] == [r['id'] for r in rows]
        assert table[0]['input'] == str(rows[0]['tokens']['input']) and table[0]['status'] == '200'
        assert float(table[0]['latency_ms']) == rows[0]['latency_ms']
        assert ok(h.run('db', 'export', '--until', '1h')).stdout == ''
        assert len(ok(h.run('db', 'export', '--since', '1h')).stdout.splitlines()) == 4
        assert ok(h.run('db', 'export', '--since', '2999-01-01')).stdout == ''
        assert len(ok(h.run('db', 'export', '--since', '2026-01-01T00:00Z', '--until', '2999-12-31')).stdout.splitlines()) == 4
        refused(h.run('db', 'export', '--since', 'yesterday'), 2, 'yesterday', '30d')
        refused(h.run('db', 'export', '--since', '2026-13-01'), 2, '2026-13-01')


@scenario('a cell of CSV is never a formula')
def _():
    with used(1) as h:
        h.chat(model='=1+1,"x"')
        last = ok(h.run('db', 'export', '--csv')).stdout.splitlines()[-1]
        assert '"\'=1+1,""x"""' in last, last


@both('db vacuum gives space back and says how much')
def _(h):
    ok(h.run('keys', 'issue', 'one'))
    sizes = document(h.run('db', 'vacuum', '--json'))
    assert 0 < sizes['bytes_after'] <= sizes['bytes_before'], sizes
    findings(h)
    assert 'takes' in ok(h.run('db', 'vacuum')).stderr


@scenario('db migrate has nothing to do on a fresh database')
def _():
    with home() as h:
        refused(h.run('db', 'migrate'), 1, 'no database')
        ok(h.run('keys', 'issue', 'one'))
        said = document(h.run('db', 'migrate', '--json'))
        assert said['steps'] == [] and said['backup'] is None, said
        assert 'up to date' in ok(h.run('db', 'migrate', '--dry-run')).stderr
        assert not list(pathlib.Path(h.home).glob('*.backup'))


@scenario('a database of a newer aigw is refused by every command and not changed')
def _():
    with home() as h:
        ok(h.run('keys', 'issue', 'one'))
        with writing(db_file(h)) as db:
            db.execute('PRAGMA user_version = 99')
        before = db_file(h).read_bytes()
        for command in (('db', 'migrate'), ('stats',), ('db', 'backup', os.path.join(h.home, 'copy'))):
            refused(h.run(*command), 1, 'newer aigw')
        assert db_file(h).read_bytes() == before


def leaves(path, table):
    """Offsets of the pages that hold rows of `table`."""
    with read_only(path) as db:
        root = db.execute('SELECT rootpage FROM sqlite_schema WHERE name = ?', (table,)).fetchone()[0]
    content = path.read_bytes()
    page = content[(root - 1) * 4096:root * 4096]
    if page[0] == 13:
        return [(root - 1) * 4096]
    cells = [int.from_bytes(page[12 + 2 * i:14 + 2 * i], 'big') for i in range(int.from_bytes(page[3:5], 'big'))]
    children = [int.from_bytes(page[cell:cell + 4], 'big') for cell in cells] + [int.from_bytes(page[8:12], 'big')]
    return [(child - 1) * 4096 for child in children]


def contents(h):
    """Of the files that hold something: a lock and a -shm do not."""
    files = [path for pattern in ('aigw.db', 'aigw.db-wal', '*.seg') for path in pathlib.Path(h.home).rglob(pattern)]
    return {path: path.read_bytes() for path in files}


@scenario('db recover reads around damage into a new file, says what is lost, and the new file serves')
def _():
    with used(3) as h:
        ok(h.run('stats'))
        h.stop()
        with writing(db_file(h)) as db:  # a past with a row a second, so that the table has many pages
            columns = [row[1] for row in db.execute('PRAGMA table_info(requests)')][1:]
            db.execute('BEGIN')
            for i in range(1, 2_000):
                db.execute(f'INSERT INTO requests SELECT id - ({i * 1000} << 22), {", ".join(columns)} FROM requests '
                           'WHERE id = (SELECT max(id) FROM requests)')
            db.execute('COMMIT')
        pages = leaves(db_file(h), 'requests')
        with open(db_file(h), 'r+b') as file:
            file.seek(pages[len(pages) // 2])
            file.write(b'\xff' * 4096)
        assert not findings(h, sound=False)['pages']['sound']
        before = contents(h)
        done = h.run('db', 'recover', '--to', os.path.join(h.home, 'new.db'), '--json')
        said = json.loads(done.stdout)
        assert done.returncode == 1 and said['whole'] is False, said
        assert 1_900 < said['requests'] < 2_002 and said['file'] == os.path.join(h.home, 'new.db'), said
        assert {t['name']: t['whole'] for t in said['tables']}['issued_keys'] is True
        after = contents(h)
        assert all(after[path] == content for path, content in before.items()), 'the damaged files stay as they are'
        refused(h.run('db', 'recover', '--to', said['file']), 1, 'exists')
        for command in said['next'][:-1]:
            subprocess.run(command, shell=True, check=False, stderr=subprocess.DEVNULL)
        h.start()
        again = h.chat()
        assert again.status == 200, again
        findings(h)
        assert document(h.run('stats', '--json', '--since', '52w'))['totals']['requests'] >= 1_900


@scenario('db recover takes the journal in when the database cannot be read at all')
def _():
    with used(4) as h:
        h.kill()
        for name in ('aigw.db-wal', 'aigw.db-shm'):
            pathlib.Path(h.home, name).unlink(missing_ok=True)
        db_file(h).write_bytes(b'\xff' * 8192)
        done = h.run('db', 'recover')
        assert done.returncode == 1 and '4 requests' in done.stderr and '4 of them from the journal' in done.stderr, done.stderr
        assert 'aigw db check' in done.stderr
        assert len(list(pathlib.Path(h.home).glob('aigw.db.recovered-*Z'))) == 1


@scenario('db recover leaves a running gateway its database')
def _():
    with used(1) as h:
        refused(h.run('db', 'recover'), 1, 'held by process')


@scenario('requests older than the configuration keeps go by themselves')
def _():
    days = 10
    with used(5) as h:
        h.stop()
        with writing(db_file(h)) as db:  # as if they had been asked ten days ago
            db.execute('UPDATE requests SET id = id - ?', (days * 86_400_000 << 22,))
        pathlib.Path(h.home, 'aigw.toml').write_text('[ledger]\nkeep = "1d"\n')
        h.start()
        assert h.chat().status in (200, 502)
        assert until(lambda: 'old_requests_removed' in h.log()), h.log()
        rows = [json.loads(line) for line in ok(h.run('tail', '--json')).stdout.splitlines()]
        assert len(rows) == 1, rows


if __name__ == '__main__':
    run()
