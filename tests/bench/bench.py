#!/usr/bin/env python3
"""Drives nginx proxy_pass, aigw and the direct path in interleaved rounds with wrk; see run.sh. Medians over rounds."""
import argparse
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from programs import REQUEST, Aigw, nginx_proxy, upstream

LUA = '''wrk.method = "POST"
wrk.body = [==[{body}]==]
{headers}
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
'''
# What stays in flight when wrk stops is a request for us and none for wrk: the CPU after it is waited for.
SETTLE_SECONDS = 0.3


def options():
    parser = argparse.ArgumentParser(prog='tests/bench/run.sh')
    parser.add_argument('--root', help=argparse.SUPPRESS)
    parser.add_argument('--aigw', help='the program (default build/release/aigw)')
    parser.add_argument('--connections', default='1,16,64,1000')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=int, default=4, help='of each drive')
    parser.add_argument('--quick', action='store_true', help='one round of one second each')
    parser.add_argument('--write', action='store_true', help='write tests/bench/RESULTS.md')
    chosen = parser.parse_args()
    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 1
    chosen.aigw = os.path.abspath(chosen.aigw or os.path.join(chosen.root, 'build/release/aigw'))
    chosen.connections = [int(count) for count in chosen.connections.split(',')]
    return chosen


def script_for(folder, program):
    path = os.path.join(folder, program.name + '.lua')
    headers = ''.join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in program.headers().items())
    with open(path, 'w') as out:
        out.write(LUA.format(body=REQUEST, headers=headers))
    return path


