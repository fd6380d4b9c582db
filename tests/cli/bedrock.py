#!/usr/bin/env python3
"""Amazon Bedrock: requests signed as AWS checks them, Claude's answers out of event streams. The cloud is ours, and checks each
signature with code of its own."""
import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import struct
import urllib.parse
import zlib

from home import CREDENTIAL, home, ok, refused, run, scenario
from aigw import message_request
from upstream import LAST_CHUNK, Upstream, chat_completion, chat_events, chunk, close, head, json_answer, message, message_events, send

KEY_ID, SECRET, API_KEY = 'AKIDEXAMPLE', CREDENTIAL + '/+secret', 'bedrock-api-key-' + CREDENTIAL
REGION = 'us-east-1'  # of a host that names none
CLAUDE, OTHER = 'us.anthropic.claude-sonnet-4-5-20250929-v1:0', 'openai.gpt-oss-120b-1:0'
EVENTS = message_events(usage={'input_tokens': 60, 'cache_creation_input_tokens': 0, 'cache_read_input_tokens': 40, 'output_tokens': 10})
METRICS = b'"amazon-bedrock-invocationMetrics": {"inputTokenCount": 60, "outputTokenCount": 10}'


# ---- the cloud
def sign(secret, request, session_token):
    """The value of `authorization` for a request as it came: AWS Signature Version 4."""
    path, _, query = request.path.partition('?')
    when = request.header('x-amz-date')
    fields = {'host': request.header('host'), 'x-amz-date': when}
    if session_token:
        fields['x-amz-security-token'] = session_token
    canonical = '\n'.join([request.method, urllib.parse.quote(path, safe='/-_.~'), '&'.join(sorted(query.split('&'))),
                           *(f'{name}:{value}' for name, value in sorted(fields.items())), '',
                           ';'.join(sorted(fields)), hashlib.sha256(request.body).hexdigest()])
    scope = f'{when[:8]}/{REGION}/bedrock/aws4_request'
    key = b'AWS4' + secret.encode()
    for part in scope.split('/'):
        key = hmac.digest(key, part.encode(), 'sha256')
    text = '\n'.join(['AWS4-HMAC-SHA256', when, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    return (f'AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope}, SignedHeaders={";".join(sorted(fields))}, '
            f'Signature={hmac.new(key, text.encode(), "sha256").hexdigest()}')


def text_header(name, value):
    return bytes([len(name)]) + name.encode() + b'\x07' + struct.pack('>H', len(value)) + value.encode()


def frame(kind, name, payload):
    headers = text_header(f':{kind}-type', name) + text_header(':content-type', 'application/json') + text_header(':message-type', kind)
    lengths = struct.pack('>II', 16 + len(headers) + len(payload), len(headers))
    checked = lengths + struct.pack('>I', zlib.crc32(lengths)) + headers + payload
    return checked + struct.pack('>I', zlib.crc32(checked))


def data_of(event):
    return event.partition(b'data: ')[2].strip()


def chunk_frame(event):
    data = data_of(event)
    if b'message_stop' in data:
        data = data[:-1] + b', ' + METRICS + b'}'
    return frame('event', 'chunk', json.dumps({'bytes': base64.b64encode(data).decode(), 'p': 'abcdefgh'}).encode())


def exception(name, status, words):
    return json_answer({'message': words}, status, x_amzn_errortype=f'{name}:http://internal.amazon.com/coral/')


def frames_in_pieces(frames, size=61):
    data = b''.join(frames)
    return [send(head(200, 'application/vnd.amazon.eventstream') +
                 b''.join(chunk(data[at:at + size]) for at in range(0, len(data), size)))]


class Cloud:
    def __init__(self):
        self.session_token = None
        self.upstream = Upstream(self.answer)

    def refuses(self, request):
        """None, or the answer to a request that is not signed as it should be."""
        given = request.header('authorization') or ''
        if given == f'Bearer {API_KEY}':
            return None
        if not given.startswith(f'AWS4-HMAC-SHA256 Credential={KEY_ID}/'):
            return exception('UnrecognizedClientException', 403, 'The security token included in the request is invalid.')
        signed_at = datetime.datetime.strptime(request.header('x-amz-date') + '+0000', '%Y%m%dT%H%M%SZ%z')
        assert abs(datetime.datetime.now(datetime.timezone.utc) - signed_at) < datetime.timedelta(minutes=1), signed_at
        assert request.header('x-amz-security-token') == self.session_token
        if given != sign(SECRET, request, self.session_token):
            return exception('InvalidSignatureException', 403, f'The request signature we calculated does not match. {SECRET}')
        return None

    def answer(self, request):
        if refusal := self.refuses(request):
            return [send(refusal)]
        if request.path == '/async-invoke?maxResults=1':
            return [send(json_answer({'asyncInvokeSummaries': []}))]
        if request.path == '/openai/v1/chat/completions':
            if request.json.get('stream'):
                return [send(head(200, 'text/event-stream') + b''.join(map(chunk, chat_events())) + LAST_CHUNK)]
            return [send(json_answer(chat_completion(model=request.json['model'])))]
        _, _, model, operation = request.path.split('/')
        asked = request.json
        assert asked['anthropic_version'] == 'bedrock-2023-05-31' and not {'model', 'stream'} & asked.keys(), asked
        model = urllib.parse.unquote(model)
        if 'throttled' in model:
            return [send(exception('ThrottlingException', 429, 'Too many tokens, please wait before trying again.'))]
        if 'broken' in model:
            return [send(exception('ModelErrorException', 424, 'The model failed.'))]
        if 'denied' in model:
            return [send(exception('AccessDeniedException', 403, 'You don\'t have access to the model.'))]
        if operation == 'invoke':
            return [send(json_answer(message(model='claude-sonnet-4-5')))]
        assert operation == 'invoke-with-response-stream', request.path
        frames = [chunk_frame(e) for e in EVENTS]
        throttled = frame('exception', 'throttlingException', b'{"message":"Too many tokens, please wait before trying again."}')
        if 'early' in model:
            return frames_in_pieces([throttled]) + [send(LAST_CHUNK)]
        if 'midway' in model:
            return frames_in_pieces(frames[:5] + [throttled]) + [send(LAST_CHUNK)]
        if 'cut' in model:
            return frames_in_pieces([*frames[:5], frames[5][:30]]) + [close()]
        if 'short' in model:
            return frames_in_pieces([*frames[:5], frames[5][:30]]) + [send(LAST_CHUNK)]
        if 'corrupt' in model:
            damaged = bytearray(frames[5])
            damaged[-20] ^= 1
            return frames_in_pieces([*frames[:5], bytes(damaged), *frames[6:]]) + [send(LAST_CHUNK)]
        return frames_in_pieces(frames) + [send(LAST_CHUNK)]


@contextlib.contextmanager
def bedrock(stdin=f'{KEY_ID}:{SECRET}'):
    """A running gateway with a key for the cloud, and the cloud."""
    cloud = Cloud()
    with cloud.upstream, home(serving=True, key=True) as gateway:
        ok(gateway.run('providers', 'add', 'bedrock', '--base-url', cloud.upstream.url, '--allow-private'))
        ok(gateway.run('keys', 'add', 'bedrock', stdin=stdin))
        yield gateway, cloud


def tested(gateway):
    done = gateway.run('keys', 'test', 'bedrock')
    return done.stdout + done.stderr


def ask(gateway, model=CLAUDE, headers=None, **more):
    return gateway.post('/v1/messages', message_request('bedrock/' + model, **more), headers=headers)


def text_of(events):
    """What a messages client makes of a stream."""
    found = [json.loads(data_of(e)) for e in events.split(b'\n\n') if b'data: ' in e]
    return ''.join(e['delta'].get('text', '') for e in found if e['type'] == 'content_block_delta')


# ---- scenarios
@scenario('bedrock: it is added with its region, and half a key is refused')
def _():
    with home() as gateway:
        refused(gateway.run('providers', 'add', 'bedrock'), 2, 'bedrock-runtime.REGION.amazonaws.com')
        ok(gateway.run('providers', 'add', 'bedrock', '--base-url', 'https://bedrock-runtime.eu-central-1.amazonaws.com'))
        refused(gateway.run('keys', 'add', 'bedrock', stdin='AKIAIOSFODNN7EXAMPLE'), 2, 'without its secret', 'ACCESS_KEY_ID:SECRET')
        refused(gateway.run('keys', 'add', 'bedrock', stdin='AKIDEXAMPLE:'), 2, 'two or three parts')


@scenario('bedrock: keys test signs its question, and says when the key is not taken')
def _():
    with bedrock() as (gateway, cloud):
        assert 'takes it' in (said := tested(gateway)), said
        ok(gateway.run('keys', 'add', 'bedrock', stdin='AKIDOTHER:secret'))
        done = gateway.run('keys', 'test', 'bedrock')
        assert done.returncode == 1 and 'refuses the stored key' in done.stdout and 'security token' in done.stdout, done
        ok(gateway.run('keys', 'add', 'bedrock', stdin=API_KEY))
        assert 'takes it' in (said := tested(gateway)), said
        cloud.session_token = 'session/+token=='
        words = json.dumps({'Version': 1, 'AccessKeyId': KEY_ID, 'SecretAccessKey': SECRET, 'SessionToken': cloud.session_token},
                           separators=(',', ':'))
        ok(gateway.run('keys', 'add', 'bedrock', stdin=words))
        assert 'takes it' in (said := tested(gateway)), said


@scenario('bedrock: a messages client gets the answer as it came; the model goes into the path, known betas into the body')
def _():
    with bedrock() as (gateway, cloud):
        body = (f'{{"model":"bedrock/{CLAUDE}", "max_tokens" : 64, "messages":[{{"role":"user","content":"hi \\u00fc"}}]}}').encode()
        got = gateway.request('POST', '/v1/messages?beta=true', body,
                              headers={'anthropic-beta': 'claude-code-20250219,context-1m-2025-08-07, interleaved-thinking-2025-05-14',
                                       'x-amz-date': '20150830T123600Z'})
        assert got.status == 200 and got.body == json.dumps(message(model='claude-sonnet-4-5')).encode(), got
        request = cloud.upstream.seen[-1]
        assert request.path == '/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke', request.path
        assert request.body == (b'{"max_tokens" : 64, "messages":[{"role":"user","content":"hi \\u00fc"}],"anthropic_version":"bedrock-2023-05-31",'
                                b'"anthropic_beta":["context-1m-2025-08-07","interleaved-thinking-2025-05-14"]}'), request.body
        assert request.header('anthropic-beta') is None
        row = gateway.row(got.headers['x-request-id'])
        assert (row['outcome'], row['provider'], row['tokens']['input'], row['tokens']['cache_read'], row['tokens']['output']) == (
            'succeeded', 'bedrock', 60, 40, 10), row


@scenario('bedrock: an event stream becomes the dialect\'s events, for its own clients and for others')
def _():
    with bedrock() as (gateway, cloud):
        got = ask(gateway, stream=True)
        assert got.status == 200 and got.headers['content-type'] == 'text/event-stream', got
        assert cloud.upstream.seen[-1].path.endswith('/invoke-with-response-stream')
        assert got.body == b''.join(EVENTS).replace(b'{"type": "message_stop"}', b'{"type": "message_stop", ' + METRICS + b'}'), got
        row = gateway.row(got.headers['x-request-id'])
        assert (row['outcome'], row['tokens']['input'], row['tokens']['output']) == ('succeeded', 60, 10), row
        crossed = gateway.chat('bedrock/' + CLAUDE, stream=True)
        assert crossed.status == 200 and b'word4' in crossed.body and crossed.body.rstrip().endswith(b'data: [DONE]'), crossed
        whole = gateway.chat('bedrock/' + CLAUDE)
        assert whole.json['choices'][0]['message']['content'] == 'ok', whole


@scenario('bedrock: models of others are asked in chat, by an API key too')
def _():
    with bedrock(API_KEY) as (gateway, cloud):
        got = gateway.chat('bedrock/' + OTHER)
        assert got.status == 200 and got.json['model'] == OTHER, got
        request = cloud.upstream.seen[-1]
        assert (request.path, request.json['model'], request.header('authorization')) == (
            '/openai/v1/chat/completions', OTHER, f'Bearer {API_KEY}'), request.headers
        crossed = gateway.post('/v1/messages', message_request('bedrock/' + OTHER, stream=True))
        assert crossed.status == 200 and 'word4' in text_of(crossed.body), crossed
        ok(gateway.run('keys', 'add', 'bedrock', stdin=f'{KEY_ID}:{SECRET}'))
        assert gateway.chat('bedrock/' + OTHER).status == 200  # signed


@scenario('bedrock: the cloud\'s exceptions are errors of the client\'s dialect')
def _():
    with bedrock() as (gateway, _):
        for model, status, kind in (('throttled', 429, 'rate_limit_error'), ('broken', 500, 'api_error'), ('denied', 403, 'permission_error')):
            got = ask(gateway, 'anthropic.' + model)
            assert (got.status, got.json['type'], got.json['error']['type']) == (status, 'error', kind), got
            assert got.headers['content-type'] == 'application/json', got.headers
        assert 'Too many tokens' in ask(gateway, 'anthropic.throttled').json['error']['message']
        crossed = gateway.chat('bedrock/anthropic.throttled')
        assert crossed.status == 429 and crossed.json['error']['code'] == 'rate_limit_exceeded', crossed
        row = gateway.row(crossed.headers['x-request-id'])
        assert row['outcome'] == 'failed' and 'ThrottlingException' in row['error'], row


@scenario('bedrock: a key that the cloud refuses is the owner\'s matter, and is not repeated to the client')
def _():
    with bedrock(f'{KEY_ID}:{CREDENTIAL}-wrong') as (gateway, _):
        for got in (ask(gateway), ask(gateway, stream=True), gateway.chat('bedrock/' + CLAUDE)):
            assert got.status == 502 and 'aigw keys add bedrock' in str(got.json) and SECRET not in str(got.json), got


@scenario('bedrock: an exception before any event is a status, behind some an error event')
def _():
    with bedrock() as (gateway, _):
        early = ask(gateway, 'anthropic.early', stream=True)
        assert (early.status, early.json['error']['type']) == (429, 'rate_limit_error'), early
        midway = ask(gateway, 'anthropic.midway', stream=True)
        assert midway.status == 200 and text_of(midway.body) == 'word0 word1 ', midway
        *_, last = midway.body.rstrip().split(b'\n\n')
        assert last.startswith(b'event: error\n') and json.loads(data_of(last))['error']['type'] == 'rate_limit_error', last
        assert gateway.row(midway.headers['x-request-id'])['outcome'] == 'failed'


@scenario('bedrock: a stream that is cut off or damaged ends in an error event, never in silence')
def _():
    with bedrock() as (gateway, _):
        for model, word in (('cut', 'upstream_broken'), ('short', 'upstream_broken'), ('corrupt', 'upstream_invalid')):
            got = ask(gateway, 'anthropic.' + model, stream=True)
            assert got.status == 200 and text_of(got.body) == 'word0 word1 ', got
            *_, last = got.body.rstrip().split(b'\n\n')
            assert last.startswith(b'event: error\n') and word in json.loads(data_of(last))['error']['message'], (model, last)
            row = gateway.row(got.headers['x-request-id'])
            assert row['outcome'] == 'failed' and word in row['error'], row
            crossed = gateway.chat(f'bedrock/anthropic.{model}', stream=True)
            assert b'word1' in crossed.body and b'"error"' in crossed.body and b'[DONE]' not in crossed.body, crossed


if __name__ == '__main__':
    run()
