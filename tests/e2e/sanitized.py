#!/usr/bin/env python3
"""A sanitized build serves everything that can happen and ends in peace: no race, no leak, nothing undefined.

    AIGW=build/asan/aigw tests/e2e/sanitized.py      (build/tsan/aigw for races)
"""
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import PROGRAM, Gateway, message_request
from load import Load, script
from scenario import run, scenario, until
from upstream import Upstream, answer, close, json_answer, reset, send

REPORT = re.compile(r'(Sanitizer|runtime error:)')
# A report ends the process with a code of its own. LeakSanitizer looks when it exits.
OPTIONS = {'ASAN_OPTIONS': 'exitcode=77:detect_leaks=1:detect_stack_use_after_return=1', 'TSAN_OPTIONS': 'exitcode=77:halt_on_error=0',
           'UBSAN_OPTIONS': 'print_stacktrace=1'}
REQUESTS = 400


def sanitized_gateway(providers, **more):
    return Gateway(providers, env={k: v for k, v in OPTIONS.items()}, **more)


def end(gateway):
    """SIGTERM, and what the sanitizer says."""
    code = gateway.stop(seconds=120)
    said = gateway.log()
    found = REPORT.search(said)
    assert not found, said[max(0, found.start() - 200):found.start() + 4000]
    assert code == 0, f'serve ended with {code}: {said[-1000:]}'


@scenario('the program is built with a sanitizer, and a leak is told')
def _():
    done = subprocess.run([PROGRAM, 'version'], capture_output=True, text=True, env={name: 'help=1' for name in OPTIONS})
    assert 'Available flags for' in done.stderr, f'{PROGRAM} has no sanitizer: cmake --preset asan'


@scenario('load with clients that leave, while keys come and go')
def _():
    calls = {}
    with Upstream(script(calls)) as upstream:
        gateway = sanitized_gateway([('up', 'openai-chat', upstream.url)])
        with gateway:
            load = Load(gateway.port, gateway.key, clients=8).start()
            for number in range(6):
                issued = json.loads(gateway.cli('keys', 'issue', f'passing-{number}', '--json'))
                assert gateway.request('GET', '/v1/models', key=issued['key'], timeout=60).status == 200
                gateway.cli('keys', 'revoke', f'passing-{number}')
            gateway.stats('--by', 'model,key,hour')
            until(lambda: load.answered() >= REQUESTS, 90)
            load.stop()
            assert load.answered() >= REQUESTS, f'only {load.answered()} answers'
            rows = gateway.tail(100_000)
            assert len([r for r in rows if r['outcome'] == 'succeeded']) >= REQUESTS
            end(gateway)


@scenario('providers that fail in every way, both dialects, refused and broken requests')
def _():
    def play(request):
        kind = request.json['model']
        if kind == 'cut':
            return [send(b'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"id"'), close()]
        if kind == 'cut-stream':
            return [send(b'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {"choices": [{"delta": {"content": "a"}}]}\n\n'), close()]
        if kind == 'reset':
            return [reset()]
        if kind == 'garbage':
            return [send(b'what?\r\n\r\n'), close()]
        if kind.isdigit():
            return [send(json_answer({'error': {'message': 'no', 'type': 'x', 'param': None, 'code': None}}, int(kind)))]
        return answer(request)
    with Upstream(play, models=None) as upstream:
        gateway = sanitized_gateway([('up', 'openai-chat', upstream.url), ('other', 'anthropic-messages', upstream.url)])
        with gateway:
            for kind in ('gpt-4o-mini', 'cut', 'cut-stream', 'reset', 'garbage', '400', '401', '429', '500', '503'):
                for stream in (False, True):
                    gateway.chat('up/' + kind, stream=stream)
            for stream in (False, True):
                gateway.post('/v1/messages', message_request('other/claude-sonnet-4-5', stream=stream))
            gateway.post('/v1/embeddings', {'model': 'up/text-embedding-3-small', 'input': 'a'})
            gateway.chat('nowhere/x')
            gateway.post('/v1/chat/completions', b'{"model": ')
            gateway.post('/v1/chat/completions', b'[' * 100_000)
            gateway.request('GET', '/v1/models', key='aigw_wrong')
            for path in ('/healthz', '/readyz', '/metrics', '/v1/models', '/nowhere'):
                gateway.request('GET', path)
            for raw in (b'GET / HTTP/1.1\r\n\r\n', b'\0' * 4096, b'POST /v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n{',
                        b'G' * 100_000, b'POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'):
                ask_raw(gateway.port, raw)
            end(gateway)


@scenario('SIGTERM while streams run')
def _():
    go_on = threading.Event()

    def slow(request):
        yield send(b'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {"choices": [{"delta": {"content": "a"}}]}\n\n')
        yield ('until', go_on, 30)
        yield send(b'data: [DONE]\n\n')
        yield close()
    with Upstream(slow) as upstream:
        gateway = sanitized_gateway([('up', 'openai-chat', upstream.url)])
        with gateway:
            clients = [threading.Thread(target=gateway.chat, kwargs={'stream': True, 'timeout': 60}) for _ in range(5)]
            for client in clients:
                client.start()
            assert until(lambda: len(upstream.seen) == 5, 30)
            threading.Timer(1, go_on.set).start()
            end(gateway)
            for client in clients:
                client.join(30)


def ask_raw(port, raw):
    """Writes bytes, closes the sending half, reads to the end."""
    with socket.create_connection(('127.0.0.1', port), timeout=30) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(4096):
                pass
        except OSError:
            pass


if __name__ == '__main__':
    run(seconds_max=300)
