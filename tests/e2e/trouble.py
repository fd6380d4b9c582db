#!/usr/bin/env python3
"""Trouble around the program: disks that are full or fail, databases that are damaged, a clock that jumps. What the client
is told, what the owner is told, and that nothing is lost, doubled or written over.

    trouble.py [-v] [SUBSTRING...]

Some scenarios mount a small tmpfs and are skipped where that is not allowed.
"""
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import PROGRAM, Gateway, chat_request
from scenario import Skip, run, scenario, until
from upstream import LAST_CHUNK, Upstream, answer, chat_events, chunk, head, send
from upstream import until as until_set

REQUESTS_MAX = 40_000  # what the space that a loop has promised itself may take


class SmallDisk:
    """A file system of its own: it can be filled, and made read-only."""
    def __init__(self, megabytes=8):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='aigw-disk-'))
        self.home = self.folder / 'home'
        self.filler = self.folder / 'filler'
        self.log = self.folder.with_suffix('.log')  # not on this disk: what is said of a full one has to be read
        self.mount('-t', 'tmpfs', '-o', f'size={megabytes}m,mode=700', 'tmpfs')

    def mount(self, *arguments):
        done = subprocess.run(['mount', *arguments, self.folder], capture_output=True, text=True)
        if done.returncode:
            self.folder.rmdir()
            raise Skip('cannot mount here: ' + done.stderr.strip())

    def fill(self):
        with open(self.filler, 'ab', buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(b'x' * 4096)

    def free(self):
        self.filler.unlink()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(['umount', '-l', self.folder], check=False)
        self.folder.rmdir()
        self.log.unlink(missing_ok=True)


def slow_answer(go_on, end=None):
    """Streams wait after their first event until `go_on` is set, and after the second until `end` is; other requests are
    answered at once."""
    def play(request):
        if not request.json.get('stream'):
            yield from answer(request)
            return
        first, second, *rest = chat_events()
        yield send(head(200, 'text/event-stream') + chunk(first))
        yield until_set(go_on)
        yield send(chunk(second))
        if end:
            yield until_set(end)
        yield send(b''.join(map(chunk, rest)) + LAST_CHUNK)
    return play


def ask_until_refused(gateway):
    """How many answers came, and the first refusal."""
    refusals, answered, lock = [], [0], threading.Lock()

    def ask():
        while not refusals and answered[0] < REQUESTS_MAX:
            got = gateway.chat()
            with lock:
                if got.status == 200:
                    answered[0] += 1
                else:
                    refusals.append(got)
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        for client in [clients.submit(ask) for _ in range(8)]:
            client.result()
    assert refusals, f'{answered[0]} answers and no refusal'
    return answered[0], refusals


def check_refuses_and_recovers(gateway, upstream, go_on, take_space, give_space):
    """The story of every shortage: new requests are refused, running ones end, then all is well again by itself."""
    with concurrent.futures.ThreadPoolExecutor(1) as background:
        running = background.submit(gateway.chat, stream=True)
        assert until(lambda: upstream.seen), 'the stream does not begin'
        take_space()
        answered, refusals = ask_until_refused(gateway)
        for refusal in refusals:
            assert refusal.status == 503 and refusal.headers.get('retry-after'), refusal
            assert 'Free some space' in refusal.json['error']['message'], refusal
        for _ in range(8):  # whichever loop answers
            ready = gateway.request('GET', '/readyz')
            assert ready.status == 503 and 'ledger' in ready.json['status'], ready
        assert gateway.request('GET', '/healthz').status == 200
        go_on.set()
        stream = running.result(30)
        assert stream.status == 200 and stream.body.rstrip().endswith(b'data: [DONE]'), stream
    give_space()
    assert until(lambda: gateway.request('GET', '/readyz').status == 200, 5), 'not ready although there is space again'
    assert gateway.chat().status == 200
    rows = until(lambda: (r := [x for x in gateway.tail(10_000_000) if x['outcome'] == 'succeeded']) and len(r) >= answered + 2 and r, 20)
    assert rows and len(rows) == answered + 2, f'{rows and len(rows)} rows of {answered + 2} answers'
    assert stream.headers['x-request-id'] in {r['id'] for r in rows}, 'the stream that ended on the full disk has no row'
    assert gateway.stats()['totals']['succeeded'] == answered + 2, gateway.stats()['totals']
    assert 1 <= gateway.log().count('ledger_refuses') <= 2, 'a refusal is said once a loop, not for each request'


@scenario('a full disk refuses new requests, lets running ones end, and is forgotten when there is space')
def _():
    go_on = threading.Event()
    with SmallDisk() as disk, Upstream(slow_answer(go_on)) as upstream:
        gateway = Gateway([('up', 'openai-chat', upstream.url)], home=disk.home, arguments=['--loops', '1'])
        gateway.log_path = disk.log
        with gateway:
            check_refuses_and_recovers(gateway, upstream, go_on, disk.fill, disk.free)


@scenario('stats, tail and show work on a full disk, and say what they cannot know')
def _():
    with SmallDisk() as disk, Upstream(answer) as upstream:
        gateway = Gateway([('up', 'openai-chat', upstream.url)], home=disk.home)
        gateway.log_path = disk.log
        with gateway:
            old = gateway.chat().headers['x-request-id']
            assert gateway.stats()['totals']['succeeded'] == 1 and gateway.stats()['behind'] is None
            assert gateway.run('stats').stderr == ''
            disk.fill()
            answers = []
            while len(answers) < 100 and gateway.stats()['behind'] is None:  # the database may have a page left
                answers.append(gateway.chat())
                assert answers[-1].status == 200, answers[-1]
            new = answers[-1].headers['x-request-id']
            for command, wanted in ((['stats'], 'total'), (['tail'], 'gpt-4o-mini'), (['show', old], old)):
                done = gateway.run(*command)
                assert done.returncode == 0 and wanted in done.stdout, done
                assert command[0] == 'show' or ('wait in the journal' in done.stderr and 'space' in done.stderr), done.stderr
            assert gateway.stats()['behind']['next'], gateway.stats()
            done = gateway.run('show', new)
            assert done.returncode == 1 and 'space' in done.stderr, done
            disk.free()
            assert until(lambda: gateway.stats()['behind'] is None, 10), 'still behind although there is space again'
            assert gateway.stats()['totals']['succeeded'] == 1 + len(answers) and gateway.run('show', new).returncode == 0


@scenario('a limit of file sizes refuses new requests in the same way')
def _():
    go_on = threading.Event()
    with Upstream(slow_answer(go_on)) as upstream, Gateway([('up', 'openai-chat', upstream.url)], arguments=['--loops', '2']) as gateway:
        def limit(size):
            resource.prlimit(gateway.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        check_refuses_and_recovers(gateway, upstream, go_on, lambda: limit(64 << 10), lambda: limit(resource.RLIM_INFINITY))


@scenario('a start on a full disk says what to do, harms nothing, and works when there is space')
def _():
    with SmallDisk() as disk, Upstream(answer) as upstream:
        gateway = Gateway([('up', 'openai-chat', upstream.url)], home=disk.home)
        gateway.start()
        assert gateway.chat().status == 200
        assert gateway.stop() == 0
        disk.fill()
        done = gateway.run('serve', '--listen', '127.0.0.1:0', timeout=20)
        assert done.returncode == 1 and 'Free some space' in done.stderr, done
        disk.free()
        with gateway:
            assert gateway.chat().status == 200
            assert gateway.stats()['totals']['succeeded'] == 2, gateway.stats()


# ---- a disk that fails

class FaultySystem:
    """Environment of a process whose disk fails, always or by a switch, and whose clock is wrong: see faulty_system.c."""
    def __init__(self, **broken):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='aigw-faulty-'))
        self.switch, self.clock = self.folder / 'broken', self.folder / 'clock'
        library = self.folder / 'faulty.so'
        source = pathlib.Path(__file__).resolve().parents[1] / 'support/faulty_system.c'
        subprocess.run(['cc', '-shared', '-fPIC', '-O1', '-o', library, source], check=True)
        self.env = {'LD_PRELOAD': str(library), 'BROKEN_SWITCH': str(self.switch), 'BROKEN_CLOCK': str(self.clock),
                    **{f'BROKEN_{k.upper()}': v for k, v in broken.items()}}

    def fail(self):
        self.switch.touch()

    def mend(self):
        self.switch.unlink()

    def set_clock(self, seconds_ahead):
        after = self.folder / 'clock.new'
        after.write_text(str(seconds_ahead))
        after.rename(self.clock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder)


