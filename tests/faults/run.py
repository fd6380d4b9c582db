#!/usr/bin/env python3
"""Providers that fail, on raw sockets: what the client is told, how often the provider is asked, and what the row says.

    run.py [-v] [SUBSTRING...]
"""
import json
import pathlib
import socket
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import Gateway, chat_request, free_port, message_request
from scenario import run, scenario, until
from upstream import (LAST_CHUNK, Upstream, answer, chat_completion, chat_events, chunk, close, event, head, json_answer, message_events,
                      reset, send, stream_steps, wait)

SHORT = '''
[timeouts]
connect = "1s"
first_byte = "2s"
idle = "1500ms"
total = "6s"
gate = "1s"
heartbeat = "400ms"
'''


class Pair:
    """A gateway with one chat and one messages provider that play the same script, and short timeouts."""
    def __init__(self, script):
        self.upstream = Upstream(script)
        self.gateway = Gateway([('oa', 'openai-chat', self.upstream.url), ('an', 'anthropic-messages', self.upstream.url)], config=SHORT)

    def __enter__(self):
        self.gateway.start()
        return self

    def __exit__(self, *error):
        self.gateway.__exit__(*error)
        self.upstream.close()

    def chat(self, **more):
        return self.gateway.chat('oa/gpt-4o-mini', **more)

    def messages(self, **more):
        return self.gateway.post('/v1/messages', message_request('an/claude-sonnet-4-5', **more), headers={'anthropic-version': '2023-06-01'})

    def last_row(self):
        return self.gateway.tail(1)[0]


def is_error(answer, status, dialect='openai'):
    """An error of this status, in the shape of the dialect, with a request id."""
    allowed = status if isinstance(status, tuple) else (status,)
    assert answer.status in allowed, f'status {answer.status}, want {status}: {answer.body[:200]!r}'
    error = answer.json['error']
    assert error['message'] and error['type'], answer
    if dialect == 'anthropic':
        assert answer.json['type'] == 'error', answer
    assert answer.headers['content-type'].startswith('application/json'), answer.headers
    assert answer.headers.get('x-request-id'), answer.headers
    return error


def ends_in_error(answer, dialect='openai'):
    """A stream whose last event is an error of the dialect, and that does not claim to be complete."""
    assert answer.status == 200, answer
    events = [e for e in answer.body.decode().replace('\r\n', '\n').split('\n\n') if e and not e.startswith(':')]
    last = next(line[5:] for line in events[-1].split('\n') if line.startswith('data:'))
    error = json.loads(last)
    assert error['error']['message'], events[-1]
    assert b'[DONE]' not in answer.body and b'message_stop' not in answer.body, answer.body[-300:]
    if dialect == 'anthropic':
        assert 'event: error' in events[-1] and error['type'] == 'error', events[-1]


def both(pair, **more):
    return (pair.chat(**more), 'openai'), (pair.messages(**more), 'anthropic')


@scenario('nothing listens: 502, no second provider is invented')
def _():
    with Gateway([('oa', 'openai-chat', f'http://127.0.0.1:{free_port()}')], config=SHORT) as gateway:
        is_error(gateway.chat(), (502, 503))
        row = gateway.tail(1)[0]
        assert row['outcome'] == 'failed' and row['tokens'] is None, row


@scenario('the provider closes, resets or talks no HTTP before its answer: 502 in the client\'s dialect')
def _():
    for steps in ([close()], [reset()], [send(b'SSH-2.0-OpenSSH_9.2\r\n\r\n'), close()], [send(b'HTTP/1.1 200 OK\r\nContent-Le'), close()]):
        with Pair(lambda request: steps) as pair:
            for got, dialect in both(pair):
                is_error(got, 502, dialect)
                assert pair.last_row()['outcome'] == 'failed', pair.last_row()


@scenario('a whole answer that is cut short is no answer')
def _():
    with Pair(lambda request: [send(head(length=500) + b'{"id": "chatcmpl-1", "object"'), close()]) as pair:
        for got, dialect in both(pair):
            is_error(got, 502, dialect)
            assert pair.last_row()['outcome'] == 'failed', pair.last_row()


@scenario('a stream that breaks after it began ends with an error event, never silently')
def _():
    for ending in (close(), reset()):
        def script(request):
            whole = message_events() if request.path.endswith('/messages') else chat_events()
            return [send(head(200, 'text/event-stream'))] + [send(chunk(e)) for e in whole[:4]] + [wait(0.2), ending]
        with Pair(script) as pair:
            for got, dialect in both(pair, stream=True):
                ends_in_error(got, dialect)
                assert pair.last_row()['outcome'] == 'failed', pair.last_row()


@scenario('a stream that ends cleanly without its closing event is said to be broken')
def _():
    def script(request):
        whole = message_events() if request.path.endswith('/messages') else chat_events()
        return stream_steps(whole[:4], pause=0.1)
    with Pair(script) as pair:
        for got, dialect in both(pair, stream=True):
            ends_in_error(got, dialect)


