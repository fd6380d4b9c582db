#!/usr/bin/env python3
"""Meaning across dialects: recorded exchanges through the translators, without a gateway around them.

    wire.py [--only SUBSTRING] [--client DIALECT] [--provider DIALECT] [--at-least PERCENT] [--classes N] [-v]

Each usable exchange goes to every other dialect: its request as a client's, its answer as a provider's. What comes out is
judged by the acceptance program beside the project, whose functions are called, never copied. A stream has to give the
same bytes when it comes whole, in sevens and byte by byte. A direction passes when PERCENT of its cases do.
Dialects are chat, responses, messages and gemini here. Skipped where the recordings are not.
"""
import argparse
import collections
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / 'shared'
PROGRAM = os.environ.get('TRANSLATE') or str(ROOT / 'build/dev/tests/translate')
SPLITS = ['7', '1']

sys.dont_write_bytecode = True
sys.path.insert(0, str(SHARED / 'judges'))
try:
    import judge_wire as judge
except ImportError:
    judge = None


def run(body, *words):
    return subprocess.run([PROGRAM, *words], input=body, capture_output=True, timeout=60)


def as_error(done):
    return json.dumps({'error': {'message': done.stderr.decode('utf-8', 'replace').strip() or f'ended with {done.returncode}'}}).encode()


class Recording(judge.Provider if judge else object):
    """The judge's fake provider, asked directly."""

    def __init__(self):
        pass

    def answer(self, path, body):
        status, headers, out = self.handle('POST', path, {}, body)
        return status, headers, out if isinstance(out, bytes) else b''.join(out)


class Translators(judge.Target if judge else object):
    """Takes the gateway's place: a request goes through the translators to the recording, the answer back."""

    def __init__(self, recording):
        self.recording = recording

    def name(self, provider, model):
        return model

    def send(self, client, provider, model, stream, body, query=None, headers=None, timeout=20):
        client, dialect = judge.LONG[client], judge.LONG[provider]
        done = run(body, 'request', client, dialect, '--model', model, *['--stream'] * bool(stream))
        if done.returncode:
            return (400 if done.returncode == 1 else 599), {}, as_error(done)
        path = next(line[5:] for line in done.stderr.decode().splitlines() if line.startswith('path '))
        status, head, answer = self.recording.answer(('/v1' if dialect.startswith('openai') else '') + path, done.stdout)
        with tempfile.NamedTemporaryFile() as request:
            request.write(body)
            request.flush()
            return self.translate_answer(answer, [dialect, client, '--request', request.name, '--model', model], stream)

    def translate_answer(self, answer, words, stream):
        done = run(answer, 'answer', *words, *['--stream'] * stream)
        if done.returncode:
            return (502 if done.returncode == 1 else 599), {}, as_error(done)
        if b'repairs' in done.stderr:
            return 598, {}, done.stderr
        if stream:
            for size in SPLITS:
                if run(answer, 'answer', *words, '--stream', '--split', size).stdout != done.stdout:
                    return 597, {}, f'other bytes in pieces of {size}'.encode()
        return 200, {'content-type': 'text/event-stream' if stream else 'application/json'}, done.stdout


def judge_case(work):
    number, case, options = work
    book = judge.Book(False)
    recording = Recording()
    translators = Translators(recording)
    if case.status == 200 and case.resp not in (b'null', b'') and options.provider in (None, case.dialect):
        judge.run_answers(translators, recording, case, number, [options.client] if options.client else judge.D4, book)
    if case.req is not None and isinstance(case.body, dict) and options.client in (None, case.dialect):
        judge.run_requests(translators, recording, case, number, [options.provider] if options.provider else judge.D4, book)
    return book.rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', help='exchanges whose id holds this')
    parser.add_argument('--client', choices=['chat', 'responses', 'messages', 'gemini'])
    parser.add_argument('--provider', choices=['chat', 'responses', 'messages', 'gemini'])
    parser.add_argument('--at-least', type=float, default=97, metavar='PERCENT')
    parser.add_argument('--classes', type=int, default=20, metavar='N', help='how many classes of failures to print')
    parser.add_argument('--jobs', type=int, default=2)
    parser.add_argument('-v', action='store_true', help='print each failure')
    options = parser.parse_args()
    if not judge or not (SHARED / 'data/wire').is_dir():
        print('skipped: the recordings and their judge are not here\n0 passed, 0 failed, 1 skipped')
        return 0
    if not os.access(PROGRAM, os.X_OK):
        raise SystemExit(f'{PROGRAM} is missing: build the target translate first, or set TRANSLATE')
    cases = [(number, case, options) for number, case in enumerate(judge.load(str(SHARED / 'data/wire')))
             if not options.only or options.only in case.id]
    book = judge.Book(options.v)
    with multiprocessing.Pool(options.jobs) as pool:
        for rows in pool.imap(judge_case, cases, chunksize=4):
            for row in rows:
                book.rows.append(row)
                if options.v:
                    for name, what in row['inv'].items():
                        if what not in (True, None, 'refused'):
                            print(f'{row["kind"]} {row["client"]}->{row["provider"]} {row["id"]} {name}: {what}'[:400])
    judge.table(book)
    if options.classes:
        judge.classes(book, options.classes)
    return verdict(book, options.at_least)


def verdict(book, at_least):
    directions = collections.defaultdict(list)
    for row in book.rows:
        directions[row['kind'], row['client'], row['provider']].append(not book.failed(row))
    weak = {key: good for key, good in directions.items() if 100 * sum(good) < at_least * len(good)}
    print()
    for (kind, client, provider), good in weak.items():
        print(f'FAIL  {kind} {client}->{provider}: {sum(good)} of {len(good)}, less than {at_least:g} percent')
    print(f'{len(directions) - len(weak)} passed, {len(weak)} failed')
    return 1 if weak else 0


if __name__ == '__main__':
    sys.exit(main())