@contextlib.contextmanager
def gateway_on(system, config=None, script=answer):
    with Upstream(script) as upstream, Gateway([('up', 'openai-chat', upstream.url)], config=config, env=system.env,
                                               arguments=['--loops', '1']) as gateway:
        assert gateway.chat().status == 200
        yield gateway


def is_refusal(got, *words):
    assert got.status == 503 and got.headers.get('retry-after'), got
    for word in words:
        assert word in got.json['error']['message'], (word, got)


@scenario('a journal that cannot be written refuses, says which file, and goes on when the disk is well')
def _():
    with FaultySystem(write='.seg', map='!.seg') as disk, gateway_on(disk) as gateway:
        disk.fail()
        for _ in range(3):
            is_refusal(gateway.chat(), 'Input/output error', 'aigw.db.ledger', 'Check the disk')
        assert gateway.request('GET', '/readyz').status == 503
        disk.mend()
        assert until(lambda: gateway.request('GET', '/readyz').status == 200, 5), 'not ready although the disk is well'
        assert gateway.chat().status == 200
        rows = gateway.tail()
        assert [r['outcome'] for r in rows] == ['succeeded'] * 2, rows


@scenario('a journal that cannot be read keeps serve from starting, with the way out')
def _():
    with FaultySystem(read='.seg') as system, gateway_on(system) as gateway:
        gateway.kill()
        system.fail()
        [segment] = pathlib.Path(gateway.home, 'aigw.db.ledger').glob('*.seg')
        for command in (['serve', '--listen', '127.0.0.1:0'], ['stats']):
            done = gateway.run(*command)
            assert done.returncode == 1 and segment.name in done.stderr and 'move this file away' in done.stderr, done
        segment.rename(segment.with_suffix('.unreadable'))
        system.mend()
        gateway.start()
        assert gateway.chat().status == 200 and len(gateway.tail(1)) == 1


