#!/usr/bin/env python3
"""Vertex AI: a service account traded for tokens, Gemini and Claude under the cloud's paths; token server and cloud are ours."""
import base64
import concurrent.futures
import contextlib
import json
import pathlib
import subprocess
import tempfile
import threading
import urllib.parse

from home import home, ok, refused, run, scenario, until
from aigw import chat_request, message_request
from upstream import LAST_CHUNK, Upstream, chunk, event, head, json_answer, send

ROOT = '/v1/projects/p/locations/europe-west1'
TOKEN = 'ya29.canary-token-'
CLAUDE, GEMINI = 'vertex/claude-sonnet-4-5@20250929', 'vertex/gemini-2.5-flash'
MESSAGE = {'id': 'msg_1', 'type': 'message', 'role': 'assistant', 'model': 'claude-sonnet-4-5', 'content': [{'type': 'text', 'text': 'hi'}],
           'stop_reason': 'end_turn', 'stop_sequence': None, 'usage': {'input_tokens': 11, 'output_tokens': 3}}
GENERATED = {'candidates': [{'content': {'role': 'model', 'parts': [{'text': 'hi'}]}, 'finishReason': 'STOP', 'index': 0}],
             'usageMetadata': {'promptTokenCount': 11, 'candidatesTokenCount': 3, 'totalTokenCount': 14}, 'modelVersion': 'gemini-2.5-flash'}
MESSAGE_EVENTS = [
    {'type': 'message_start', 'message': {**MESSAGE, 'content': [], 'stop_reason': None}},
    {'type': 'content_block_start', 'index': 0, 'content_block': {'type': 'text', 'text': ''}},
    {'type': 'content_block_delta', 'index': 0, 'delta': {'type': 'text_delta', 'text': 'hi'}},
    {'type': 'content_block_stop', 'index': 0},
    {'type': 'message_delta', 'delta': {'stop_reason': 'end_turn', 'stop_sequence': None}, 'usage': {'output_tokens': 3}},
    {'type': 'message_stop'}]
ASKED = {'contents': [{'role': 'user', 'parts': [{'text': 'hello'}]}]}


def rpc_error(status, word, message):
    return json_answer({'error': {'code': status, 'message': message, 'status': word}}, status=status)


def stream(events):
    return [send(head(200, 'text/event-stream'))] + [send(chunk(e)) for e in events] + [send(LAST_CHUNK)]


