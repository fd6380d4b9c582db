"""Answer features: what a provider says, and where clients of each dialect find it; whole and streamed."""
import json
import tempfile

from places import MISSING, value_at
from program import run, told
from request_features import KEPT, LOST, MAPPED, Verdict, holds, plain
from streams import STREAM, WHOLE, events_of

SPLITS = ('7', '1')
TOOL = {'type': 'object', 'properties': {'city': {'type': 'string'}}}
ASKED = {
    'openai-chat': {'model': 'm', 'messages': [{'role': 'user', 'content': 'Hi'}], 'stream_options': {'include_usage': True},
                    'tools': [{'type': 'function', 'function': {'name': 'weather', 'parameters': TOOL}}]},
    'openai-responses': {'model': 'm', 'input': 'Hi', 'include': ['reasoning.encrypted_content'],
                         'tools': [{'type': 'function', 'name': 'weather', 'parameters': TOOL}]},
    'anthropic-messages': {'model': 'm', 'max_tokens': 99, 'messages': [{'role': 'user', 'content': 'Hi'}],
                           'tools': [{'name': 'weather', 'input_schema': TOOL}]},
    'gemini-generate': {'contents': [{'role': 'user', 'parts': [{'text': 'Hi'}]}],
                        'tools': [{'functionDeclarations': [{'name': 'weather', 'parameters': TOOL}]}]},
}


def translate_answer(provider, client, text, *words):
    asked = ASKED[client] | ({'stream': True} if '--stream' in words and client != 'gemini-generate' else {})
    if '--stream' not in words:
        asked = {name: member for name, member in asked.items() if name != 'stream_options'}
    with tempfile.NamedTemporaryFile() as file:
        file.write(json.dumps(asked).encode())
        file.flush()
        return run(['answer', provider, client, '--request', file.name, '--model', 'm', *words], text)


def judge(feature, client, provider):
    """The verdict of provider -> client, and what is wrong with it."""
    answer = feature[provider]['body']
    whole = translate_answer(provider, client, json.dumps(answer).encode())
    if whole.returncode:
        return Verdict('refused', [], whole.stderr.decode())
    found = json.loads(whole.stdout)
    said = [f'{path}: {reason}' for word in ('lost', 'note') for path, reason in told(whole.stderr.decode().splitlines(), word)]
    otherwise = feature.get('otherwise', {}).get(f'{provider} > {client}') or feature.get('otherwise', {}).get(client)
    wrong = streamed_wrong(feature, client, provider, found)
    if not differs(feature, client, found):
        return Verdict(KEPT, said, wrong)
    if otherwise or said:
        return Verdict(MAPPED if otherwise else LOST, said + [otherwise] * bool(otherwise), wrong)
    return Verdict('differs', said, f'not where the client looks: {differs(feature, client, found)}')


def differs(feature, client, found):
    """The places where the answer is not what a provider of the client's dialect would have said."""
    if client not in feature:
        return ['no such thing in the dialect']
    out = []
    for place in feature[client]['at']:
        want, got = value_at(feature[client]['body'], place), value_at(found, place)
        if got is MISSING or not holds(plain(got), plain(want)):
            out.append(f'{place} is {"missing" if got is MISSING else json.dumps(got)[:150]}')
    return out


def streamed_wrong(feature, client, provider, found):
    """The stream has to say what the whole answer says, in the same bytes however it is cut."""
    stream = STREAM[provider](feature[provider]['body'])
    done = translate_answer(provider, client, stream, '--stream')
    if done.returncode or b'repairs' in done.stderr or b'error' in done.stderr:
        return f'stream: {done.stderr.decode() or done.returncode}'
    for size in SPLITS:
        if translate_answer(provider, client, stream, '--stream', '--split', size).stdout != done.stdout:
            return f'stream: other bytes in pieces of {size}'
    whole = WHOLE[client](events_of(done.stdout))
    for place in feature.get(client, {'at': []})['at']:
        want, got = value_at(found, place), value_at(whole, place)
        if (want is MISSING) != (got is MISSING) or (want is not MISSING and not alike(plain(want), plain(got))):
            return f'stream: {place} is {"missing" if got is MISSING else json.dumps(got)[:150]}, not {json.dumps(want)[:150] if want is not MISSING else "missing"}'
    return ''


def alike(one, other):
    """Equal but for ids, which every answer makes anew."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = (one.keys() | other.keys()) - {'id', 'item_id', 'signature', 'index', 'encrypted_content'}
        return all(name in one and name in other and alike(one[name], other[name]) for name in names)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    return one == other


def judge_error(feature, client, provider):
    """The verdict of a provider's error on its way to a client."""
    status = feature[provider].get('status', feature['status'])
    done = run(['error', provider, client, str(status)], json.dumps(feature[provider]['body']).encode())
    got, body = done.stdout.decode().split(' ', 1)
    want = str(feature[client].get('status', feature['status']))
    where = differs(feature, client, json.loads(body)) + ([f'the status is {got}'] if got != want else [])
    words = feature.get('otherwise', {}).get(f'{provider} > {client}') or feature.get('otherwise', {}).get(client)
    if not where:
        return Verdict(KEPT)
    return Verdict(MAPPED, [words]) if words else Verdict('differs', [], f'not as a provider of that dialect says it: {where}; {body[:200]}')
