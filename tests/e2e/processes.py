#!/usr/bin/env python3
"""serve among other processes: a foreign lock on the database, a second serve, command-line writes under load, SIGTERM.

AIGW_LOCK_SECONDS (30): how long the foreign process holds the database.
"""
import concurrent.futures
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import PROGRAM, Gateway
from load import Load, script
from scenario import run, scenario, until
from upstream import Upstream, answer, chat_events, chunk, head, send, LAST_CHUNK
from upstream import until as until_set

LOCK_SECONDS = float(os.environ.get('AIGW_LOCK_SECONDS', '30'))


@scenario('a foreign process holds the database: answers go on, rows arrive later')
def _():
    calls = {}
    with Upstream(script(calls)) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        foreign = sqlite3.connect(os.path.join(gateway.home, 'aigw.db'), isolation_level=None, timeout=10)
        load = Load(gateway.port, gateway.key, clients=4, leave=0, pause=0.01).start()
        until(lambda: load.answered() > 20)
        foreign.execute('BEGIN EXCLUSIVE')
        before, began, slowest = load.answered(), time.time(), 0
        while time.time() - began < LOCK_SECONDS:
            asked = time.time()
            got = gateway.chat(text='0')
            assert got.status == 200, f'{time.time() - began:.1f} s into the lock: {got}'
            slowest = max(slowest, time.time() - asked)
            time.sleep(0.1)
        assert load.answered() > before + 20, f'{load.answered() - before} answers while it was locked'
        foreign.execute('ROLLBACK')
        foreign.close()
        load.stop()
        assert slowest < 1, f'an answer took {slowest:.1f} s while the database was locked'
        rows = until(lambda: (r := gateway.tail(10_000_000)) and len(r) >= load.answered() and r, 20)
        ids = {r['id'] for r in rows if r['outcome'] == 'succeeded'}
        lost = [s.request_id for s in load.seen if s.complete and s.request_id not in ids]
        assert not lost, f'{len(lost)} answers have no row, such as {lost[:3]}'


@scenario('serve waits for a locked database and says so')
def _():
    with Upstream(answer) as upstream:
        gateway = Gateway([('up', 'openai-chat', upstream.url)])
        foreign = sqlite3.connect(os.path.join(gateway.home, 'aigw.db'), isolation_level=None, timeout=10)
        foreign.execute('BEGIN EXCLUSIVE')
        with concurrent.futures.ThreadPoolExecutor(1) as background:
            started = background.submit(gateway.start, 20)
            time.sleep(2.5)
            alive = gateway.process is not None and gateway.process.poll() is None
            said = gateway.log()
            foreign.execute('ROLLBACK')
            foreign.close()
            assert alive, f'serve gave up: {said[-300:]}'
            started.result()
        assert 'lock' in said.lower(), f'serve waits without a word: {said[-300:]!r}'
        with Closing(gateway):
            assert gateway.chat().status == 200


class Closing:
    """Ends a gateway that is already running."""
    def __init__(self, gateway):
        self.gateway = gateway

    def __enter__(self):
        return self.gateway

    def __exit__(self, *error):
        self.gateway.__exit__(*error)


def second_serve(gateway, *arguments, env=None):
    return subprocess.run([PROGRAM, 'serve', *arguments], env={**gateway.env, **(env or {})}, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=20)


@scenario('a second serve on the same file refuses and names the first')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        second = second_serve(gateway, '--listen', '127.0.0.1:0')
        assert second.returncode not in (0, -11, -6), second
        assert str(gateway.process.pid) in second.stderr, f'the first one\'s pid {gateway.process.pid} is not named: {second.stderr}'
        assert gateway.chat().status == 200


@scenario('a second serve on the same port refuses and names the port')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        other = os.path.join(gateway.home, 'other')
        os.mkdir(other)
        second = second_serve(gateway, '--listen', f'127.0.0.1:{gateway.port}', env={'AIGW_HOME': other, 'HOME': other})
        assert second.returncode not in (0, -11, -6), second
        assert str(gateway.port) in second.stderr, second.stderr
        assert gateway.chat().status == 200


