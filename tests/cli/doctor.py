#!/usr/bin/env python3
"""doctor: breaks an installation in each way and reads what it says to do."""
import json
import os
import pathlib
import signal
import socket
import sqlite3

from home import CREDENTIAL, home, ok, run, scenario, until
from aigw import free_port
from upstream import Upstream, answer

HOUR_IN_ID = 3600_000 << 22  # ids: milliseconds, then 22 bits of loop and sequence


def doctor(h, *arguments, code=0):
    """{name: the worst check of that name}"""
    h.env.setdefault('AIGW_LISTEN', f'127.0.0.1:{h.port}')
    done = h.run('doctor', '--json', *arguments)
    assert done.returncode == code, f'exit {done.returncode}: {done.stdout}{done.stderr}'
    found = {}
    for check in json.loads(done.stdout)['checks']:
        order = ('ok', 'warn', 'bad')
        if check['name'] not in found or order.index(check['status']) > order.index(found[check['name']]['status']):
            found[check['name']] = check
    return found


def is_(check, status, *words):
    assert check['status'] == status, check
    for word in words:
        assert word in check['detail'] + ' ' + check['next'], check
    assert status == 'ok' or check['next'], f'it does not say what to do: {check}'


@scenario('an empty home is fine, and stays empty')
def _():
    with home() as h:
        found = doctor(h)
        assert {'configuration', 'data folder', 'disk', 'database', 'clock', 'journal', 'gateway', 'port'} <= set(found)
        shown = ok(h.run('doctor')).stdout
        assert shown.startswith('ok    configuration') and 'the first start makes' in shown
        assert not os.listdir(h.home), os.listdir(h.home)


@scenario('a gateway that runs, its providers and its files are found right')
def _():
    with Upstream(answer) as up, home(providers=[('up', 'openai-chat', up.url)]) as h:
        h.start()
        found = doctor(h)
        is_(found['gateway'], 'ok', f'process {h.process.pid}')
        is_(found['port'], 'ok', f'serve 127.0.0.1:{h.port}')
        is_(found['provider up'], 'ok', up.url)
        is_(found['master key'], 'ok')
        h.stop()
        is_(doctor(h)['master key'], 'ok', 'opens every credential')
    with home(providers=[('gone', 'openai-chat', f'http://127.0.0.1:{free_port()}')]) as h:
        is_(doctor(h, code=1)['provider gone'], 'bad', 'aigw probe gone')
        assert 'provider gone' not in doctor(h, '--offline')


@scenario('files that others can read, a folder of theirs, a database of another aigw')
def _():
    with home(key=True) as h:
        base = pathlib.Path(h.home)
        os.chmod(base / 'aigw.db', 0o644)
        is_(doctor(h, '--offline', code=1)['database'], 'bad', 'chmod go-rwx')
        os.chmod(base / 'aigw.db', 0o600)
        os.chmod(base / 'aigw.db.key', 0o640)
        is_(doctor(h, '--offline', code=1)['master key'], 'bad', 'chmod go-rwx')
        os.chmod(base / 'aigw.db.key', 0o600)
        (base / 'aigw.toml').write_text('')
        os.chmod(base / 'aigw.toml', 0o666)
        is_(doctor(h, '--offline', code=1)['configuration'], 'bad', 'chmod go-w')
        os.chmod(base / 'aigw.toml', 0o600)
        ok(h.run('doctor', '--offline'))
        with sqlite3.connect(base / 'aigw.db') as db:
            db.execute('PRAGMA user_version = 99')
        is_(doctor(h, '--offline', code=1)['database'], 'bad', 'newer aigw')
        (base / 'aigw.db').write_bytes(b'not a database, but long enough to be one' * 100)
        is_(doctor(h, '--offline', code=1)['database'], 'bad')


@scenario('another master key opens nothing')
def _():
    with home() as h:
        h.cli('keys', 'add', 'openai', stdin=CREDENTIAL)
        key = pathlib.Path(h.home, 'aigw.db.key')
        key.write_text('0' * 64)
        is_(doctor(h, '--offline', code=1)['master key'], 'bad', 'does not fit', 'backup')
        key.unlink()
        is_(doctor(h, '--offline', code=1)['master key'], 'bad', 'is missing')


@scenario('a configuration that is wrong, and one that a running gateway did not take over')
def _():
    with home() as h:
        file = pathlib.Path(h.home, 'aigw.toml')
        file.write_text('[timeouts]\nidel = "1s"\n')
        is_(doctor(h, '--offline', code=1)['configuration'], 'bad', 'aigw.toml:2', 'Did you mean "idle"?')
        file.write_text('')
        h.start()
        file.write_text('[timeouts]\nidel = "1s"\n')
        h.process.send_signal(signal.SIGHUP)
        assert until(lambda: 'config_kept' in h.log())
        is_(doctor(h, '--offline', code=1)['gateway'], 'bad', 'goes on with the configuration before', 'aigw.toml:2')
        h.env['AIGW_LISTN'] = 'x'
        file.write_text('')
        h.process.send_signal(signal.SIGHUP)
        assert until(lambda: 'config_reloaded' in h.log())
        is_(doctor(h, '--offline')['configuration'], 'warn', 'AIGW_LISTEN')


@scenario('a port that another program has is named with its holder')
def _():
    with home() as h, socket.socket() as held:
        held.bind(('127.0.0.1', 0))
        held.listen()
        h.env['AIGW_LISTEN'] = f'127.0.0.1:{held.getsockname()[1]}'
        is_(doctor(h, '--offline', code=1)['port'], 'bad', 'is taken', f'process {os.getpid()}', '--listen')
        h.env['AIGW_LISTEN'] = '192.0.2.1:80'
        h.env['AIGW_ALLOW_INSECURE_BIND'] = 'true'
        is_(doctor(h, '--offline', code=1)['port'], 'bad', 'cannot be used')


@scenario('what kill -9 left is told, and a clock that went back')
def _():
    with Upstream(answer) as up, home(providers=[('up', 'openai-chat', up.url)], key=True) as h:
        h.start()
        assert h.chat('up/gpt-4o-mini').status == 200
        h.kill()
        is_(doctor(h, '--offline')['journal'], 'warn', 'nothing is lost')
        h.tail()
        is_(doctor(h, '--offline')['journal'], 'ok')
        with sqlite3.connect(os.path.join(h.home, 'aigw.db')) as db:
            db.execute('UPDATE requests SET id = id + ?', (HOUR_IN_ID,))
        db.close()
        is_(doctor(h, '--offline')['clock'], 'warn', 'went back')


if __name__ == '__main__':
    run()
