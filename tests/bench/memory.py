"""Start, size and memory: idle, with idle connections, over minutes of load."""
import os
import resource
import shutil
import socket
import statistics
import time

from drive import drive
from programs import PATH, REQUEST, Aigw, nginx_proxy, upstream

IDLE_SETTLE_SECONDS = 4  # connections give their buffers back after one second


def start_times(program, times):
    """Median of several starts; leaves the program running."""
    found = []
    for _ in range(times):
        program.stop()
        found.append(program.start())
    return statistics.median(found)


def start(bench):
    """A start from nothing to the first answered request, and what it then holds."""
    provider = bench.start(upstream(bench.folder))
    proxy, gateway = nginx_proxy(bench.folder, provider), Aigw(bench.folder, bench.aigw, provider)
    bench.running += [proxy, gateway]
    starts = [f'{start_times(program, 3 if bench.quick else 9):.1f}' for program in (proxy, gateway)]
    time.sleep(2)
    idle = [f'{program.resident_mib():.1f}' for program in (proxy, gateway)]
    mib = [f'{os.path.getsize(os.path.realpath(path)) / 2**20:.1f}' for path in (shutil.which('nginx'), bench.aigw)]
    return ['| | nginx | aigw |', '|---|---|---|',
            f'| start to first answered request, ms | {" | ".join(starts)} |',
            f'| resident when idle, MiB | {" | ".join(idle)} |', f'| program, MiB | {" | ".join(mib)} |']


def open_used(program, count):
    """`count` connections that have each carried one request and now idle."""
    headers = ''.join(f'{name}: {value}\r\n' for name, value in program.headers().items())
    request = (f'POST {PATH} HTTP/1.1\r\nhost: 127.0.0.1:{program.port}\r\n{headers}'
               f'content-length: {len(REQUEST)}\r\n\r\n{REQUEST}').encode()
    found = []
    for _ in range(count):
        connection = socket.create_connection(('127.0.0.1', program.port), timeout=10)
        connection.sendall(request)
        if b' 200 ' not in connection.recv(65536)[:20]:
            raise SystemExit(f'bench: {program.name} refused an idle connection')
        found.append(connection)
    return found


def idle(bench):
    """Connections that wait between two requests, as agents' do most of the time."""
    count = 500 if bench.quick else 10_000
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * count + 1000), hard))
    provider = bench.start(upstream(bench.folder))
    proxy = bench.start(nginx_proxy(bench.folder, provider, connections=32768))
    gateway = bench.start(Aigw(bench.folder, bench.aigw, provider, settings='[limits]\nconnections = 20000\n'))
    lines = ['| idle connections | path | resident MiB | KiB a connection |', '|---|---|---|---|']
    for program in (proxy, gateway):
        drive(bench.folder, program, REQUEST, 16, 1)
        time.sleep(IDLE_SETTLE_SECONDS)
        before = program.resident_mib()
        connections = open_used(program, count)
        time.sleep(IDLE_SETTLE_SECONDS)
        after = program.resident_mib()
        lines.append(f'| {count:,} | {program.name} | {after:.1f} | {1024 * (after - before) / count:.1f} |')
        for connection in connections:
            connection.close()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return lines


def soak(bench):
    """Minutes of load on 64 connections: memory must not grow."""
    minutes, seconds = (2, 2) if bench.quick else (10, 60)
    provider = bench.start(upstream(bench.folder))
    gateway = bench.start(Aigw(bench.folder, bench.aigw, provider))
    lines = ['| minute | requests | resident MiB |', '|---|---|---|']
    answered = 0
    for minute in range(1, minutes + 1):
        result = drive(bench.folder, gateway, REQUEST, 64, seconds)
        answered += result['requests']
        lines.append(f'| {minute} | {answered:,} | {result["resident_mib"]:.1f} |')
    return lines
