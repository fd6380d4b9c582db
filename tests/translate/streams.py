"""A whole answer as its dialect streams it, and a stream as the whole answer that it amounts to."""
import json


def sse(events, named=False, done=False):
    lines = [(f'event: {event["type"]}\n' if named else '') + f'data: {json.dumps(event, ensure_ascii=False)}\n\n' for event in events]
    return (''.join(lines) + ('data: [DONE]\n\n' if done else '')).encode()


def events_of(stream):
    data = [line[6:] for line in stream.decode().splitlines() if line.startswith('data: ')]
    return [json.loads(text) for text in data if text != '[DONE]']


def halves(text):
    return [piece for piece in (text[:len(text) // 2], text[len(text) // 2:]) if piece]


# openai-chat

def stream_chat(answer):
    head = {name: answer[name] for name in ('id', 'created', 'model')} | {'object': 'chat.completion.chunk'}
    choice = answer['choices'][0]
    message = choice['message']
    deltas = [{'role': 'assistant', 'content': ''}]
    for name in ('reasoning_content', 'content', 'refusal'):
        deltas += [{name: piece} for piece in halves(message.get(name) or '')]
    if message.get('annotations'):
        deltas.append({'annotations': message['annotations']})
    for index, call in enumerate(message.get('tool_calls', ())):
        deltas.append({'tool_calls': [{'index': index, **call, 'function': {'name': call['function']['name'], 'arguments': ''}}]})
        deltas += [{'tool_calls': [{'index': index, 'function': {'arguments': piece}}]} for piece in halves(call['function']['arguments'])]
    chunks = [head | {'choices': [{'index': 0, 'delta': delta, 'finish_reason': None}]} for delta in deltas]
    chunks.append(head | {'choices': [{'index': 0, 'delta': {}, 'finish_reason': choice['finish_reason']}]})
    chunks.append(head | {'choices': [], 'usage': answer['usage']})
    return sse(chunks, done=True)


def whole_chat(events):
    answer, message, calls = {'choices': [{}]}, {}, {}
    for event in events:
        answer.update({name: event[name] for name in ('id', 'model', 'usage') if event.get(name)})
        for choice in event['choices']:
            answer['choices'][0].update({'finish_reason': choice.get('finish_reason') or answer['choices'][0].get('finish_reason')})
            for name, value in choice['delta'].items():
                if name == 'tool_calls':
                    for call in value:
                        known = calls.setdefault(call['index'], {'function': {'arguments': ''}})
                        known['id'] = call.get('id') or known['id']
                        known['function']['name'] = call['function'].get('name') or known['function'].get('name')
                        known['function']['arguments'] += call['function'].get('arguments', '')
                elif name in ('annotations', 'reasoning_details'):
                    message.setdefault(name, []).extend(value)
                elif isinstance(value, str) and name != 'role':
                    message[name] = (message.get(name) or '') + value
    if calls:
        message['tool_calls'] = [calls[index] for index in sorted(calls)]
    answer['choices'][0]['message'] = message
    return answer


# openai-responses

def stream_responses(answer):
    events = [{'type': 'response.created', 'response': answer | {'status': 'in_progress', 'output': [], 'usage': None, 'incomplete_details': None}}]
    for index, item in enumerate(answer['output']):
        at = {'output_index': index, 'item_id': item['id']}
        events.append({'type': 'response.output_item.added', 'output_index': index, 'item': item | EMPTY[item['type']]})
        events += [at | event for event in ITEM_EVENTS[item['type']](item)]
        events.append({'type': 'response.output_item.done', 'output_index': index, 'item': item})
    events.append({'type': 'response.incomplete' if answer['status'] == 'incomplete' else 'response.completed', 'response': answer})
    return sse([event | {'sequence_number': number} for number, event in enumerate(events)], named=True)


EMPTY = {'message': {'content': [], 'status': 'in_progress'}, 'reasoning': {'summary': []}, 'function_call': {'arguments': '', 'status': 'in_progress'}}


def message_events(item):
    for index, part in enumerate(item['content']):
        word, member = ('refusal', 'refusal') if part['type'] == 'refusal' else ('output_text', 'text')
        yield {'type': 'response.content_part.added', 'content_index': index, 'part': part | {member: ''} | ({'annotations': []} if member == 'text' else {})}
        for piece in halves(part[member]):
            yield {'type': f'response.{word}.delta', 'content_index': index, 'delta': piece}
        for number, annotation in enumerate(part.get('annotations', ())):
            yield {'type': 'response.output_text.annotation.added', 'content_index': index, 'annotation_index': number, 'annotation': annotation}
        yield {'type': f'response.{word}.done', 'content_index': index, member: part[member]}
        yield {'type': 'response.content_part.done', 'content_index': index, 'part': part}


def reasoning_events(item):
    for index, part in enumerate(item['summary']):
        yield {'type': 'response.reasoning_summary_part.added', 'summary_index': index, 'part': part | {'text': ''}}
        for piece in halves(part['text']):
            yield {'type': 'response.reasoning_summary_text.delta', 'summary_index': index, 'delta': piece}
        yield {'type': 'response.reasoning_summary_text.done', 'summary_index': index, 'text': part['text']}
        yield {'type': 'response.reasoning_summary_part.done', 'summary_index': index, 'part': part}


def call_events(item):
    for piece in halves(item['arguments']):
        yield {'type': 'response.function_call_arguments.delta', 'delta': piece}
    yield {'type': 'response.function_call_arguments.done', 'arguments': item['arguments']}


ITEM_EVENTS = {'message': message_events, 'reasoning': reasoning_events, 'function_call': call_events}


def whole_responses(events):
    return events[-1]['response']


# anthropic-messages

def stream_messages(answer):
    start = answer | {'content': [], 'stop_reason': None, 'stop_sequence': None, 'usage': answer['usage'] | {'output_tokens': 1}}
    events = [{'type': 'message_start', 'message': start}]
    for index, block in enumerate(answer['content']):
        empty, deltas = BLOCKS[block['type']](block)
        events.append({'type': 'content_block_start', 'index': index, 'content_block': empty})
        events += [{'type': 'content_block_delta', 'index': index, 'delta': delta} for delta in deltas]
        events.append({'type': 'content_block_stop', 'index': index})
    events.append({'type': 'message_delta', 'delta': {'stop_reason': answer['stop_reason'], 'stop_sequence': answer.get('stop_sequence')},
                   'usage': {'output_tokens': answer['usage']['output_tokens']}})
    return sse(events + [{'type': 'message_stop'}], named=True)


BLOCKS = {
    'text': lambda block: ({'type': 'text', 'text': ''}, [{'type': 'text_delta', 'text': piece} for piece in halves(block['text'])] + [
        {'type': 'citations_delta', 'citation': citation} for citation in block.get('citations') or ()]),
    'thinking': lambda block: ({'type': 'thinking', 'thinking': '', 'signature': ''}, [
        {'type': 'thinking_delta', 'thinking': piece} for piece in halves(block['thinking'])] + [{'type': 'signature_delta', 'signature': block['signature']}]),
    'tool_use': lambda block: (block | {'input': {}}, [
        {'type': 'input_json_delta', 'partial_json': piece} for piece in halves(json.dumps(block['input']))]),
}


def whole_messages(events):
    answer, arguments = {'content': []}, ''
    for event in events:
        if event['type'] == 'message_start':
            answer = event['message']
        elif event['type'] == 'content_block_start':
            answer['content'].append(event['content_block'])
            arguments = ''
        elif event['type'] == 'content_block_delta':
            delta, block = event['delta'], answer['content'][-1]
            if delta['type'] == 'input_json_delta':
                arguments += delta['partial_json']
            elif delta['type'] == 'citations_delta':
                block.setdefault('citations', []).append(delta['citation'])
            else:
                name = delta['type'].removesuffix('_delta')
                block[name] = block.get(name, '') + delta[name]
        elif event['type'] == 'content_block_stop' and arguments:
            answer['content'][-1]['input'] = json.loads(arguments)
            arguments = ''
        elif event['type'] == 'message_delta':
            answer.update(event['delta'])
            answer['usage'] = answer['usage'] | event['usage']
    return answer


# gemini-generate

def stream_gemini(answer):
    candidate = answer['candidates'][0]
    parts = [part | {'text': piece} if 'text' in part else part for part in candidate['content']['parts']
             for piece in (halves(part['text']) if 'text' in part else [''])]
    head = {name: answer[name] for name in ('modelVersion', 'responseId') if name in answer}
    chunks = [{'candidates': [{'content': {'role': 'model', 'parts': [part]}, 'index': 0}]} | head for part in parts]
    end = {name: member for name, member in candidate.items() if name != 'content'}
    chunks.append({'candidates': [end | {'content': {'role': 'model', 'parts': [{'text': ''}]}}], 'usageMetadata': answer['usageMetadata']} | head)
    return sse(chunks)


def whole_gemini(events):
    answer, parts = {'candidates': [{}]}, []
    for event in events:
        answer.update({name: member for name, member in event.items() if name != 'candidates'})
        for candidate in event.get('candidates', ()):
            for part in candidate.get('content', {}).get('parts', ()):
                last = parts[-1] if parts else {}
                if 'text' in part and 'text' in last and part.get('thought') == last.get('thought'):
                    parts[-1] = last | part | {'text': last['text'] + part['text']}
                elif part != {'text': ''}:
                    parts.append(part)
            answer['candidates'][0].update({name: member for name, member in candidate.items() if name != 'content'})
    answer['candidates'][0]['content'] = {'role': 'model', 'parts': parts}
    return answer


STREAM = {'openai-chat': stream_chat, 'openai-responses': stream_responses, 'anthropic-messages': stream_messages, 'gemini-generate': stream_gemini}
WHOLE = {'openai-chat': whole_chat, 'openai-responses': whole_responses, 'anthropic-messages': whole_messages, 'gemini-generate': whole_gemini}
