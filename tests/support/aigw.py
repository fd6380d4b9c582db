"""aigw as a black box: a temporary home, providers, a key, a running `serve`.

    with Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        answer = gateway.post('/v1/chat/completions', {...})

Everything is on loopback and ends by process id. The credential and the prompts of every test hold a canary; when a
gateway ends, its home is searched for them, so that the whole suite proves that secrets and prompts are kept nowhere.
"""
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / 'shared'  # recorded traffic lies beside the project, never in it
PROGRAM = os.environ.get('AIGW') or str(ROOT / 'build/release/aigw')

CREDENTIAL = 'sk-canary-credential-7f3a91c4d2'
PROMPT = 'canary-prompt-5b8e20f19d'
BASE_PATH = {'openai-chat': '/v1', 'openai-responses': '/v1', 'anthropic-messages': '', 'gemini-generate': ''}
PRICES_AS = {'openai-chat': 'openai', 'openai-responses': 'openai', 'anthropic-messages': 'anthropic', 'gemini-generate': 'gemini'}


# Below what the system gives to outgoing connections, and each but once: a gateway that is stopped and started again would
# else find its port taken, or a test another one's gateway there.
_ports = itertools.cycle(range(10_000, 32_000))
for _ in range(os.getpid() * 101 % 22_000):
    next(_ports)


def free_port():
    while True:
        port = next(_ports)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(('127.0.0.1', port))
            return port


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f'{self.status} {self.body[:300]!r}'


class CommandFailed(Exception):
    def __init__(self, arguments, done):
        super().__init__(f'aigw {" ".join(arguments)} ends with {done.returncode}: {(done.stderr or done.stdout).strip()[-400:]}')
        self.done = done


class Gateway:
    def __init__(self, providers=(), config=None, env=None, arguments=(), key=True, home=None):
        """providers: (name, dialect, url) with the bare URL of a fake provider. home: a folder that is the caller's."""
        if not os.access(PROGRAM, os.X_OK):
            raise SystemExit(f'{PROGRAM} is missing: build the release preset first, or set AIGW')
        self.home = str(home) if home else tempfile.mkdtemp(prefix='aigw-test-')
        self.port = free_port()
        self.env = {'PATH': os.environ['PATH'], 'HOME': self.home, 'AIGW_HOME': self.home, 'TERM': 'dumb', **(env or {})}
        self.arguments = list(arguments)
        self.process = None
        self.key = None
        self.key_id = None
        self.log_path = os.path.join(self.home, 'serve.log')
        if config:
            pathlib.Path(self.home, 'aigw.toml').write_text(config)
        for name, dialect, url in providers:
            self.cli('providers', 'add', name, '--dialect', dialect, '--base-url', url + BASE_PATH[dialect],
                     '--allow-private', '--prices-as', PRICES_AS[dialect])
            self.cli('keys', 'add', name, stdin=CREDENTIAL)
        if key:
            issued = json.loads(self.cli('keys', 'issue', 'test', '--json'))
            self.key, self.key_id = issued['key'], issued['id']

    # ---- the command line
    def run(self, *arguments, stdin=None, timeout=60):
        """The finished process, whatever its exit code."""
        return subprocess.run([PROGRAM, *arguments], input=stdin if stdin is not None else '', capture_output=True,
                              text=True, env=self.env, timeout=timeout)

    def cli(self, *arguments, stdin=None, timeout=60):
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        if done.returncode:
            raise CommandFailed(arguments, done)
        return done.stdout

    def stats(self, *arguments):
        return json.loads(self.cli('stats', '--json', *arguments))

    def tail(self, count=1000):
        return [json.loads(line) for line in self.cli('tail', '-n', str(count), '--json').splitlines() if line.strip()]

    def row(self, request_id):
        return json.loads(self.cli('show', request_id, '--json'))

    # ---- the process
    def start(self, seconds=10):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen([PROGRAM, 'serve', '--listen', f'127.0.0.1:{self.port}', *self.arguments],
                                            env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.time() + seconds
        while time.time() < end:
            if self.process.poll() is not None:
                raise AssertionError(f'serve ended with {self.process.returncode}: {self.log()[-400:]}')
            try:
                self.request('GET', '/healthz', timeout=2, key=None)
                return self
            except OSError:
                time.sleep(0.005)
        raise AssertionError(f'serve does not answer /healthz within {seconds} s: {self.log()[-400:]}')

    def stop(self, sig=signal.SIGTERM, seconds=40):
        """The exit code, or None when nothing ran."""
        process, self.process = self.process, None
        if process is None:
            return None
        if process.poll() is None:
            process.send_signal(sig)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise AssertionError(f'serve did not end within {seconds} s of signal {sig}')
        return process.returncode

    def kill(self):
        self.stop(signal.SIGKILL)

    def log(self):
        try:
            return pathlib.Path(self.log_path).read_text(errors='replace')
        except FileNotFoundError:
            return ''

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        try:
            self.stop()
            if kind is None:
                leaks = self.leaks()
                assert not leaks, f'secrets or prompts are kept: {leaks}'
        finally:
            if not os.environ.get('KEEP'):
                shutil.rmtree(self.home, ignore_errors=True)

    def leaks(self):
        """(file, what) for each file of the home that holds the credential, a prompt or an issued key in clear."""
        canaries = [CREDENTIAL.encode(), PROMPT.encode()] + ([self.key.encode()] if self.key else [])
        found = []
        for path in pathlib.Path(self.home).rglob('*'):
            if path.is_file():
                content = path.read_bytes()
                found += [(path.name, c.decode()) for c in canaries if c in content]
        return found

    # ---- the data plane
    def request(self, method, path, body=None, headers=None, timeout=30, key=True, pieces=None):
        """pieces: the sizes in which the body is written (the last one repeats)."""
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=timeout)
        try:
            fields = {'content-type': 'application/json', **(headers or {})}
            if key is True and self.key and not {'authorization', 'x-api-key'} & {k.lower() for k in fields}:
                fields['authorization'] = 'Bearer ' + self.key
            elif isinstance(key, str):
                fields['authorization'] = 'Bearer ' + key
            if isinstance(body, (dict, list)):
                body = json.dumps(body, ensure_ascii=False).encode()
            if body is not None and pieces:
                fields['content-length'] = str(len(body))
                body = cut(body, pieces)
            connection.request(method, path, body, fields)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(self, path, body, **more):
        return self.request('POST', path, body, **more)

    def chat(self, model='gpt-4o-mini', **more):
        return self.post('/v1/chat/completions', chat_request(model, **more))


def cut(data, sizes):
    """`data` in pieces of these sizes; the last size repeats."""
    sizes = list(sizes)
    at = 0
    while at < len(data):
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        yield data[at:at + size]
        at += size


def chat_request(model='gpt-4o-mini', text='hello', **more):
    return {'model': model, 'messages': [{'role': 'user', 'content': f'{text} {PROMPT}'}], **more}


def message_request(model='claude-sonnet-4-5', text='hello', **more):
    return {'model': model, 'max_tokens': 64, 'messages': [{'role': 'user', 'content': f'{text} {PROMPT}'}], **more}
