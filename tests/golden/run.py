#!/usr/bin/env python3
"""Byte truth: replays exchanges through the program, whole and in awkward splits, and compares the bytes both ways.

    run.py [--only SUBSTRING] [--splits whole,7,1,mid] [-v]

What the gateway may change, and nothing else: the value of `model` (a prefix is taken off), an added
`stream_options.include_usage` where the client did not ask, and then the usage chunk that came of it, taken out again.
A provider's 401 is about the gateway's key and comes as 502.
"""
import argparse
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'support'), str(HERE)]
from aigw import SHARED, Gateway
from fixtures import PATHS, own, recorded
from scenario import Tally
from upstream import LAST_CHUNK, Upstream, chunk, event, head, send

RECORDED = SHARED / 'data/wire'
ADDED_USAGE = re.compile(rb'(,\s*)?"(stream_options"\s*:\s*\{\s*"include_usage"\s*:\s*true\s*\}|include_usage"\s*:\s*true)(\s*,)?')
USAGE_REFUSED = re.compile(rb'"include_usage"\s*:\s*(false)')
USAGE_EVENT = event({'id': 'chatcmpl-golden', 'object': 'chat.completion.chunk', 'created': 1700000000, 'model': 'm', 'choices': [],
                     'usage': {'prompt_tokens': 11, 'completion_tokens': 7, 'total_tokens': 18}})
HAS_USAGE = re.compile(rb'"usage"\s*:\s*\{')
SPLIT_BYTES_MAX = 12_000  # byte by byte so far, then in larger pieces: long streams would take minutes


def model_span(body):
    """Where the value of the top-level `model` stands. Walks the text, so that a nested or quoted "model" is not taken for it."""
    decoder, at = json.JSONDecoder(), re.compile(rb'\s*\{\s*').match(body).end()
    text = body.decode()
    at = len(body[:at].decode())
    space = re.compile(r'\s*')
    while text[at] != '}':
        key, at = decoder.raw_decode(text, at)
        at = space.match(text, space.match(text, at).end() + 1).end()  # over the colon
        _, end = decoder.raw_decode(text, at)
        if key == 'model':
            return len(text[:at].encode()), len(text[:end].encode())
        at = space.match(text, end).end()
        at = space.match(text, at + 1).end() if text[at] == ',' else at
    raise ValueError('no model')


def with_model(body, model):
    start, end = model_span(body)
    return body[:start] + json.dumps(model).encode() + body[end:]


def without_added_usage(got, wanted):
    """Whether `got` is `wanted` but for an include_usage that was added, or turned from false to true."""
    if any(got == wanted[:m.start(1)] + b'true' + wanted[m.end(1):] for m in USAGE_REFUSED.finditer(wanted)):
        return True
    for match in ADDED_USAGE.finditer(got):
        start, end = match.span()
        for a, b in {(start, end), (start, end - len(match.group(3) or b'')), (start + len(match.group(1) or b''), end)}:
            if got[:a] + got[b:] == wanted:
                return True
    return False


def frames(stream):
    return re.findall(rb'.*?(?:\r\n\r\n|\n\n|\r\r)|.+\Z', stream, re.S)


def less_one_usage_event(whole, got):
    parts = frames(whole)
    return any(b'"usage"' in part and re.search(rb'"choices"\s*:\s*\[\s*\]', part) and b''.join(parts[:i] + parts[i + 1:]) == got
               for i, part in enumerate(parts))


