"""One conversation in each of the four dialects, small and as an agent sends it, and a provider's answers to it."""
import json

from programs import BIG_REQUEST, REQUEST

NAMES = {'chat': 'openai-chat', 'responses': 'openai-responses', 'messages': 'anthropic-messages', 'gemini': 'gemini-generate'}
TEXT = 'A proxy stands between two and speaks for one.'
EVENTS = 500


def _chat(conversation, model, stream):
    more = {'stream': True, 'stream_options': {'include_usage': True}} if stream else {}
    return '/v1/chat/completions', {**conversation, 'model': model, **more}


def _responses(conversation, model, stream):
    system, *turns = conversation['messages']
    tools = [{'type': 'function', 'strict': False, **tool['function']} for tool in conversation.get('tools', [])]
    return '/v1/responses', {'model': model, 'max_output_tokens': 64, 'instructions': system['content'], 'store': False,
                             'input': turns, **({'tools': tools} if tools else {}), **({'stream': True} if stream else {})}


def _messages(conversation, model, stream):
    system, *turns = conversation['messages']
    tools = [{'name': tool['function']['name'], 'description': tool['function']['description'],
              'input_schema': tool['function']['parameters']} for tool in conversation.get('tools', [])]
    return '/v1/messages', {'model': model, 'max_tokens': 64, 'system': system['content'], 'messages': turns,
                            **({'tools': tools} if tools else {}), **({'stream': True} if stream else {})}


def _gemini(conversation, model, stream):
    system, *turns = conversation['messages']
    tools = [{'name': tool['function']['name'], 'description': tool['function']['description'],
              'parametersJsonSchema': tool['function']['parameters']} for tool in conversation.get('tools', [])]
    verb = 'streamGenerateContent?alt=sse' if stream else 'generateContent'
    return f'/v1beta/models/{model}:{verb}', {
        'systemInstruction': {'parts': [{'text': system['content']}]}, 'generationConfig': {'maxOutputTokens': 64},
        'contents': [{'role': 'model' if turn['role'] == 'assistant' else 'user', 'parts': [{'text': turn['content']}]}
                     for turn in turns], **({'tools': [{'functionDeclarations': tools}]} if tools else {})}


_WRITERS = {'chat': _chat, 'responses': _responses, 'messages': _messages, 'gemini': _gemini}


def request(dialect, model, kind='small'):
    """(path, body) of the client; kind: small, stream or agent. An agent's last turn is the user's."""
    conversation = json.loads(BIG_REQUEST if kind == 'agent' else REQUEST)
    conversation['messages'] = conversation['messages'][:-1] if kind == 'agent' else conversation['messages']
    path, body = _WRITERS[dialect](conversation, model, kind == 'stream')
    return path, json.dumps(body)


def answer(dialect):
    return json.dumps({
        'chat': {'id': 'chatcmpl-bench', 'object': 'chat.completion', 'created': 1700000000, 'model': 'm',
                 'choices': [{'index': 0, 'finish_reason': 'stop', 'logprobs': None, 'message': {'role': 'assistant', 'content': TEXT}}],
                 'usage': {'prompt_tokens': 250, 'completion_tokens': 12, 'total_tokens': 262}},
        'responses': {'id': 'resp_bench', 'object': 'response', 'created_at': 1700000000, 'status': 'completed', 'model': 'm',
                      'output': [{'id': 'msg_1', 'type': 'message', 'status': 'completed', 'role': 'assistant',
                                  'content': [{'type': 'output_text', 'text': TEXT, 'annotations': []}]}],
                      'usage': {'input_tokens': 250, 'input_tokens_details': {'cached_tokens': 0}, 'output_tokens': 12,
                                'output_tokens_details': {'reasoning_tokens': 0}, 'total_tokens': 262}},
        'messages': {'id': 'msg_bench', 'type': 'message', 'role': 'assistant', 'model': 'm', 'content': [{'type': 'text', 'text': TEXT}],
                     'stop_reason': 'end_turn', 'stop_sequence': None, 'usage': {'input_tokens': 250, 'output_tokens': 12}},
        'gemini': {'candidates': [{'content': {'role': 'model', 'parts': [{'text': TEXT}]}, 'finishReason': 'STOP', 'index': 0}],
                   'usageMetadata': {'promptTokenCount': 250, 'candidatesTokenCount': 12, 'totalTokenCount': 262},
                   'modelVersion': 'm', 'responseId': 'r'}}[dialect])


