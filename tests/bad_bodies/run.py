#!/usr/bin/env python3
"""Sends the bad and awkward bodies of bad_bodies.json to the surfaces that the program has, and judges the answers.

    run.py [--surface chat,messages,embeddings,generateContent] [--tier must,should,pass,fidelity] [--only SUBSTRING] [-v]

What is judged: the status; the error's shape in the surface's dialect; what reached the provider, byte for byte where it
must be unchanged; that the refusal names the field (tier should); and always: no 5xx of our own, no hang, no process death,
bounded memory, no body text in the log, and a kept connection that still answers.
In tier `pass` the provider answers 422 with a mark, so that a relayed answer can be told from the gateway's own.
"""
import argparse
import http.client
import json
import pathlib
import re
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'support'), str(HERE)]
from aigw import Gateway
from expand_body import expand
from scenario import Tally
from upstream import Upstream, answer, json_answer, send

MARK = 'provider-mark-7319'
SURFACES = {'chat': ('/v1/chat/completions', 'openai-chat'), 'messages': ('/v1/messages', 'anthropic-messages'),
            'embeddings': ('/v1/embeddings', 'openai-chat'), 'generateContent': ('/v1beta/models/fake:generateContent', 'gemini-generate')}
HANG_SECONDS, GROWTH_MIB_MAX = 5.0, 64
ERROR_OF = {'openai-chat': {'error': {'message': MARK, 'type': 'invalid_request_error', 'param': None, 'code': None}},
            'anthropic-messages': {'type': 'error', 'error': {'type': 'invalid_request_error', 'message': MARK}},
            'gemini-generate': {'error': {'code': 422, 'message': MARK, 'status': 'INVALID_ARGUMENT'}}}


def memory_mib(pid, field):
    return int(re.search(field + r':\s+(\d+)', pathlib.Path(f'/proc/{pid}/status').read_text()).group(1)) / 1024


def shape_problem(body, kind):
    try:
        document = json.loads(body)
        error = document['error']
        assert isinstance(error['message'], str) and error['message']
        assert isinstance(error['code'], int) and isinstance(error['status'], str) if kind == 'google' else isinstance(error['type'], str)
        if kind == 'openai':
            assert 'param' in error and 'code' in error
        if kind == 'anthropic':
            assert document['type'] == 'error' and isinstance(document['request_id'], str)
    except (ValueError, KeyError, TypeError, AssertionError):
        return f'not the {kind} error shape: {body[:160]!r}'


def names_field(body, field):
    text, field = json.dumps(json.loads(body)['error']).lower(), field.lower()
    return any(form in text for form in (field, field.rstrip('s'), field.replace('_', ' ')))


