#!/usr/bin/env python3
"""The hot path cannot rot: what one request costs in system calls and allocations, counted, not timed."""
import json
import os
import pathlib
import platform
import re
import socket
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/support'))
from aigw import Gateway, chat_request
from scenario import Skip, run, scenario, until
from upstream import Upstream, answer

FEW, MANY = 300, 2300

# At one connection a request is read, written on, its answer read and written back; each read finds nothing once, and
# waits once. Raise a number only with the reason in the commit.
CALLS_MAX = {'recv': 2, 'recv_empty': 2, 'send': 2, 'epoll_wait': 2, 'epoll_ctl': 0, 'write': 0, 'sync': 0}
CALLS_SLACK = 0.2  # the tick, the journal's growth
ALLOCATIONS_MAX = 6
IDLE_MIB_MAX = 8  # what only the start needed is given back: without that it is about 10


def read_answer(client):
    received = b''
    while b'\r\n\r\n' not in received:
        received += client.recv(65536)
    head, _, body = received.partition(b'\r\n\r\n')
    length = int(re.search(rb'content-length: (\d+)', head).group(1))
    while len(body) < length:
        body += client.recv(65536)
    return int(head.split()[1])


def counts_of_run(folder, library, requests):
    """What the loop's thread did in a run of that many requests, its start and end included."""
    report = os.path.join(folder, f'counts-{requests}')
    body = json.dumps(chat_request())
    with Upstream(answer) as upstream:
        gateway = Gateway([('up', 'openai-chat', upstream.url)], config='[server]\nloops = 1\n')
        gateway.env.update(LD_PRELOAD=library, PATH_COUNTER=report)
        with gateway, socket.create_connection(('127.0.0.1', gateway.port), timeout=30) as client:
            request = (f'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {gateway.key}\r\n'
                       f'content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}').encode()
            for _ in range(requests):
                client.sendall(request)
                assert read_answer(client) == 200
            client.close()
            gateway.stop()
    threads = [{name: int(count) for name, count in (pair.split('=') for pair in line.split())}
               for line in pathlib.Path(report).read_text().splitlines()]
    return max(threads, key=lambda thread: thread['send'])


@scenario('a chat request costs the system calls that it needs, and few allocations')
def _():
    if platform.libc_ver()[0] != 'glibc':
        raise Skip('the counter is preloaded through glibc')
    with tempfile.TemporaryDirectory(prefix='aigw-costs-') as folder:
        library = os.path.join(folder, 'path_counter.so')
        subprocess.run(['cc', '-O2', '-shared', '-fPIC', '-o', library, ROOT / 'tests/support/path_counter.c', '-ldl'],
                       check=True)
        few, many = (counts_of_run(folder, library, requests) for requests in (FEW, MANY))
    found = {name: (many[name] - few[name]) / (MANY - FEW) for name in many}  # of one more request
    print('a request: ' + ', '.join(f'{name} {count:.2f}' for name, count in found.items()))
    for name, most in CALLS_MAX.items():
        assert found[name] <= most + CALLS_SLACK, f'{found[name]:.2f} {name} a request, where {most} are due'
    assert found['allocations'] <= ALLOCATIONS_MAX + CALLS_SLACK, f'{found["allocations"]:.2f} allocations a request'


@scenario('an idle gateway gives back what only its start needed')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        assert gateway.chat().status == 200
        status = pathlib.Path(f'/proc/{gateway.process.pid}/status')
        resident = lambda: int(re.search(r'VmRSS:\s+(\d+)', status.read_text()).group(1)) / 1024
        assert until(lambda: resident() < IDLE_MIB_MAX), f'{resident():.1f} MiB resident'
        print(f'idle: {resident():.1f} MiB')
        assert gateway.chat().status == 200


if __name__ == '__main__':
    run()