def drive(folder, program, connections, seconds):
    script = script_for(folder, program)
    before = program.cpu_seconds()
    command = ['wrk', '-t1', f'-c{connections}', f'-d{seconds}s', '--timeout', '10s', '-s', script, program.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    resident = program.resident_mib()
    time.sleep(SETTLE_SECONDS)
    used = program.cpu_seconds() - before
    found = re.search(r'^RESULT (\d+) (\d+) (\d+) (\d+) (\d+)', done.stdout, re.M)
    if not found:
        raise SystemExit(f'bench: wrk gave no result for {program.name}: {(done.stdout + done.stderr)[-300:]}')
    requests, micros, p50, p99, errors = map(int, found.groups())
    return {'requests': requests, 'cpu_us': 1e6 * used / max(requests, 1), 'per_second': 1e6 * requests / micros,
            'p50_us': p50, 'p99_us': p99, 'errors': errors, 'resident_mib': resident}


def start_times(program, times):
    """Median of several starts; leaves the program running."""
    found = []
    for _ in range(times):
        program.stop()
        found.append(program.start())
    return statistics.median(found)


def measure(folder, chosen, programs):
    """{(connections, name): [one dict a round]}: within a round each program gets its turn, so that a noisy minute
    hits them all."""
    found = {}
    for connections in chosen.connections:
        for program in programs:
            drive(folder, program, connections, 1)
        for _ in range(chosen.rounds):
            turn = {program.name: drive(folder, program, connections, chosen.seconds) for program in programs}
            for name, result in turn.items():
                result['added_p50_us'] = result['p50_us'] - turn['upstream']['p50_us']
                result['added_p99_us'] = result['p99_us'] - turn['upstream']['p99_us']
                found.setdefault((connections, name), []).append(result)
    return found


def table(chosen, found):
    lines = ['| connections | path | CPU us/request | x nginx | requests/s | added p50 us | added p99 us | resident MiB '
             '| errors |',
             '|---|---|---|---|---|---|---|---|---|']
    median = lambda rounds, field: statistics.median(result[field] for result in rounds)
    for connections in chosen.connections:
        base = median(found[connections, 'nginx'], 'cpu_us')
        for name in ('nginx', 'aigw', 'upstream'):
            rounds = found[connections, name]
            errors = sum(result['errors'] for result in rounds)
            if name == 'upstream':
                lines.append(f'| {connections} | direct | | | {median(rounds, "per_second"):,.0f} | p50 '
                             f'{median(rounds, "p50_us"):,.0f} | p99 {median(rounds, "p99_us"):,.0f} | | {errors} |')
                continue
            cpu = median(rounds, 'cpu_us')
            ratio = cpu / base if base else 0
            lines.append(f'| {connections} | {name} | {cpu:.1f} | {ratio:.2f} | {median(rounds, "per_second"):,.0f} | '
                         f'{median(rounds, "added_p50_us"):,.0f} | {median(rounds, "added_p99_us"):,.0f} | '
                         f'{median(rounds, "resident_mib"):.1f} | {errors} |')
    return lines


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip()


def conditions(chosen):
    commit = output_of('git', '-C', chosen.root, 'log', '-1', '--format=%h %cs') or 'unknown'
    if output_of('git', '-C', chosen.root, 'status', '--porcelain', '--', 'src', 'adapters', 'cli'):
        commit += ' with changes'
    with open('/proc/cpuinfo') as info:
        cpu = (re.findall(r'model name\s*:\s*(.+)', info.read()) or [platform.machine()])[0]
    return (f'Commit {commit}; {os.cpu_count()} cores, {cpu}, Linux {platform.release()}, '
            f'nginx {output_of("nginx", "-v").split("/")[-1]}; wrk with one thread, {chosen.rounds} interleaved rounds of '
            f'{chosen.seconds} s, medians. Request {len(REQUEST)} bytes; CPU is user + system time of the whole process '
            'tree per answered request, with the key checked and a durable row each.')


def mib(path):
    return os.path.getsize(os.path.realpath(path)) / 2**20


def main():
    chosen = options()
    sys.stdout.reconfigure(line_buffering=True)
    folder = tempfile.mkdtemp(prefix='aigw-bench-')
    running = []
    try:
        provider = upstream(folder)
        running.append(provider)
        provider.start()
        proxy, gateway = nginx_proxy(folder, provider), Aigw(folder, chosen.aigw, provider)
        running += [proxy, gateway]
        starts = 3 if chosen.quick else 9
        nginx_start, aigw_start = start_times(proxy, starts), start_times(gateway, starts)
        time.sleep(1)
        nginx_idle, aigw_idle = proxy.resident_mib(), gateway.resident_mib()
        found = measure(folder, chosen, [provider, proxy, gateway])
        rows = gateway.rows()
        lines = [conditions(chosen), '', *table(chosen, found), '',
                 '| | nginx | aigw |', '|---|---|---|',
                 f'| start to first answered request, ms | {nginx_start:.1f} | {aigw_start:.1f} |',
                 f'| resident when idle, MiB | {nginx_idle:.1f} | {aigw_idle:.1f} |',
                 f'| program, MiB | {mib(shutil.which("nginx")):.1f} | {mib(chosen.aigw):.1f} |', '',
                 f'Rows on the ledger after the run: {rows["requests"]:,}, of which succeeded {rows["succeeded"]:,}, '
                 f'aborted {rows["aborted"]:,} (cut off when wrk stops), failed {rows["failed"]:,}, '
                 f'refused {rows["refused"]:,}.']
        print('\n'.join(lines))
        if chosen.write:
            path = os.path.join(chosen.root, 'tests/bench/RESULTS.md')
            with open(path, 'w') as out:
                out.write('# Measured\n\nWritten by `tests/bench/run.sh --write`. The ratios count; the absolutes are of '
                          'one machine.\n\n' + '\n'.join(lines) + '\n')
            print('\nwritten to tests/bench/RESULTS.md', file=sys.stderr)
        answered = sum(result['requests'] for (_, name), rounds in found.items() if name == 'aigw' for result in rounds)
        if rows['requests'] < answered:
            raise SystemExit(f'bench: {answered} answers but only {rows["requests"]} rows')
    finally:
        for program in reversed(running):
            program.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main()