@scenario('an error as the first event of a stream becomes a real status')
def _():
    def script(request):
        if request.path.endswith('/messages'):
            return stream_steps([event({'type': 'error', 'error': {'type': 'overloaded_error', 'message': 'Overloaded'}}, 'error')])
        return stream_steps([event({'error': {'message': 'The server is overloaded', 'type': 'server_error', 'param': None, 'code': None}})])
    with Pair(script) as pair:
        for got, dialect in both(pair, stream=True):
            assert got.status >= 400, got
            is_error(got, got.status, dialect)
            assert pair.last_row()['outcome'] == 'failed', pair.last_row()


@scenario('no first byte within its time: 504')
def _():
    with Pair(lambda request: [wait(8)]) as pair:
        began = time.time()
        is_error(pair.chat(), 504)
        assert 1.5 < time.time() - began < 5, time.time() - began


@scenario('a stream that falls silent is kept alive, then ended with an error event')
def _():
    def script(request):
        whole = message_events() if request.path.endswith('/messages') else chat_events()
        return [send(head(200, 'text/event-stream'))] + [send(chunk(e)) for e in whole[:5]] + [wait(8)]
    with Pair(script) as pair:
        chat, messages = pair.chat(stream=True), pair.messages(stream=True)
        ends_in_error(chat)
        ends_in_error(messages, 'anthropic')
        assert b'\n\n:' in chat.body, f'no heartbeat in the silence: {chat.body[-300:]!r}'
        sent = b''.join(message_events()[:5])
        assert messages.body.startswith(sent) and len(messages.body) > len(sent) + 100, messages.body[-300:]


@scenario('silence before the first event: heartbeats come when the gate opens, then the stream')
def _():
    def script(request):
        return [send(head(200, 'text/event-stream')), wait(1.3)] + stream_steps(chat_events(usage_asked=False))[1:]
    with Pair(script) as pair:
        got = pair.chat(stream=True)
        assert got.status == 200 and got.body.rstrip().endswith(b'[DONE]'), got
        assert pair.last_row()['outcome'] == 'succeeded', pair.last_row()


@scenario('the provider\'s 401 is a fault of ours, and says so')
def _():
    with Pair(lambda request: [send(json_answer({'error': {'message': 'Incorrect API key', 'type': 'auth', 'param': None, 'code': None}}, 401))]) as pair:
        for got, dialect in both(pair):
            assert got.status not in (401, 403), got
            error = is_error(got, got.status, dialect)
            assert 'key' in error['message'].lower() or 'credential' in error['message'].lower(), error
        assert len(pair.upstream.seen) == 2, 'a refused credential is not tried again'


@scenario('429 and 5xx come through with their bodies and the headers that clients act on')
def _():
    body = b'{"error":{"message":"slow down","type":"requests","param":null,"code":"rate_limit_exceeded"}}'
    fields = {'retry_after': '7', 'x_ratelimit_remaining_requests': '0', 'x_should_retry': 'true', 'openai_processing_ms': '12'}
    for status in (429, 500, 503):
        with Pair(lambda request: [send(json_answer(body, status, **fields))]) as pair:
            got = pair.chat()
            assert got.status == status and got.body == body, got
            for name in fields:
                assert got.headers.get(name.replace('_', '-')) == fields[name], (name, got.headers)
            row = pair.last_row()
            assert row['outcome'] == 'failed' and row['status'] == status and len(row['attempts']) == 1, row


@scenario('a kept connection that died is replaced once, without the client noticing')
def _():
    calls = []

    def script(request):
        calls.append(request.connection)
        return [send(json_answer(chat_completion()))] + ([close()] if len(calls) == 1 else [])
    with Pair(script) as pair:
        assert pair.chat().status == 200
        time.sleep(0.2)
        assert pair.chat().status == 200
        assert len(set(calls)) == 2, calls


@scenario('a connection that dies on reuse, before any answer byte, is tried again on a fresh one')
def _():
    per_connection = {}

    def script(request):
        per_connection[request.connection] = per_connection.get(request.connection, 0) + 1
        return [send(json_answer(chat_completion()))] if per_connection[request.connection] == 1 else [reset()]
    with Pair(script) as pair:
        for _ in range(4):
            got = pair.chat()
            assert got.status == 200, got
        assert all(r['outcome'] == 'succeeded' for r in pair.gateway.tail(4)), pair.gateway.tail(4)


@scenario('a fresh connection that dies is not tried again: the provider may have charged')
def _():
    with Pair(lambda request: [reset()]) as pair:
        is_error(pair.chat(), 502)
        assert len(pair.upstream.seen) == 1, f'{len(pair.upstream.seen)} calls'


@scenario('redirects are not followed')
def _():
    with Upstream(answer) as elsewhere:
        def script(request):
            return [send(f'HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere.url}/v1/chat/completions\r\ncontent-length: 0\r\n\r\n'.encode())]
        with Pair(script) as pair:
            assert pair.chat().status in (307, 502), 'a redirect is relayed or refused'
            assert not elsewhere.seen, 'the credential went to another host'


