#!/usr/bin/env python3
"""A gateway that runs while its configuration and its master key change under it.

    AIGW=build/release/aigw tests/e2e/config.py [-v] [NAME...]
"""
import json
import os
import pathlib
import random
import signal
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import CREDENTIAL, Gateway  # noqa: E402
from scenario import run, scenario, until  # noqa: E402
from upstream import Upstream, answer, json_answer, send, until as wait_for  # noqa: E402


def provider(name, upstream):
    return f'[[providers]]\nname = "{name}"\ndialect = "openai-chat"\nbase_url = "{upstream.url}/v1"\nallow_private = true\nauth = "none"\n'


def write(gateway, text):
    """As editors do: a new file takes the old one's place."""
    file = pathlib.Path(gateway.home, 'aigw.toml')
    file.with_suffix('.tmp').write_text(text)
    os.replace(file.with_suffix('.tmp'), file)


def hup(gateway, *events):
    """SIGHUP, and the log lines it brings."""
    before = len(gateway.log())
    gateway.process.send_signal(signal.SIGHUP)
    assert until(lambda: all(event in gateway.log()[before:] for event in events or ('config_',))), gateway.log()[before:]
    return gateway.log()[before:]


def running(gateway, key):
    return json.loads(gateway.cli('config', 'show', key, '--running', '--json'))


def checks(gateway):
    return {check['name']: check for check in gateway.request('GET', '/readyz?verbose', key=None).json['checks']}


@scenario('SIGHUP takes the file over: new requests go by it, a running one keeps what it began with')
def _():
    free = threading.Event()
    slow = lambda request: [wait_for(free), send(json_answer({'id': 'old', 'choices': [], 'usage': {'prompt_tokens': 1, 'completion_tokens': 1}}))]
    with Upstream(slow) as old, Upstream(answer) as new:
        with Gateway(config=provider('a', old)) as gateway:
            got = []
            thread = threading.Thread(target=lambda: got.append(gateway.chat('a/gpt-4o-mini')))
            thread.start()
            assert until(lambda: old.seen)
            write(gateway, provider('a', new) + '[timeouts]\nidle = "77s"\n')
            said = hup(gateway, 'config_reloaded')
            assert 'timeouts.idle' in said and 'SIGHUP' in said
            assert until(lambda: gateway.chat('a/gpt-4o-mini').status == 200 and new.seen)
            free.set()
            thread.join(10)
            assert got[0].status == 200 and got[0].json['id'] == 'old'
            assert running(gateway, 'timeouts.idle')['settings'][0]['value'] == '77s'


@scenario('a file that is renamed into place is noticed without a signal')
def _():
    with Upstream(answer) as up, Gateway() as gateway:
        assert gateway.chat('a/gpt-4o-mini').status == 404
        write(gateway, provider('a', up))
        assert until(lambda: gateway.chat('a/gpt-4o-mini').status == 200)
        assert 'change of the file' in gateway.log()
        os.utime(pathlib.Path(gateway.home, 'aigw.toml'))
        time.sleep(2.5)
        assert gateway.log().count('config_reloaded') == 1, 'the content did not change'


@scenario('a bad file changes nothing, and the log, /readyz?verbose and config show say why until it is right again')
def _():
    with Upstream(answer) as up, Gateway(config=provider('a', up)) as gateway:
        assert checks(gateway)['configuration']['status'] == 'ok'
        for bad, word in (('[timeouts]\nidel = "1s"\n', 'Did you mean "idle"?'), ('[server\n', 'aigw.toml:1'),
                          (provider('a', up) + provider('b', up).replace('openai-chat', 'opnai-chat'), 'openai-chat'),
                          (provider('a', up).replace('allow_private = true\n', ''), 'allow_private')):
            write(gateway, bad)
            assert word in hup(gateway, 'config_kept').replace('\\"', '"')
            assert until(lambda: word in checks(gateway)['configuration'].get('detail', '')), checks(gateway)
            assert gateway.request('GET', '/readyz', key=None).status == 200
            assert word in running(gateway, 'timeouts')['problem']
            assert gateway.chat('a/gpt-4o-mini').status == 200
        os.unlink(pathlib.Path(gateway.home, 'aigw.toml'))
        assert 'is gone' in hup(gateway, 'config_kept') and gateway.chat('a/gpt-4o-mini').status == 200
        write(gateway, provider('a', up))
        hup(gateway, 'config_reloaded')
        assert until(lambda: checks(gateway)['configuration']['status'] == 'ok')


