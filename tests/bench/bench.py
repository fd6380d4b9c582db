#!/usr/bin/env python3
"""Measures aigw beside nginx, section by section; see run.sh. Medians of interleaved rounds; asserts rows, never times."""
import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile

import memory
import requests
import streams
import translations

# Title in RESULTS.md: what measures it. In the order of the file.
SECTIONS = {'Requests': requests.small, 'Durability "full"': requests.full, 'Agent requests': requests.big,
            'TLS to the provider': requests.tls, 'Streams': streams.streams, 'Translations': translations.translations, 'Start and size': memory.start,
            'Idle connections': memory.idle, 'Ten minutes': memory.soak}
INTRODUCTION = '''# Measured

Written by `tests/bench/run.sh --write`, section by section. The ratios count; the absolutes are of one machine. CPU is
user + system time of the whole process tree per answered request (or event), with the key checked and a durable row each.
'''


def slug(title):
    return re.sub(r'[^a-z]+', '-', title.lower()).strip('-')


def options():
    names = [slug(title) for title in SECTIONS]
    parser = argparse.ArgumentParser(prog='tests/bench/run.sh')
    parser.add_argument('sections', nargs='*', metavar='SECTION', help=f'of {", ".join(names)}; all without one')
    parser.add_argument('--root', help=argparse.SUPPRESS)
    parser.add_argument('--aigw', help='the program (default build/release/aigw)')
    parser.add_argument('--connections', default='1,16,64,1000')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--seconds', type=int, default=4, help='of each drive')
    parser.add_argument('--quick', action='store_true', help='one round of one second each, short streams')
    parser.add_argument('--write', action='store_true', help='write the sections into tests/bench/RESULTS.md')
    chosen = parser.parse_args()
    if unknown := set(chosen.sections) - set(names):
        parser.error(f'there is no section {", ".join(sorted(unknown))}; there are: {", ".join(names)}')
    if chosen.quick:
        chosen.rounds, chosen.seconds = 1, 1
    chosen.aigw = os.path.abspath(chosen.aigw or os.path.join(chosen.root, 'build/release/aigw'))
    chosen.connections = [int(count) for count in chosen.connections.split(',')]
    return chosen


class Bench:
    """What a section works with: the options, a folder, and the programs that end with it."""
    def __init__(self, chosen):
        self.__dict__.update(vars(chosen))
        self.folder = tempfile.mkdtemp(prefix='aigw-bench-')
        self.running = []

    def start(self, program):
        self.running.append(program)
        program.start()
        return program

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        for program in reversed(self.running):
            program.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


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
            f'nginx {output_of("nginx", "-v").split("/")[-1]}; {chosen.rounds} interleaved rounds of {chosen.seconds} s.')


def write_section(path, title, lines):
    """Replaces the section of that title, or adds it; what others wrote stays."""
    text = open(path).read() if os.path.exists(path) else INTRODUCTION
    section = f'## {title}\n\n' + '\n'.join(lines) + '\n'
    found = re.search(rf'^## {re.escape(title)}\n.*?(?=^## |\Z)', text, re.M | re.S)
    if found:
        text = text[:found.start()] + section + ('\n' if found.end() < len(text) else '') + text[found.end():]
    else:
        text = text.rstrip() + '\n\n' + section
    with open(path, 'w') as out:
        out.write(text)


def main():
    chosen = options()
    sys.stdout.reconfigure(line_buffering=True)
    said = conditions(chosen)
    for title, measure in SECTIONS.items():
        if chosen.sections and slug(title) not in chosen.sections:
            continue
        with Bench(chosen) as bench:
            lines = [measure.__doc__, '', said, '', *measure(bench)]
        print('\n'.join(['', '## ' + title, '', *lines]))
        if chosen.write:
            write_section(os.path.join(chosen.root, 'tests/bench/RESULTS.md'), title, lines)


if __name__ == '__main__':
    main()