@scenario('a journal that somebody cuts while it is mapped ends no process and no request')
def _():
    with FaultySystem() as system, gateway_on(system) as gateway:
        assert len(gateway.tail()) == 1
        [segment] = pathlib.Path(gateway.home, 'aigw.db.ledger').glob('*.seg')
        os.truncate(segment, 0)
        for _ in range(20):
            assert gateway.chat().status == 200
        assert gateway.process.poll() is None
        assert [r['outcome'] for r in gateway.tail()] == ['succeeded'] * 21


@scenario('with durability full, what could not be synced is no answer, and nothing is promised until a restart')
def _():
    with FaultySystem(sync='.seg') as disk, gateway_on(disk, '[ledger]\ndurability = "full"\n') as gateway:
        disk.fail()
        is_refusal(gateway.chat(), 'synced', 'restart')
        disk.mend()
        is_refusal(gateway.chat(), 'synced', 'restart')
        assert gateway.request('GET', '/readyz').status == 503
        assert gateway.stop() == 0
        gateway.start()
        assert gateway.chat().status == 200
        # The call whose record could not be synced was made, and is to be paid: its row stands, though its client has no answer.
        assert [r['outcome'] for r in gateway.tail()].count('succeeded') == 3, gateway.tail()


@contextlib.contextmanager
def open_stream(gateway):
    """A stream, to be read line by line."""
    connection = http.client.HTTPConnection('127.0.0.1', gateway.port, timeout=30)
    connection.request('POST', '/v1/chat/completions', json.dumps(chat_request(stream=True)),
                       {'content-type': 'application/json', 'authorization': 'Bearer ' + gateway.key})
    yield connection.getresponse()
    connection.close()


@scenario('with durability full, a disk that turns slow holds back the answers that wait for it, and no stream beside them')
def _():
    go_on, end = threading.Event(), threading.Event()
    with FaultySystem(slow='.seg') as disk, gateway_on(disk, '[ledger]\ndurability = "full"\n', slow_answer(go_on, end)) as gateway:
        for _ in range(10):  # the disk is known to be quick
            assert gateway.chat().status == 200
        with open_stream(gateway) as stream, concurrent.futures.ThreadPoolExecutor(1) as background:
            assert stream.readline().startswith(b'data: ')
            disk.fail()
            waiting = background.submit(gateway.chat)
            time.sleep(0.5)  # its sync has begun
            go_on.set()
            while b'word0' not in (line := stream.readline()):
                assert line, 'the stream ended early'
            time.sleep(0.3)
            assert not waiting.done(), 'the stream stood still while another answer waited for the disk'
            disk.mend()
            end.set()
            assert waiting.result(30).status == 200
            assert stream.read().rstrip().endswith(b'data: [DONE]')


