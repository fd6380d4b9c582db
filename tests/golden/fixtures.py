"""Exchanges to replay: our own small ones in this folder, and recorded ones of real providers where they lie beside the
project (they belong to others and are never copied into it)."""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
DIALECTS = {'chat': 'openai-chat', 'messages': 'anthropic-messages', 'responses': 'openai-responses'}
PATHS = {'openai-chat': '/v1/chat/completions', 'anthropic-messages': '/v1/messages', 'openai-responses': '/v1/responses'}
KEPT_FIELDS = ('anthropic-version', 'anthropic-beta')


class Exchange:
    """What a client asks and what the provider answered: bytes."""
    def __init__(self, name, dialect, request, status, answer, stream, fields=None, query='', content_type=None):
        self.name, self.dialect, self.request, self.status, self.answer = name, dialect, request, status, answer
        self.stream, self.fields, self.query = stream, fields or {}, query
        self.content_type = content_type or ('text/event-stream' if stream else 'application/json')


def own():
    """openai_chat/NAME.request.json with NAME.sse or NAME.json beside it; `NAME.400.json` is an error of that status."""
    for dialect in PATHS:
        folder = dialect.replace('-', '_')
        for request in sorted((HERE / folder).glob('*.request.json')):
            name = request.name.removesuffix('.request.json')
            answer = next(p for p in (HERE / folder).iterdir() if re.fullmatch(re.escape(name) + r'(\.\d{3})?\.(sse|json)', p.name))
            status = int(match.group(1)) if (match := re.search(r'\.(\d{3})\.', answer.name)) else 200
            yield Exchange(f'{folder}/{name}', dialect, request.read_bytes(), status, answer.read_bytes(), answer.suffix == '.sse')


def recorded(folder):
    """Every exchange of these dialects whose request is known."""
    for entry in json.loads((folder / 'index.json').read_text()):
        if entry['api'] not in DIALECTS or entry['provenance'] == 'quoted':
            continue
        exchange = json.loads((folder / entry['file']).read_text())
        request, answer = exchange['request'], exchange['response']
        if request['body'] is None:
            continue
        body = request['body'] if isinstance(request['body'], str) else json.dumps(request['body'], ensure_ascii=False)
        if '"model"' not in body:
            continue
        stream = 'raw' in answer
        content = answer['raw'] if stream else json.dumps(answer.get('body'), ensure_ascii=False)
        query = '&'.join(f'{k}={v}' for k, v in (request.get('query') or {}).items() if k == 'beta')
        yield Exchange(entry['id'], DIALECTS[entry['api']], body.encode(), answer['status'], content.encode(), stream,
                       {k: v for k, v in (request.get('headers') or {}).items() if k.lower() in KEPT_FIELDS}, query)