@scenario('what needs a restart is said, and what runs goes on as it was')
def _():
    with Upstream(answer) as up, Gateway(config=provider('a', up)) as gateway:
        write(gateway, provider('a', up) + '[server]\nloops = 7\n[ledger]\ndurability = "full"\n[timeouts]\ngate = "3s"\n')
        said = hup(gateway, 'config_reloaded', 'config_needs_restart')
        assert 'server.loops ledger.durability' in said and 'timeouts.gate' in said
        assert running(gateway, 'server.loops')['settings'][0]['value'] == 0
        assert running(gateway, 'timeouts.gate')['settings'][0]['value'] == '3s'
        assert gateway.chat('a/gpt-4o-mini').status == 200


@scenario('a name in the file and in the database is an error, and the one that was there goes on')
def _():
    with Upstream(answer) as up, Upstream(answer) as other, Gateway([('up', 'openai-chat', up.url)]) as gateway:
        write(gateway, provider('up', other))
        assert 'stands in the database and in the configuration file' in hup(gateway, 'config_kept')
        assert gateway.chat('up/gpt-4o-mini').status == 200 and up.seen and not other.seen


@scenario('limits and hosts count at once')
def _():
    with Upstream(answer) as up, Gateway(config=provider('a', up)) as gateway:
        assert gateway.request('GET', '/healthz', headers={'host': 'gw.example.com'}, key=None).status == 421
        write(gateway, provider('a', up) + '[server]\nallowed_hosts = ["gw.example.com"]\n[limits]\nbody_bytes = 200\n')
        hup(gateway, 'config_reloaded')
        assert until(lambda: gateway.request('GET', '/healthz', headers={'host': 'gw.example.com'}, key=None).status == 200)
        assert gateway.chat('a/gpt-4o-mini').status == 200
        assert gateway.chat('a/gpt-4o-mini', text='x' * 300).status == 413


@scenario('a strict gateway refuses what would be lost between dialects, from the next request on')
def _():
    def lossy(headers={}):
        return gateway.post('/v1/messages', {'model': 'a/gpt-4o-mini', 'max_tokens': 9, 'top_k': 3,
                                             'messages': [{'role': 'user', 'content': 'hi'}]}, headers=headers)
    with Upstream(answer) as up, Gateway(config=provider('a', up)) as gateway:
        assert lossy().status == 200
        write(gateway, provider('a', up) + '[server]\nstrict = true\n')
        hup(gateway, 'config_reloaded')
        assert until(lambda: lossy().status == 400)
        assert b'top_k' in lossy().body and lossy({'x-aigw-strict': '0'}).status == 200


@scenario('reloads one after the other cut no request')
def _():
    with Upstream(answer) as up, Gateway(config=provider('a', up)) as gateway:
        wrong, stop = [], threading.Event()

        def ask():
            while not stop.is_set():
                got = gateway.chat('a/gpt-4o-mini')
                if got.status != 200:
                    wrong.append(got)
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(30):
            write(gateway, provider('a', up) + f'[timeouts]\nidle = "{number + 1}s"\n' + ('[server\n' if number % 3 == 0 else ''))
            gateway.process.send_signal(signal.SIGHUP)
            time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join(10)
        assert not wrong, wrong[:3]
        assert gateway.log().count('config_reloaded') > 5


@scenario('the master key is rotated under load, and kill -9 at any moment leaves a key that opens the database')
def _():
    chance = random.Random(7)
    with Upstream(answer) as up:
        gateway = Gateway([('up', 'openai-chat', up.url)])
        failed = True
        try:
            for round_number in range(12):
                gateway.start()
                stop, wrong = threading.Event(), []

                def ask():
                    while not stop.is_set():
                        try:
                            got = gateway.chat('up/gpt-4o-mini')
                        except OSError:
                            return
                        if got.status != 200:
                            wrong.append(got)
                threads = [threading.Thread(target=ask) for _ in range(2)]
                threads.append(threading.Thread(target=lambda: gateway.run('keys', 'rotate-master')))
                for thread in threads:
                    thread.start()
                time.sleep(chance.uniform(0.0, 0.12))
                gateway.kill()
                stop.set()
                for thread in threads:
                    thread.join(20)
                assert not wrong, wrong[:3]
                assert all(request.header('authorization') == f'Bearer {CREDENTIAL}' for request in up.seen)
                up.clear()
            gateway.start()
            for _ in range(3):
                gateway.cli('keys', 'rotate-master')
                assert gateway.chat('up/gpt-4o-mini').status == 200
            failed = False
        finally:
            gateway.__exit__(Exception if failed else None)


if __name__ == '__main__':
    run()
