"""A provider that does exactly what a script says, on raw sockets.

    upstream = Upstream(lambda request: [send(json_answer({...}))])
    upstream = Upstream(answer)                  # a plain provider of both dialects

A script is called for each request and gives steps: send(bytes), wait(seconds), until(event), gone(seconds),
close(), reset(). After the last step the connection is kept, as HTTP/1.1 does. `upstream.seen` has every request.
"""
import json
import os
import socket
import struct
import threading
import time

MODEL = 'gpt-4o-mini'
MODELS = (MODEL, 'claude-sonnet-4-5', 'text-embedding-3-small', 'fake')


# ---- steps
def send(data):
    return ('send', data)


def wait(seconds):
    return ('wait', seconds)


def until(event, seconds=30):
    """Until a threading.Event is set."""
    return ('until', event, seconds)


def gone(event, seconds=30):
    """Until the other side closes the connection; sets the event when it does."""
    return ('gone', event, seconds)


def close():
    return ('close',)


def reset():
    return ('reset',)


class Request:
    def __init__(self, method, path, headers, body, connection):
        self.method, self.path, self.headers, self.body, self.connection = method, path, headers, body, connection
        self.at = time.time()

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return next((v for k, v in self.headers if k.lower() == name), None)


class Upstream:
    def __init__(self, script, models=MODELS):
        """script(request) -> steps. Lists of models are answered without it, and are not in `seen`; None: 404."""
        self.script, self.models, self.seen, self.connections = script, models, [], 0
        self.lock = threading.Lock()
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(('127.0.0.1', 0))
        self.listener.listen(1024)
        self.port = self.listener.getsockname()[1]
        self.url = f'http://127.0.0.1:{self.port}'
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def clear(self):
        with self.lock:
            self.seen.clear()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.connections += 1
                number = self.connections
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        reader = connection.makefile('rb')
        try:
            while (request := read_request(reader, number)) is not None:
                if request.method == 'GET' and request.path.endswith('/models'):
                    connection.sendall(models_answer(self.models))
                    continue
                with self.lock:
                    self.seen.append(request)
                for step in self.script(request):
                    if not self._play(connection, step):
                        return
        except (OSError, ValueError):
            pass
        finally:
            reader.close()
            connection.close()

    @staticmethod
    def _play(connection, step):
        """Whether the connection goes on."""
        kind, *values = step
        if kind == 'send':
            connection.sendall(values[0])
        elif kind == 'wait':
            time.sleep(values[0])
        elif kind == 'until':
            values[0].wait(values[1])
        elif kind == 'gone':
            connection.settimeout(values[1])
            try:
                while connection.recv(4096):
                    pass
                values[0].set()
            except ConnectionError:
                values[0].set()
            except TimeoutError:
                pass
            return False
        elif kind == 'reset':
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
            os.close(connection.detach())
            return False
        elif kind == 'close':
            connection.shutdown(socket.SHUT_RDWR)
            return False
        return True


def read_request(reader, connection):
    line = reader.readline().decode('latin1').rstrip('\r\n')
    if not line:
        return None
    method, path, _ = line.split(' ', 2)
    headers = []
    while field := reader.readline().decode('latin1').rstrip('\r\n'):
        name, _, value = field.partition(':')
        headers.append((name, value.strip()))
    fields = {k.lower(): v for k, v in headers}
    if 'chunked' in fields.get('transfer-encoding', '').lower():
        body = b''
        while size := int(reader.readline().split(b';')[0], 16):
            body += reader.read(size)
            reader.readline()
        reader.readline()
    else:
        body = reader.read(int(fields.get('content-length') or 0))
    return Request(method, path, headers, body, connection)


# ---- answers as bytes
REASONS = {200: 'OK', 400: 'Bad Request', 401: 'Unauthorized', 404: 'Not Found', 429: 'Too Many Requests',
           500: 'Internal Server Error', 503: 'Service Unavailable', 529: 'Overloaded'}


def head(status=200, content_type='application/json', length=None, **headers):
    lines = [f'HTTP/1.1 {status} {REASONS.get(status, "Status")}', f'content-type: {content_type}']
    lines += ['transfer-encoding: chunked'] if length is None else [f'content-length: {length}']
    lines += [f'{k.replace("_", "-")}: {v}' for k, v in headers.items()]
    return ('\r\n'.join(lines) + '\r\n\r\n').encode()


def json_answer(document, status=200, **headers):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return head(status, length=len(body), **headers) + body