@scenario('a database that cannot be written keeps nobody waiting: its rows come later')
def _():
    with FaultySystem(write='.db-wal') as disk, gateway_on(disk) as gateway:
        gateway.tail()
        disk.fail()
        for _ in range(20):
            assert gateway.chat().status == 200
        said = until(lambda: 'ledger_rows_wait' in (log := gateway.log()) and log, 5)
        assert said and 'disk I/O error' in said and 'Check the disk' in said, gateway.log()[-500:]
        disk.mend()
        assert until(lambda: len(gateway.tail()) == 21, 10), len(gateway.tail())


@scenario('a database that cannot be synced is said, and its journal is kept until it can')
def _():
    with FaultySystem(sync='.db-wal') as system, gateway_on(system) as gateway:
        def segments():
            return list(pathlib.Path(gateway.home, 'aigw.db.ledger').glob('*.seg'))
        gateway.kill()
        system.fail()
        gateway.start()
        left = len(segments())
        assert gateway.chat().status == 200 and len(gateway.tail()) == 2
        said = until(lambda: 'checkpoint_failed' in (log := gateway.log()) and log, 5)
        assert said and 'Check the disk' in said, gateway.log()[-500:]
        assert len(segments()) == left, 'a segment was deleted before its rows were on the disk'
        system.mend()
        assert gateway.chat().status == 200
        assert until(lambda: len(segments()) < left, 15), 'the segment stays'  # a few rows wait for 3 s, then quiet for 3 s


@scenario('where blocks cannot be owned beforehand, the journal is written by system calls')
def _():
    with FaultySystem(alloc='!.seg') as disk, gateway_on(disk) as gateway:
        for _ in range(20):
            assert gateway.chat().status == 200
        gateway.kill()
        gateway.start()
        assert len(gateway.tail()) == 21


# ---- a database that cannot be used

def refuses_to_start(gateway, *words, user=None, code=1):
    """serve and stats end with `code` and these words, and change no byte of what is there."""
    before = {path: path.read_bytes() for path in pathlib.Path(gateway.home).rglob('aigw.db*') if path.is_file() and path.suffix != '.lock'}
    for command in (['serve', '--listen', '127.0.0.1:0'], ['stats']):
        done = subprocess.run([PROGRAM, *command], env=gateway.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=20, user=user)
        assert done.returncode == code, (command, done)
        for word in words:
            assert word in done.stderr, (command, word, done.stderr)
    after = {path: path.read_bytes() for path in before if path.exists()}
    assert before == after, f'changed: {[str(p) for p in before if before[p] != after.get(p)]}'


@contextlib.contextmanager
def ended_gateway(home=None, env=None):
    """A gateway that has some rows and does not run."""
    with Upstream(answer) as upstream:
        gateway = Gateway([('up', 'openai-chat', upstream.url)], home=home, env=env)
        with gateway:
            for _ in range(50):
                assert gateway.chat().status == 200
            gateway.tail()
            assert gateway.stop() == 0
            yield gateway, pathlib.Path(gateway.home, 'aigw.db')


def overwrite(path, offset, content):
    with open(path, 'r+b') as out:
        out.seek(offset)
        out.write(content)


@scenario('a database on a network file system is refused')
def _():
    with FaultySystem(network='!') as disk, ended_gateway() as (gateway, _):
        gateway.env.update(disk.env)
        done = gateway.run('serve', '--listen', '127.0.0.1:0')
        assert done.returncode == 1 and 'network file system' in done.stderr and 'local disk' in done.stderr, done


@scenario('a folder that cannot be written to is said, and left as it is')
def _():
    with SmallDisk() as disk, ended_gateway(disk.home) as (gateway, _):
        disk.mount('-o', 'remount,ro')
        refuses_to_start(gateway, 'Read-only file system', 'Choose a folder that can be written to')
        disk.mount('-o', 'remount,rw')