class Cloud:
    """The token end-point at /token, the models under ROOT. `tokens`: how many were given; `lifetime_s`: of the next ones."""
    def __init__(self, folder):
        self.key, self.public = folder / 'key.pem', folder / 'public.pem'
        subprocess.run(['openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048', '-out', self.key], check=True, capture_output=True)
        subprocess.run(['openssl', 'pkey', '-in', self.key, '-pubout', '-out', self.public], check=True)
        self.folder, self.tokens, self.lifetime_s, self.refusal, self.lock = folder, 0, 3599, None, threading.Lock()
        self.upstream = Upstream(self.answer)
        self.token_uri = self.upstream.url + '/token'

    def account(self):
        return json.dumps({'type': 'service_account', 'project_id': 'p', 'private_key_id': 'k1', 'private_key': self.key.read_text(),
                           'client_email': 'robot@p.iam.gserviceaccount.com', 'client_id': '1', 'token_uri': self.token_uri}, indent=2) + '\n'

    def calls(self):
        return [r for r in self.upstream.seen if r.path != '/token']

    def answer(self, request):
        if request.path == '/token':
            return [send(self.trade(request))]
        if request.header('authorization') != f'Bearer {TOKEN}{self.tokens}':
            return [send(rpc_error(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'))]
        path = request.path.split('?')[0]
        if path.endswith(':streamRawPredict'):
            return stream(event(e, e['type']) for e in MESSAGE_EVENTS)
        if path.endswith(':streamGenerateContent'):
            return stream([event(GENERATED)])
        if path.endswith('/count-tokens:rawPredict'):
            return [send(json_answer({'input_tokens': 11}))]
        if path.endswith(':countTokens'):
            return [send(json_answer({'totalTokens': 11}))]
        if 'quota' in path:
            return [send(rpc_error(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for aiplatform.googleapis.com'))]
        return [send(json_answer(MESSAGE if '/anthropic/' in path else GENERATED))]

    def trade(self, request):
        form = urllib.parse.parse_qs(request.body.decode())
        assert form['grant_type'] == ['urn:ietf:params:oauth:grant-type:jwt-bearer'], form
        signed, _, signature = form['assertion'][0].rpartition('.')
        claims = json.loads(base64.urlsafe_b64decode(signed.split('.')[1] + '=='))
        assert claims['aud'] == self.token_uri and 0 < claims['exp'] - claims['iat'] <= 3600, claims
        with self.lock:
            if self.refusal:
                return self.refusal
            (self.folder / 'signature').write_bytes(base64.urlsafe_b64decode(signature + '=='))
            checked = subprocess.run(['openssl', 'dgst', '-sha256', '-verify', self.public, '-signature', self.folder / 'signature'],
                                     input=signed.encode(), capture_output=True)
            if checked.returncode:
                return json_answer({'error': 'invalid_grant', 'error_description': 'Invalid JWT Signature.'}, status=400)
            self.tokens += 1
            return json_answer({'access_token': f'{TOKEN}{self.tokens}', 'expires_in': self.lifetime_s, 'token_type': 'Bearer'})


@contextlib.contextmanager
def cloud(key=None):
    """A running gateway that has the cloud as its only provider, with the account's key or the given one."""
    with tempfile.TemporaryDirectory(prefix='aigw-vertex-') as folder:
        fake = Cloud(pathlib.Path(folder))
        with fake.upstream, home(key=True) as h:
            h.cli('providers', 'add', 'vertex', '--base-url', fake.upstream.url + ROOT, '--allow-private')
            h.cli('keys', 'add', 'vertex', stdin=key or fake.account())
            h.start()
            yield fake, h
            kept = b''.join(p.read_bytes() for p in pathlib.Path(h.home).rglob('*') if p.is_file())
            assert TOKEN.encode() not in kept, 'a token is kept'
            assert fake.key.read_bytes().splitlines()[5] not in kept, 'the private key is kept in clear'


@scenario('the model chooses the path and the form, whatever the client speaks, and one token serves all')
def _():
    google, anthropic = ROOT + '/publishers/google/models/gemini-2.5-flash:', ROOT + '/publishers/anthropic/models/claude-sonnet-4-5@20250929:'
    with cloud() as (fake, h):
        for model, whole, streamed in ((CLAUDE, anthropic + 'rawPredict', anthropic + 'streamRawPredict'),
                                       (GEMINI, google + 'generateContent', google + 'streamGenerateContent?alt=sse')):
            for path, body in (('/v1/chat/completions', chat_request(model)), ('/v1/messages', message_request(model)),
                               ('/v1/responses', {'model': model, 'input': 'hello'})):
                for is_stream in (False, True):
                    answer = h.post(path, {**body, 'stream': is_stream}, headers={'anthropic-beta': 'some-beta'})
                    assert answer.status == 200 and b'hi' in answer.body, (path, model, answer)
                    assert fake.calls()[-1].path == (streamed if is_stream else whole), fake.calls()[-1].path
            assert h.post(f'/v1beta/models/{model}:generateContent', ASKED).json['candidates'][0]['content']['parts'][0]['text'] == 'hi'
            assert fake.calls()[-1].path == whole
            assert h.post(f'/v1beta/models/{model}:streamGenerateContent?alt=sse', ASKED).status == 200
            assert fake.calls()[-1].path == streamed
        assert fake.tokens == 1, fake.tokens
        rows = h.tail()
        assert len(rows) == 16 and all(r['outcome'] == 'succeeded' and r['provider'] == 'vertex' for r in rows), rows
        assert all((r['tokens']['input'], r['tokens']['output']) == (11, 3) for r in rows), rows
        assert {r['provider_dialect'] for r in rows} == {'anthropic-messages', 'gemini-generate'}, rows


@scenario('a messages body goes through as written, but for the model and the version; the beta header stays')
def _():
    with cloud() as (fake, h):
        body = b'{ "model":"%s", "max_tokens" : 9,  "messages":[{"role":"user","content":"hello"}] }' % CLAUDE.encode()
        assert h.post('/v1/messages?beta=true', body, headers={'anthropic-beta': 'context-1m-2025-08-07'}).json == MESSAGE
        asked = fake.calls()[-1]
        assert asked.body == b'{ "max_tokens" : 9,  "messages":[{"role":"user","content":"hello"}],"anthropic_version":"vertex-2023-10-16" }', asked.body
        assert asked.header('anthropic-beta') == 'context-1m-2025-08-07'
        translated = h.chat(CLAUDE) and fake.calls()[-1].json
        assert 'model' not in translated and translated['anthropic_version'] == 'vertex-2023-10-16', translated
        body = json.dumps(ASKED, indent=1).encode()
        assert h.post(f'/v1beta/models/{GEMINI}:generateContent', body).json == GENERATED
        assert fake.calls()[-1].body == body


@scenario('tokens of a prompt are counted by the cloud')
def _():
    with cloud() as (fake, h):
        assert h.post('/v1/messages/count_tokens', {'model': CLAUDE, 'messages': [{'role': 'user', 'content': 'x'}]}).json['input_tokens'] == 11
        assert fake.calls()[-1].path == ROOT + '/publishers/anthropic/models/count-tokens:rawPredict'
        assert fake.calls()[-1].json['model'] == 'claude-sonnet-4-5@20250929'
        assert h.post('/v1/messages/count_tokens', {'model': GEMINI, 'messages': [{'role': 'user', 'content': 'x'}]}).json['input_tokens'] == 11
        assert fake.calls()[-1].path == ROOT + '/publishers/google/models/gemini-2.5-flash:countTokens'
        assert set(fake.calls()[-1].json) <= {'contents', 'systemInstruction', 'tools', 'generationConfig'}, fake.calls()[-1].json
        wrapped = {'generateContentRequest': {'model': 'models/' + GEMINI, **ASKED}}
        assert h.post(f'/v1beta/models/{GEMINI}:countTokens', wrapped).json['totalTokens'] == 11
        assert fake.calls()[-1].json == ASKED, fake.calls()[-1].json


@scenario('many at once at the start wait for one token')
def _():
    with cloud() as (fake, h), concurrent.futures.ThreadPoolExecutor(20) as pool:
        assert {answer.status for answer in pool.map(lambda _: h.chat(GEMINI), range(20))} == {200}
        assert fake.tokens == 1, fake.tokens


@scenario('a token that ends is replaced by the next')
def _():
    with cloud() as (fake, h):
        fake.lifetime_s = 1
        assert until(lambda: h.chat(GEMINI).status == 200 and fake.tokens > 2)
        assert fake.calls()[-1].header('authorization') == f'Bearer {TOKEN}{fake.tokens}'


@scenario('a token server that refuses, answers nonsense or is down is told as what it is')
def _():
    with cloud() as (fake, h):
        fake.refusal = json_answer({'error': 'invalid_grant', 'error_description': 'Invalid JWT Signature.'}, status=400)
        answer = h.chat(GEMINI)
        assert answer.status == 502 and answer.json['error']['code'] == 'upstream_auth' and 'invalid_grant' in answer.json['error']['message'], answer
        assert h.tail()[-1]['status'] == 502 and not fake.calls(), h.tail()
        tested = h.run('keys', 'test', 'vertex')
        assert tested.returncode == 1 and 'invalid_grant' in tested.stdout, tested
        fake.refusal = None
        assert ok(h.run('keys', 'test', 'vertex')).stdout.startswith('vertex/default: vertex takes it'), h.run('keys', 'test', 'vertex')
        fake.token_uri = 'http://127.0.0.1:1/token'
        h.cli('keys', 'add', 'vertex', stdin=fake.account())
        answer = h.post('/v1/messages', message_request(CLAUDE))
        assert answer.status == 502 and 'upstream_unreachable' in answer.json['error']['message'], answer
        assert 'cannot be reached' in h.run('keys', 'test', 'vertex').stdout


@scenario('what the cloud says of a request comes with its status, its own refusal of our token as ours')
def _():
    with cloud() as (fake, h):
        assert h.chat('vertex/gemini-quota').status == 429
        assert h.post('/v1/messages', message_request('vertex/claude-quota')).status == 429
        fake.tokens += 1  # the one that was given is good no more
        answer = h.chat(CLAUDE)
        assert answer.status == 502 and answer.json['error']['code'] == 'upstream_auth', answer


@scenario('an OAuth token is a key as well, and goes as it is')
def _():
    with cloud(key=TOKEN + '0') as (fake, h):
        assert h.chat(GEMINI).status == 200
        assert not [r for r in fake.upstream.seen if r.path == '/token']


@scenario('a service account is taken by who trades it, when it is one')
def _():
    with tempfile.TemporaryDirectory(prefix='aigw-vertex-') as folder, home() as h:
        account = Cloud(pathlib.Path(folder)).account()
        refused(h.run('keys', 'add', 'openai', stdin=account), 2, 'openai', 'service account')
        h.cli('providers', 'add', 'vertex', '--base-url', 'https://aiplatform.googleapis.com/v1/projects/p/locations/global')
        refused(h.run('keys', 'add', 'vertex', stdin=account), 2, 'token_uri', '--allow-private')
        refused(h.run('keys', 'add', 'vertex', stdin='{"type":"authorized_user"}'), 2, 'authorized_user', 'service account')
        public = account.replace(json.loads(account)['token_uri'], 'https://oauth2.googleapis.com/token')
        assert 'stored vertex/default' in ok(h.run('keys', 'add', 'vertex', stdin=public)).stderr


if __name__ == '__main__':
    run()