def models_answer(models):
    if models is None:
        return json_answer({'error': {'message': 'no such path', 'type': 'invalid_request_error', 'param': None, 'code': None}}, 404)
    return json_answer({'object': 'list', 'data': [{'id': m, 'object': 'model', 'created': 1, 'owned_by': 'test'} for m in models]})


def chunk(data):
    return b'%x\r\n' % len(data) + data + b'\r\n' if data else b''


LAST_CHUNK = b'0\r\n\r\n'


def event(document, name=None):
    data = document if isinstance(document, str) else json.dumps(document)
    return ((f'event: {name}\n' if name else '') + f'data: {data}\n\n').encode()


CHAT_USAGE = {'prompt_tokens': 100, 'completion_tokens': 10, 'total_tokens': 110, 'prompt_tokens_details': {'cached_tokens': 40}}
MESSAGE_USAGE = {'input_tokens': 60, 'cache_creation_input_tokens': 0, 'cache_read_input_tokens': 40, 'output_tokens': 10}


def chat_completion(usage=None, model=MODEL, text='ok'):
    return {'id': 'chatcmpl-test', 'object': 'chat.completion', 'created': 1700000000, 'model': model,
            'choices': [{'index': 0, 'message': {'role': 'assistant', 'content': text, 'refusal': None}, 'logprobs': None,
                         'finish_reason': 'stop'}],
            'usage': usage or CHAT_USAGE}


def chat_events(usage=None, model=MODEL, words=5, usage_asked=True):
    """The events of a chat stream, [DONE] included."""
    base = {'id': 'chatcmpl-test', 'object': 'chat.completion.chunk', 'created': 1700000000, 'model': model}
    deltas = [{'role': 'assistant', 'content': ''}] + [{'content': f'word{i} '} for i in range(words)]
    events = [event({**base, 'choices': [{'index': 0, 'delta': d, 'finish_reason': None}]}) for d in deltas]
    events.append(event({**base, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'stop'}]}))
    if usage_asked:
        events.append(event({**base, 'choices': [], 'usage': usage or CHAT_USAGE}))
    return events + [event('[DONE]')]


def message(usage=None, model='claude-sonnet-4-5', text='ok'):
    return {'id': 'msg_test', 'type': 'message', 'role': 'assistant', 'model': model, 'content': [{'type': 'text', 'text': text}],
            'stop_reason': 'end_turn', 'stop_sequence': None, 'usage': usage or MESSAGE_USAGE}


def message_events(usage=None, model='claude-sonnet-4-5', words=5):
    usage = usage or MESSAGE_USAGE
    start = {**message(usage, model), 'content': [], 'stop_reason': None, 'usage': {**usage, 'output_tokens': 1}}
    events = [('message_start', {'message': start}), ('ping', {}),
              ('content_block_start', {'index': 0, 'content_block': {'type': 'text', 'text': ''}})]
    events += [('content_block_delta', {'index': 0, 'delta': {'type': 'text_delta', 'text': f'word{i} '}}) for i in range(words)]
    events += [('content_block_stop', {'index': 0}),
               ('message_delta', {'delta': {'stop_reason': 'end_turn', 'stop_sequence': None},
                                  'usage': {'output_tokens': usage['output_tokens']}}),
               ('message_stop', {})]
    return [event({'type': name, **fields}, name) for name, fields in events]


def stream_steps(events, pause=0.0):
    steps = [send(head(200, 'text/event-stream'))]
    for e in events:
        steps.append(send(chunk(e)))
        if pause:
            steps.append(wait(pause))
    return steps + [send(LAST_CHUNK)]


def answer(request):
    """The script of a plain provider that speaks both dialects."""
    try:
        asked = request.json
    except ValueError:
        return [send(json_answer({'error': {'message': 'no JSON', 'type': 'invalid_request_error', 'param': None, 'code': None}}, 400))]
    path = request.path.split('?')[0]
    asked = asked if isinstance(asked, dict) else {}
    stream = asked.get('stream') is True
    if path.endswith('/count_tokens'):
        return [send(json_answer({'input_tokens': 42}))]
    if path.endswith('/embeddings'):
        return [send(json_answer({'object': 'list', 'data': [{'object': 'embedding', 'index': 0, 'embedding': [0.1, 0.2]}],
                                  'model': asked.get('model'), 'usage': {'prompt_tokens': 3, 'total_tokens': 3}}))]
    if path.endswith('/messages'):
        return stream_steps(message_events()) if stream else [send(json_answer(message()))]
    if stream:
        return stream_steps(chat_events(usage_asked=bool((asked.get('stream_options') or {}).get('include_usage'))))
    return [send(json_answer(chat_completion()))]