@scenario('a folder or a file of another user is said')
def _():
    if os.geteuid() != 0:
        raise Skip('needs root to become another user')
    nobody = 65534
    if subprocess.run([PROGRAM, 'version'], user=nobody, capture_output=True).returncode:
        raise Skip('the program cannot be run by another user here')
    with ended_gateway() as (gateway, database):
        refuses_to_start(gateway, 'Permission denied', 'Check the path', user=nobody, code=2)
        for path in pathlib.Path(gateway.home).rglob('*'):
            os.chown(path, nobody, nobody)
        os.chown(gateway.home, nobody, nobody)
        os.chown(database, 0, 0)
        refuses_to_start(gateway, 'aigw.db', 'Check who owns', user=nobody)


@scenario('what is no database of ours is never written over')
def _():
    with ended_gateway() as (gateway, database):
        database.write_text('Dear diary, ' * 1000)
        refuses_to_start(gateway, 'no SQLite database')
        database.unlink()
        with contextlib.closing(sqlite3.connect(database)) as other:
            other.execute('CREATE TABLE recipes(name)')
        refuses_to_start(gateway, "another program's database", '--db')


@scenario('a damaged database is refused with the way out')
def _():
    for what, damage in {
        'its first page': lambda d: overwrite(d, 0, b'\xff' * 4096),
        'its schema': lambda d: overwrite(d, 100, b'\xff' * 2000),
        'all but its schema': lambda d: overwrite(d, 4096, b'\xa5' * (d.stat().st_size - 4096)),
        'its end': lambda d: os.truncate(d, 4096 * 3),
    }.items():
        with ended_gateway() as (gateway, database):
            damage(database)
            try:
                refuses_to_start(gateway, 'aigw db recover')
            except AssertionError as error:
                raise AssertionError(f'{what}: {error}') from error


@scenario('a database that is lost beside its -wal is not made anew')
def _():
    with ended_gateway() as (gateway, database):
        wal = database.with_name('aigw.db-wal')
        wal.write_bytes(b'w' * 4096)
        os.truncate(database, 0)
        refuses_to_start(gateway, 'missing or empty', 'aigw.db-wal', 'backup')
        database.unlink()
        refuses_to_start(gateway, 'missing or empty', 'aigw.db-wal', 'backup')
        assert not database.exists()


@scenario('a database of a newer aigw is left alone')
def _():
    with ended_gateway() as (gateway, database):
        with contextlib.closing(sqlite3.connect(database)) as newer:
            newer.execute('PRAGMA user_version = 9999')
            newer.execute('PRAGMA wal_checkpoint(TRUNCATE)')
        refuses_to_start(gateway, '9999', 'newer aigw')


# ---- a clock that jumps

@scenario('a clock that jumps hours and years stalls nothing, doubles nothing, and no id goes back')
def _():
    hour, year = 3600, 365 * 86400
    go_on = threading.Event()
    with FaultySystem() as system, gateway_on(system, script=slow_answer(go_on)) as gateway:
        ids = []

        def ask_at(seconds_ahead):
            system.set_clock(seconds_ahead)
            for _ in range(10):
                got = gateway.chat()
                assert got.status == 200, (seconds_ahead, got)
                ids.append(got.headers['x-request-id'])
            recent = gateway.stats('--since', '24h')['totals']['requests']
            assert recent >= 10, f'{recent} of 10 requests made just now are in the last day, {seconds_ahead} s ahead'
        with concurrent.futures.ThreadPoolExecutor(1) as background:
            running = background.submit(gateway.chat, stream=True)
            for jump in (0, hour, -hour, 10 * year):
                ask_at(jump)
            go_on.set()
            stream = running.result(30)
            assert stream.body.rstrip().endswith(b'data: [DONE]'), f'a jump of the clock ended a stream: {stream}'
        gateway.kill()
        system.set_clock(2 * hour)
        gateway.start()
        assert 'clock_behind_ledger' in gateway.log(), gateway.log()[-400:]
        for jump in (2 * hour, -year):
            ask_at(jump)
        assert ids == sorted(set(ids)), 'ids went back'
        answered = len(ids) + 2
        totals = gateway.stats('--since', '300000h')['totals']
        assert totals['requests'] == totals['succeeded'] == answered, (totals, answered)
        assert len({r['id'] for r in gateway.tail()}) == answered


if __name__ == '__main__':
    run(120)