def snippets(body):
    """Windows of the body that are its own, to be looked for in the log."""
    found = []
    for text in re.findall(rb'[\x20-\x7e]{24,}', body[:200_000])[:4]:
        text = re.sub(rb'"model": *"[^"]*"', b'', text)
        window = text[len(text) // 2:len(text) // 2 + 32]
        if len(window) >= 24 and len(set(window)) > 8:
            found.append(window)
    return found


def at_pointer(document, pointer):
    for key in pointer.strip('/').split('/'):
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


def upstream_problems(case, body, seen):
    want = case['expect']
    if want['reach_upstream'] is False and seen:
        yield 'reached the provider'
    if want['reach_upstream'] is True and not seen:
        yield 'did not reach the provider'
    if len(seen) > 1:
        yield f'was sent {len(seen)} times'
    if not seen:
        return
    got = seen[0].body
    if want.get('upstream_unchanged', case['tier'] == 'fidelity') and got != body:
        yield f'the provider got other bytes: {got[:160]!r}'
    if want.get('preserve_text') and want['preserve_text'].encode() not in got:
        yield f'{want["preserve_text"]!r} was lost'
    for pointer in want.get('preserve') or []:
        if at_pointer(json.loads(body), pointer) != at_pointer(json.loads(got), pointer):
            yield f'{pointer} was changed'


def answer_problems(case, answer, body, seen):
    want, status = case['expect'], answer.status
    relayed = bool(seen) and status == 422 and MARK.encode() in body
    if status >= 500:
        yield f'5xx of its own: {status} {body[:160]!r}'
    elif want['status_class'] == '4xx':
        if status not in want.get('status', range(400, 500)):
            yield f'status {status}, want {want.get("status", "4xx")}: {body[:160]!r}'
    elif want['status_class'] == 'upstream':
        if status != 200:
            yield f'status {status}, want the provider\'s 200: {body[:160]!r}'
    elif not relayed and not 400 <= status < 500:
        yield f'status {status} though the provider said 422'
    if 400 <= status < 500 and not relayed:
        if problem := shape_problem(body, want['error_shape']):
            yield problem
        elif case['tier'] == 'should' and want.get('param') and status in (400, 422) and not names_field(body, want['param']):
            yield f'the refusal does not name {want["param"]!r}: {body[:160]!r}'
        if 'json' not in (answer.getheader('content-type') or ''):
            yield 'an error without application/json'


class Player:
    """Plays cases over one kept connection."""
    def __init__(self, gateway, upstream, path):
        self.gateway, self.upstream, self.path = gateway, upstream, path
        self.connection = None

    def drop(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def send(self, method, path, body, fields):
        if not self.connection:
            self.connection = http.client.HTTPConnection('127.0.0.1', self.gateway.port, timeout=HANG_SECONDS + 3)
        self.connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in fields:
            self.connection.putheader(name, value.encode() if isinstance(value, str) else value)
        self.connection.endheaders()
        try:
            self.connection.send(body)
        except OSError:
            pass  # an early refusal may close before all is sent; its answer is read below
        answer = self.connection.getresponse()
        return answer, answer.read()

    def play(self, case):
        """What is wrong, as a list of sentences."""
        body, want = expand(case), case['expect']
        fields = [('authorization', 'Bearer ' + self.gateway.key), ('content-length', str(len(body)))]
        if case.get('content_type') is not None:
            fields.append(('content-type', case['content_type']))
        own = case.get('headers') or {}
        if case['surface'] == 'messages' and want.get('omit_header') != 'anthropic-version' and 'anthropic-version' not in {k.lower() for k in own}:
            fields.append(('anthropic-version', '2023-06-01'))
        fields += own.items()
        pid, log_at = self.gateway.process.pid, len(self.gateway.log())
        self.upstream.clear()
        pathlib.Path(f'/proc/{pid}/clear_refs').write_text('5')
        memory, began = memory_mib(pid, 'VmRSS'), time.time()
        try:
            answer, content = self.send(case.get('method', 'POST'), case.get('path') or self.path, body, fields)
        except (OSError, http.client.HTTPException) as error:
            self.drop()
            return [f'no answer: {type(error).__name__} {error}']
        problems = list(answer_problems(case, answer, content, self.upstream.seen))
        problems += upstream_problems(case, body, list(self.upstream.seen))
        if time.time() - began > HANG_SECONDS + len(body) / (20 << 20):
            problems.append(f'took {time.time() - began:.1f} s')
        if self.gateway.process.poll() is not None:
            return problems + [f'the program died: {self.gateway.log()[-300:]}']
        if (grown := memory_mib(pid, 'VmHWM') - memory) > GROWTH_MIB_MAX:
            problems.append(f'memory grew by {grown:.0f} MiB for a body of {len(body) >> 20} MiB')
        new_log = self.gateway.log()[log_at:].encode()
        problems += [f'body text in the log: {s!r}' for s in snippets(body) if s in new_log]
        return problems + self.next_problem(answer)

    def next_problem(self, answer):
        """A connection that is kept must answer the next request on it."""
        if answer.will_close:
            self.drop()
            return []
        try:
            following, _ = self.send('GET', '/healthz', b'', [])
        except (OSError, http.client.HTTPException) as error:
            self.drop()
            return [] if isinstance(error, http.client.RemoteDisconnected) else [f'next request on the connection: {error}']
        return [] if following.status == 200 else [f'next request on the connection: {following.status}']


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--surface', default=','.join(SURFACES))
    options.add_argument('--tier', default='must,should,pass,fidelity')
    options.add_argument('--only', default='')
    options.add_argument('-v', action='store_true')
    options = options.parse_args()
    tally = Tally(options.v)
    cases = [c for c in json.loads((HERE / 'bad_bodies.json').read_text())['cases']
             if c['tier'] in options.tier.split(',') and options.only in c['name']]
    for surface in options.surface.split(','):
        path, dialect = SURFACES[surface]
        refuse = False

        def script(request):
            return [send(json_answer(ERROR_OF[dialect], 422))] if refuse else answer(request)
        with Upstream(script) as upstream, Gateway([('up', dialect, upstream.url)]) as gateway:
            player = Player(gateway, upstream, path)
            for case in (c for c in cases if c['surface'] == surface):
                refuse = case['tier'] == 'pass'
                if problems := player.play(case):
                    tally.bad(f'{case["tier"]} {case["name"]}', '; '.join(problems))
                else:
                    tally.good(f'{case["tier"]} {case["name"]}')
            player.drop()
    tally.end()


if __name__ == '__main__':
    main()