@scenario('an interim 103 goes before the answer and is no answer')
def _():
    with Pair(lambda request: [send(b'HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n' + json_answer(chat_completion()))]) as pair:
        assert pair.chat().json == chat_completion()


@scenario('an endless head is cut off')
def _():
    def script(request):
        return [send(b'HTTP/1.1 200 OK\r\n')] + [send(b'x-%d: %s\r\n' % (i, b'y' * 4000)) for i in range(60)] + [close()]
    with Pair(script) as pair:
        is_error(pair.chat(), 502)


@scenario('two answers for one request: the second is dropped with its connection')
def _():
    with Pair(lambda request: [send(json_answer(chat_completion(text='one')) + json_answer(chat_completion(text='two')))]) as pair:
        assert pair.chat().json['choices'][0]['message']['content'] == 'one'
        assert pair.chat().json['choices'][0]['message']['content'] == 'one', 'an answer was handed to the wrong request'


@scenario('a slow reader holds the provider back, not our memory')
def _():
    sent = [0]

    def script(request):
        yield send(head(200, 'text/event-stream'))
        filler = chunk(event({'id': 'c', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'm',
                              'choices': [{'index': 0, 'delta': {'content': 'x' * 60_000}, 'finish_reason': None}]}))
        for _ in range(1500):  # 90 MB
            yield send(filler)
            sent[0] += len(filler)
        yield send(chunk(event('[DONE]')) + LAST_CHUNK)
    with Pair(script) as pair:
        body = json.dumps({'model': 'oa/gpt-4o-mini', 'stream': True, 'messages': [{'role': 'user', 'content': 'x'}]}).encode()
        with socket.create_connection(('127.0.0.1', pair.gateway.port)) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
            client.sendall(f'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {pair.gateway.key}\r\n'
                           f'content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n'.encode() + body)
            client.recv(1000)
            time.sleep(1.0)
            status = pathlib.Path(f'/proc/{pair.gateway.process.pid}/status').read_text()
            resident = int(status.split('VmRSS:')[1].split()[0]) / 1024
            assert sent[0] < 40_000_000, f'{sent[0] >> 20} MB were taken from the provider for a client that reads nothing'
            assert resident < 64, f'{resident:.0f} MiB resident'


@scenario('a model that refuses an option is asked once more without it, where the request is translated and not strict')
def _():
    def script(request):
        if 'temperature' not in request.json:
            return answer(request)
        return [send(json_answer({'type': 'error', 'error': {'type': 'invalid_request_error', 'message': '`temperature` is deprecated for this model.'}}, 400))]
    with Pair(script) as pair:
        strict = pair.gateway.post('/v1/chat/completions', chat_request('an/nova', temperature=0.5), headers={'x-aigw-strict': '1'})
        assert 'deprecated' in is_error(strict, 400)['message'] and len(pair.upstream.seen) == 1
        own = pair.gateway.post('/v1/messages', message_request('an/nova', temperature=0.5), headers={'anthropic-version': '2023-06-01'})
        assert is_error(own, 400, 'anthropic') and len(pair.upstream.seen) == 2, 'its own dialect: its own answer'
        for stream, attempts in ((True, 2), (False, 1)):  # learnt by then
            got = pair.gateway.chat('an/nova', temperature=0.5, stream=stream)
            assert got.status == 200 and got.headers['x-aigw-attempts'] == str(attempts), got
            assert got.headers['x-aigw-lost'] == 'temperature:refused by the model', got.headers
            row = pair.last_row()
            assert row['outcome'] == 'succeeded' and [a['status'] for a in row['attempts']] == [400, 200][-attempts:], row
        assert len(pair.upstream.seen) == 5


@scenario('many clients leaving at once leave nothing open')
def _():
    def script(request):
        return [send(head(200, 'text/event-stream'))] + [send(chunk(e)) for e in chat_events()[:3]] + [wait(4)]
    with Pair(script) as pair:
        def leave():
            body = json.dumps({'model': 'oa/gpt-4o-mini', 'stream': True, 'messages': [{'role': 'user', 'content': 'x'}]}).encode()
            with socket.create_connection(('127.0.0.1', pair.gateway.port)) as client:
                client.sendall(f'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {pair.gateway.key}\r\n'
                               f'content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n'.encode() + body)
                client.recv(200)
        descriptors = pathlib.Path(f'/proc/{pair.gateway.process.pid}/fd')
        before = len(list(descriptors.iterdir()))
        threads = [threading.Thread(target=leave) for _ in range(60)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert until(lambda: len(list(descriptors.iterdir())) <= before + 10, 6), f'{len(list(descriptors.iterdir()))} descriptors, {before} before'
        rows = until(lambda: (r := pair.gateway.tail(100)) and len(r) == 60 and all(x['outcome'] == 'aborted' for x in r) and r, 8)
        assert rows, [r['outcome'] for r in pair.gateway.tail(100)]


if __name__ == '__main__':
    run(60)