def pieces(data, split):
    if split == 'whole':
        return [data]
    if split == 'mid':  # each piece ends in the middle of an event
        at, cuts = 0, []
        for frame in frames(data):
            cuts.append(at + len(frame) // 2)
            at += len(frame)
        return [data[a:b] for a, b in zip([0] + cuts, cuts + [len(data)]) if a < b]
    size = int(split)
    fine = SPLIT_BYTES_MAX // size * size
    return [data[i:i + size] for i in range(0, min(len(data), fine), size)] + [data[i:i + 4096] for i in range(fine, len(data), 4096)]


def difference(wanted, got):
    at = next((i for i, (a, b) in enumerate(zip(wanted, got)) if a != b), min(len(wanted), len(got)))
    return f'at byte {at} of {len(wanted)}/{len(got)}: {wanted[max(0, at - 30):at + 40]!r} became {got[max(0, at - 30):at + 40]!r}'


class Replay:
    """The provider that plays one exchange at a time."""
    def __init__(self):
        self.exchange, self.split, self.served = None, 'whole', b''

    def __call__(self, request):
        exchange = self.exchange
        self.served = exchange.answer
        asked = json.loads(request.body)
        if exchange.stream and exchange.dialect == 'openai-chat' and (asked.get('stream_options') or {}).get('include_usage') and not HAS_USAGE.search(self.served):
            # The recording has none since nobody asked for it; a provider that is asked sends one.
            self.served = self.served.replace(b'data: [DONE]', USAGE_EVENT + b'data: [DONE]')
        if exchange.stream:
            return [send(head(exchange.status, exchange.content_type))] + [send(chunk(p)) for p in pieces(self.served, self.split)] + [send(LAST_CHUNK)]
        return [send(head(exchange.status, exchange.content_type, len(self.served)))] + [send(p) for p in pieces(self.served, self.split)]


def problems(exchange, split, gateway, upstream, replay):
    replay.exchange, replay.split = exchange, split
    upstream.clear()
    model = exchange.model or json.loads(exchange.request[slice(*model_span(exchange.request))])
    name = f'{exchange.dialect}/{model}'
    asked = exchange.request if exchange.model else with_model(exchange.request, name)
    path = exchange.path.format(name) + ('?' + exchange.query if exchange.query else '')
    sizes = {'whole': None, 'mid': [len(asked) // 2 + 1]}.get(split) if split in ('whole', 'mid') else [int(split)] * (400 // int(split)) + [4096]
    fields = {'anthropic-version': '2023-06-01', **exchange.fields} if exchange.dialect == 'anthropic-messages' else exchange.fields
    answer = gateway.request('POST', path, asked, fields, pieces=sizes)
    if exchange.status == 401:  # the provider refused OUR key: told as our fault, or the client would drop its own good key
        if answer.status != 502 or b'upstream_auth' not in answer.body:
            yield f'the provider\'s 401 came as {answer.status}: {answer.body[:200]!r}'
        return
    if answer.status != exchange.status:
        yield f'status {answer.status}, the provider said {exchange.status}: {answer.body[:200]!r}'
        return
    if len(upstream.seen) != 1:
        yield f'the provider was called {len(upstream.seen)} times'
        return
    got, wanted = upstream.seen[0].body, exchange.request if exchange.model else with_model(exchange.request, model)
    added = got != wanted and without_added_usage(got, wanted)
    if got != wanted and not added:
        yield 'request ' + difference(wanted, got)
    for name, value in exchange.fields.items():
        if upstream.seen[0].header(name.lower()) != value:
            yield f'header {name} became {upstream.seen[0].header(name.lower())!r}'
    inserted = replay.served != exchange.answer
    if answer.body == exchange.answer or (added and less_one_usage_event(replay.served, answer.body)):
        return
    if not inserted or not added:
        yield 'answer ' + difference(replay.served, answer.body)
    else:
        yield 'the usage that only the gateway asked for: ' + difference(exchange.answer, answer.body)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument('--only', default='')
    options.add_argument('--splits', default='whole,7,1,mid')
    options.add_argument('-v', action='store_true')
    options = options.parse_args()
    tally = Tally(options.v)
    exchanges = list(own())
    if (RECORDED / 'index.json').exists():
        exchanges += recorded(RECORDED)
    else:
        tally.skip('recorded traffic', f'{RECORDED} is not there')
    replay = Replay()
    with Upstream(replay) as upstream, Gateway([(d, d, upstream.url) for d in PATHS]) as gateway:
        for exchange in (e for e in exchanges if options.only in e.name):
            for split in options.splits.split(','):
                found = list(problems(exchange, split, gateway, upstream, replay))
                if found:
                    tally.bad(f'{exchange.name} ({split})', '; '.join(found))
                else:
                    tally.good(f'{exchange.name} ({split})')
    tally.end()


if __name__ == '__main__':
    main()