def _event(value, name=None):
    return (f'event: {name}\n' if name else '') + f'data: {json.dumps(value)}\n\n'


def stream(dialect):
    """A stream of EVENTS pieces of text."""
    pieces = [f'word{i} ' for i in range(EVENTS)]
    usage = json.loads(answer(dialect)).get('usage')
    if dialect == 'chat':
        chunk = {'id': 'c', 'object': 'chat.completion.chunk', 'created': 1700000000, 'model': 'm'}
        choice = lambda delta, finish=None: {**chunk, 'choices': [{'index': 0, 'delta': delta, 'finish_reason': finish}]}
        return (_event(choice({'role': 'assistant', 'content': ''})) + ''.join(_event(choice({'content': piece})) for piece in pieces) +
                _event(choice({}, 'stop')) + _event({**chunk, 'choices': [], 'usage': usage}) + 'data: [DONE]\n\n')
    if dialect == 'messages':
        start = {'id': 'msg_1', 'type': 'message', 'role': 'assistant', 'model': 'm', 'content': [], 'stop_reason': None,
                 'stop_sequence': None, 'usage': usage}
        delta = lambda piece: {'type': 'content_block_delta', 'index': 0, 'delta': {'type': 'text_delta', 'text': piece}}
        return (_event({'type': 'message_start', 'message': start}, 'message_start') +
                _event({'type': 'content_block_start', 'index': 0, 'content_block': {'type': 'text', 'text': ''}}, 'content_block_start') +
                ''.join(_event(delta(piece), 'content_block_delta') for piece in pieces) +
                _event({'type': 'content_block_stop', 'index': 0}, 'content_block_stop') +
                _event({'type': 'message_delta', 'delta': {'stop_reason': 'end_turn', 'stop_sequence': None},
                        'usage': {'output_tokens': EVENTS}}, 'message_delta') + _event({'type': 'message_stop'}, 'message_stop'))
    if dialect == 'gemini':
        part = lambda piece, more: {'candidates': [{'content': {'role': 'model', 'parts': [{'text': piece}]}, 'index': 0, **more}],
                                    'usageMetadata': {'promptTokenCount': 250, 'candidatesTokenCount': 9, 'totalTokenCount': 259},
                                    'modelVersion': 'm', 'responseId': 'r'}
        return ''.join(f'data: {json.dumps(part(piece, {"finishReason": "STOP"} if i == EVENTS - 1 else {}))}\r\n\r\n'
                       for i, piece in enumerate(pieces))
    numbers = iter(range(EVENTS + 10))
    event = lambda kind, **more: _event({'type': kind, 'sequence_number': next(numbers), **more}, kind)
    whole = json.loads(answer('responses'))
    empty = {**whole, 'status': 'in_progress', 'output': [], 'usage': None}
    at = {'item_id': 'msg_1', 'output_index': 0, 'content_index': 0}
    text = ''.join(pieces)
    item = {**whole['output'][0], 'content': [{'type': 'output_text', 'text': text, 'annotations': []}]}
    return (event('response.created', response=empty) + event('response.in_progress', response=empty) +
            event('response.output_item.added', output_index=0, item={**item, 'status': 'in_progress', 'content': []}) +
            event('response.content_part.added', part={'type': 'output_text', 'text': '', 'annotations': []}, **at) +
            ''.join(event('response.output_text.delta', delta=piece, logprobs=[], **at) for piece in pieces) +
            event('response.output_text.done', text=text, logprobs=[], **at) +
            event('response.content_part.done', part=item['content'][0], **at) +
            event('response.output_item.done', output_index=0, item=item) +
            event('response.completed', response={**whole, 'output': [item]}))
