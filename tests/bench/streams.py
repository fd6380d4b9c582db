"""Token streams: first token, CPU an event, transit; stream_bench.cpp drives them."""
import os
import re
import subprocess

from programs import Aigw, Program, free_port, nginx_proxy

SCENARIOS = {'c=1 paced': '1 stream, an event each 20 ms', 'c=64 paced': '64 streams, an event each 20 ms',
             'c=1 unpaced': '1 stream of 2,000 events, unpaced', 'c=8 unpaced': '8 streams of 2,000 events, unpaced',
             'c=1 ttft': '1 stream of one event'}
ROW = re.compile(r'^(c=\d+ \w+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+) \[[^]]*\]\s+(\d+) (\d+)')


class StreamUpstream(Program):
    def __init__(self, tool):
        port = free_port()
        super().__init__('direct', [tool, 'upstream', str(port)], port)


def streams(bench):
    """Streams of chat chunks, nginx with `proxy_buffering off`."""
    tool = os.path.join(bench.folder, 'stream_bench')
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'stream_bench.cpp')
    subprocess.run(['g++', '-std=c++20', '-O2', '-o', tool, source], check=True)
    provider = bench.start(StreamUpstream(tool))
    proxy = bench.start(nginx_proxy(bench.folder, provider, options='proxy_buffering off;'))
    gateway = bench.start(Aigw(bench.folder, bench.aigw, provider))
    programs = [f'{program.name}={program.process.pid}@127.0.0.1:{program.port}' + (f'@{program.key}' if program.key else '')
                for program in (provider, proxy, gateway)]
    programs[0] = f'direct=0@127.0.0.1:{provider.port}'
    quick = ['--rounds', '1', '--scale', '0.2'] if bench.quick else ['--rounds', str(bench.rounds)]
    done = subprocess.run([tool, 'compare', *programs, *quick], capture_output=True, text=True, timeout=900)
    found = {}
    for line in done.stdout.splitlines():
        if row := ROW.match(line):
            scenario, name, *figures = row.groups()
            found[scenario, name] = [float(figure) for figure in figures]
    lines = ['| | path | CPU us/event | x nginx | first token p50 us | added, x nginx | transit p50 us | events/s | errors |',
             '|---|---|---|---|---|---|---|---|---|']
    for scenario, label in SCENARIOS.items():
        direct, base = found[scenario, 'direct'], found[scenario, 'nginx']
        for name in ('nginx', 'aigw', 'direct'):
            first, _, transit, _, _, _, cpu, rate, errors = found[scenario, name]
            by_nginx = base[0] - direct[0]  # without pacing the first token is lost in the noise of the queues
            ratios = ('', '') if name == 'direct' else (
                f'{cpu / base[6]:.2f}', f'{(first - direct[0]) / by_nginx:.2f}' if by_nginx > 0 else '')
            lines.append(f'| {label} | {name} | {cpu if name != "direct" else 0:.2f} | {ratios[0]} | {first:,.0f} | '
                         f'{ratios[1]} | {transit:,.0f} | {rate:,.0f} | {errors:.0f} |')
    if done.returncode:
        raise SystemExit(f'bench: streams failed:\n{done.stdout}{done.stderr}')
    return lines
