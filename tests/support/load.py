"""Clients that ask without pause, each on its own thread and connection, and write down what they saw."""
import http.client
import json
import random
import threading
import time

from aigw import PROMPT
from upstream import LAST_CHUNK, chat_completion, chat_events, chunk, head, json_answer, send, wait


def usage_of(nonce):
    """Usage that names its call: prompt_tokens gives the nonce back."""
    prompt = 1000 + nonce
    return {'prompt_tokens': prompt, 'completion_tokens': 7 + nonce % 13, 'total_tokens': prompt + 7 + nonce % 13,
            'prompt_tokens_details': {'cached_tokens': prompt // 3 if nonce % 3 == 0 else 0}}


def buckets(usage):
    cached = usage['prompt_tokens_details']['cached_tokens']
    return {'input': usage['prompt_tokens'] - cached, 'cache_read': cached, 'cache_write': 0, 'output': usage['completion_tokens']}


def nonce_of(tokens):
    return tokens['input'] + tokens['cache_read'] - 1000


def script(calls, pause=0.003):
    """A provider for these clients; `calls[nonce]` becomes True before the last bytes of its answer are written."""
    def play(request):
        asked = request.json
        nonce = int(asked['messages'][0]['content'].split()[0])
        calls.setdefault(nonce, False)

        def last(step):
            calls[nonce] = True
            return step
        if not asked.get('stream'):
            yield wait(random.uniform(0, 2 * pause))
            yield last(send(json_answer(chat_completion(usage_of(nonce)))))
            return
        asked_usage = bool((asked.get('stream_options') or {}).get('include_usage'))
        *events, done = chat_events(usage_of(nonce), words=random.randint(1, 6), usage_asked=asked_usage)
        yield send(head(200, 'text/event-stream'))
        for e in events:
            yield send(chunk(e))
            yield wait(random.choice((0, 0, pause)))
        yield last(send(chunk(done) + LAST_CHUNK))
    return play


class Seen:
    """What one client saw of one call."""
    def __init__(self, nonce, stream):
        self.nonce, self.stream = nonce, stream
        self.status = self.request_id = self.usage = None
        self.complete = self.left = False


class Load:
    """`clients` threads from start() to stop(); `seen` has every call. Some clients leave in the middle of an answer."""
    def __init__(self, port, key, clients=12, leave=0.2, pause=0.0):
        self.port, self.key, self.leave, self.pause = port, key, leave, pause
        self.seen, self.lock = [], threading.Lock()
        self.next_nonce = 0
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self._client, daemon=True) for _ in range(clients)]

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(40)
        assert not any(t.is_alive() for t in self.threads), 'a client still waits for its answer'

    def answered(self):
        with self.lock:
            return sum(s.complete for s in self.seen)

    def _client(self):
        connection = None
        while not self.stopping.is_set():
            with self.lock:
                nonce, self.next_nonce = self.next_nonce, self.next_nonce + 1
                seen = Seen(nonce, random.random() < 0.5)
                self.seen.append(seen)
            try:
                connection = connection or http.client.HTTPConnection('127.0.0.1', self.port, timeout=30)
                self._ask(connection, seen)
            except (OSError, http.client.HTTPException):
                seen.left = True
            if seen.left or seen.status != 200:
                connection.close()
                connection = None
                time.sleep(0.01)
            time.sleep(self.pause)
        if connection:
            connection.close()

    def _ask(self, connection, seen):
        body = {'model': 'gpt-4o-mini', 'messages': [{'role': 'user', 'content': f'{seen.nonce} {PROMPT}'}]}
        if seen.stream:
            body['stream'] = True
            if seen.nonce % 2:
                body['stream_options'] = {'include_usage': True}
        connection.request('POST', '/v1/chat/completions', json.dumps(body),
                           {'authorization': f'Bearer {self.key}', 'content-type': 'application/json'})
        answer = connection.getresponse()
        seen.status, seen.request_id = answer.status, answer.getheader('x-request-id')
        if random.random() < self.leave:
            answer.read(random.randint(0, 900))
            seen.left = True
            return
        content = answer.read()
        if seen.status != 200:
            return
        if seen.stream:
            seen.complete = content.rstrip().endswith(b'data: [DONE]')
            for line in content.split(b'\n'):
                if b'"usage": {' in line:
                    seen.usage = json.loads(line[6:])['usage']
        else:
            seen.usage, seen.complete = json.loads(content)['usage'], True