@scenario('500 writes from the command line under load all arrive')
def _():
    calls = {}
    with Upstream(script(calls)) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        load = Load(gateway.port, gateway.key, clients=4, leave=0).start()

        def write(number):
            return json.loads(gateway.cli('keys', 'issue', f'writer-{number}', '--json'))
        with concurrent.futures.ThreadPoolExecutor(8) as writers:
            issued = list(writers.map(write, range(500)))
        load.stop()
        assert len({i['key'] for i in issued}) == 500
        listed = gateway.cli('keys', 'list', '--json')
        missing = [n for n in range(500) if f'"writer-{n}"' not in listed]
        assert not missing, f'{len(missing)} keys are not listed, such as writer-{missing[0]}'
        for one in (issued[0], issued[-1]):
            assert gateway.request('GET', '/v1/models', key=one['key']).status == 200, 'a key works as soon as its command ends'
        assert len([s for s in load.seen if s.complete]) > 50
        bad = [(s.nonce, s.status) for s in load.seen if s.status not in (200, None)]
        assert not bad, f'requests failed while keys were written: {bad[:3]}'


@scenario('a revoked key is refused at once, on a connection that is already open')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        other = json.loads(gateway.cli('keys', 'issue', 'other', '--json'))
        assert gateway.request('GET', '/v1/models', key=other['key']).status == 200
        gateway.cli('keys', 'revoke', 'other')
        assert gateway.request('GET', '/v1/models', key=other['key']).status == 401


@scenario('SIGTERM drains: a running stream ends, its row is there, exit code 0')
def _():
    go_on = threading.Event()

    def slow(request):
        events = chat_events()
        return ([send(head(200, 'text/event-stream'))] + [send(chunk(e)) for e in events[:3]] + [until_set(go_on)]
                + [send(chunk(e)) for e in events[3:]] + [send(LAST_CHUNK)])
    with Upstream(slow) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        with concurrent.futures.ThreadPoolExecutor(2) as background:
            running = background.submit(gateway.chat, stream=True)
            assert until(lambda: upstream.seen), 'the provider was not called'
            time.sleep(0.3)
            ending = background.submit(gateway.stop)
            time.sleep(0.7)
            try:
                gateway.request('GET', '/healthz', timeout=2)
                accepted = True
            except OSError:
                accepted = False
            go_on.set()
            got, code = running.result(), ending.result()
        assert got.status == 200 and got.body.rstrip().endswith(b'data: [DONE]'), got
        assert code == 0, f'exit code {code}'
        assert not accepted, 'a draining serve still takes new connections'
        row = gateway.tail(1)[0]  # with no serve, the command line reads what is there
        assert row['outcome'] == 'succeeded' and row['id'] == got.headers['x-request-id'], row


@scenario('a client that leaves is aborted, and the provider\'s call is cancelled')
def _():
    import http.client
    from aigw import chat_request
    from upstream import gone
    left = threading.Event()

    def endless(request):
        return [send(head(200, 'text/event-stream'))] + [send(chunk(e)) for e in chat_events()[:3]] + [gone(left, 15)]
    with Upstream(endless) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        connection = http.client.HTTPConnection('127.0.0.1', gateway.port, timeout=10)
        connection.request('POST', '/v1/chat/completions', json.dumps(chat_request(stream=True)),
                           {'authorization': 'Bearer ' + gateway.key, 'content-type': 'application/json'})
        connection.getresponse().read(10)
        connection.sock and connection.sock.close()
        connection.close()
        assert left.wait(5), 'the provider\'s connection stays open after the client has left'
        row = until(lambda: next((r for r in gateway.tail() if r['outcome'] != 'open'), None), 5)
        assert row and row['outcome'] == 'aborted', row


if __name__ == '__main__':
    run(180)
