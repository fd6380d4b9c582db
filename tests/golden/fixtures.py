"""Exchanges to replay: our own small ones in this folder, and recorded ones of real providers where they lie beside the
project (they belong to others and are never copied into it)."""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).resolve().parent
DIALECTS = {'chat': 'openai-chat', 'messages': 'anthropic-messages', 'responses': 'openai-responses', 'generateContent': 'gemini-generate', 'streamGenerateContent': 'gemini-generate'}
MODEL_IN_PATH = 'gemini-generate'
PATHS = {'openai-chat': '/v1/chat/completions', 'anthropic-messages': '/v1/messages', 'openai-responses': '/v1/responses', MODEL_IN_PATH: '/v1beta/models/{}:'}
KEPT_FIELDS = ('anthropic-version', 'anthropic-beta')


class Exchange:
    """What a client asks and what the provider answered: bytes."""
    def __init__(self, name, dialect, request, status, answer, stream, fields=None, query='', content_type=None, model=None):
        self.name, self.dialect, self.request, self.status, self.answer = name, dialect, request, status, answer
        self.stream, self.fields, self.query = stream, fields or {}, query
        is_array = stream and answer.startswith(b'[')  # Gemini's way without alt=sse
        self.content_type = content_type or ('text/event-stream' if stream and not is_array else 'application/json')
        self.model, self.path = model, PATHS[dialect]  # the model: only where it stands in the path
        if dialect == MODEL_IN_PATH:
            self.path += 'streamGenerateContent' if stream else 'generateContent'
            self.query = 'alt=sse' if stream and not is_array else ''


def own():
    """openai_chat/NAME.request.json with NAME.sse or NAME.json beside it; `NAME.400.json` is an error of that status, NAME.array a
    stream in one JSON array."""
    for dialect in PATHS:
        folder = dialect.replace('-', '_')
        for request in sorted((HERE / folder).glob('*.request.json')):
            name = request.name.removesuffix('.request.json')
            answer = next(p for p in (HERE / folder).iterdir() if re.fullmatch(re.escape(name) + r'(\.\d{3})?\.(sse|json|array)', p.name))
            status = int(match.group(1)) if (match := re.search(r'\.(\d{3})\.', answer.name)) else 200
            yield Exchange(f'{folder}/{name}', dialect, request.read_bytes(), status, answer.read_bytes(), answer.suffix in ('.sse', '.array'),
                           model='gemini-2.5-flash' if dialect == MODEL_IN_PATH else None)


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
        dialect = DIALECTS[entry['api']]
        if '"model"' not in body and dialect != MODEL_IN_PATH:
            continue
        stream = 'raw' in answer
        content = answer['raw'] if stream else json.dumps(answer.get('body'), ensure_ascii=False)
        query = '&'.join(f'{k}={v}' for k, v in (request.get('query') or {}).items() if k == 'beta')
        yield Exchange(entry['id'], dialect, body.encode(), answer['status'], content.encode(), stream,
                       {k: v for k, v in (request.get('headers') or {}).items() if k.lower() in KEPT_FIELDS}, query,
                       model=(entry['model'] or 'unknown-model') if dialect == MODEL_IN_PATH else None)
