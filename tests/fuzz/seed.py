#!/usr/bin/env python3
"""Writes the first corpus of every fuzz target from the project's case files and fixtures: seed.py FOLDER"""
import base64
import hashlib
import json
import pathlib
import struct
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CUTS = (0, 1, 7, 60)  # where a text is cut in two; the first two bytes of an input say it


def put(folder, target, data, cuts=()):
    for prefix in [bytes([cut >> 8, cut & 255]) for cut in cuts] or [b'']:
        seed = prefix + data[:4000]
        path = folder / target / hashlib.sha1(seed).hexdigest()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(seed)


def requests():
    for case in json.loads((ROOT / 'tests/http_cases/http_cases.json').read_text())['cases']:
        for part in [case] + case.get('parts', []):
            if 'raw_b64' in part:
                yield base64.b64decode(part['raw_b64'])


def bodies():
    for case in json.loads((ROOT / 'tests/bad_bodies/bad_bodies.json').read_text())['cases']:
        for value in case.values():
            if isinstance(value, str) and value.lstrip()[:1] in '{[':
                yield value.encode()


def records():
    """Bodies of records as docs/journal.md draws them."""
    def text(value):
        return struct.pack('<H', len(value)) + value
    opened = struct.pack('<3q3B', 1 << 40, 7, 1000, 1, 1, 1) + text(b'up') + text(b'gpt-4o-mini')
    yield opened
    for attempts in (0, 1, 3):
        yield (struct.pack('<11qiII7B', 1 << 40, 7, 3, 900, 1200, 100, 20, 0, 30, 5, 12345, 200, 5000, 700, 1, 1, 1, 1, 1, 15, attempts)
               + text(b'up') + text(b'gpt-4o-mini') + text(b'gpt-4o-mini-2024') + text('über: x'.encode())
               + (struct.pack('<iI', 503, 100) + text(b'up') + text(b'upstream_error')) * attempts)
    yield b'AIGL' + bytes(200)


def frames():
    """Headers of an Amazon event stream's frames and a payload, cut where the headers end."""
    def header(name, value):
        return bytes([len(name)]) + name + b'\x07' + struct.pack('>H', len(value)) + value
    for kind, name in ((b'event', b':event-type'), (b'exception', b':exception-type'), (b'error', b':error-code')):
        headers = header(b':message-type', kind) + header(name, b'chunk') + b'\x01n\x09' + bytes(16)
        yield struct.pack('>H', len(headers)) + headers + b'{"bytes":"e30="}'


def main():
    folder = pathlib.Path(sys.argv[1])
    for raw in requests():
        head, mark, body = raw.partition(b'\r\n\r\n')
        put(folder, 'request_head', head + mark, CUTS)
        if b'hunked' in head:
            put(folder, 'chunked', body, CUTS)
    for body in bodies():
        put(folder, 'json', body)
    for fixture in (ROOT / 'tests/golden').rglob('*'):
        data = fixture.read_bytes() if fixture.is_file() else b''
        if fixture.suffix == '.json':
            put(folder, 'json', data)
        if fixture.suffix == '.sse':
            put(folder, 'sse', data, CUTS)
        if fixture.suffix == '.array':
            put(folder, 'array', data, CUTS)
        if fixture.suffix in ('.json', '.sse'):
            put(folder, 'translation', data, CUTS)
        if fixture.suffix in ('.json', '.sse'):
            put(folder, 'answer', b'HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n' % len(data) + data, CUTS)
            chunks = b''.join(b'%x\r\n%s\r\n' % (len(data[at:at + 64]), data[at:at + 64]) for at in range(0, len(data), 64))
            put(folder, 'answer', b'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' + chunks + b'0\r\n\r\n', CUTS)
            put(folder, 'chunked', chunks + b'0\r\n\r\n', CUTS)
    put(folder, 'configuration', b'[server]\nlisten = "127.0.0.1:2449"\n[timeouts]\nconnect = "5s"\n[limits]\nconnections = 9\n'
                                 b'[ledger]\ndurability = "full"\n[[providers]]\nname = "up"\ndialect = "openai-chat"\n'
                                 b'base_url = "http://127.0.0.1:9000/v1"\nallow_private = true\n')
    for input_ in frames():
        put(folder, 'event_stream', input_)
    for body in records():
        put(folder, 'journal', body)


if __name__ == '__main__':
    main()
