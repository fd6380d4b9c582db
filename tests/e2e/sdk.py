#!/usr/bin/env python3
"""The real OpenAI and Anthropic SDKs against the program, with `aigw mock` and a scripted provider behind it; then the
ledger is asked what it knows of each call. Run it with the Python that venv.sh prints."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
import anthropic
import openai
from aigw import PROMPT, Gateway
from mock import Mock
from prometheus_client.parser import text_string_to_metric_families
from scenario import run, scenario, until
from upstream import (CHAT_USAGE, Upstream, answer, chat_completion, chat_events, chunk, close, event, head, json_answer,
                      message, message_events, send, stream_steps)

QUESTION = [{'role': 'user', 'content': f'Say hello. {PROMPT}'}]
WEATHER = {'type': 'object', 'properties': {'city': {'type': 'string'}}, 'required': ['city']}


def openai_client(gateway, **more):
    return openai.OpenAI(base_url=f'http://127.0.0.1:{gateway.port}/v1', api_key=more.pop('key', gateway.key), max_retries=0, timeout=20, **more)


def anthropic_client(gateway, **more):
    return anthropic.Anthropic(base_url=f'http://127.0.0.1:{gateway.port}', api_key=more.pop('key', gateway.key), max_retries=0, timeout=20, **more)


def last_row(gateway):
    return gateway.tail(1)[0]


# ---- the built-in provider
@scenario('OpenAI SDK and the built-in provider: chat, stream, embeddings, models')
def _():
    with Mock() as mock, Gateway([('mock', 'openai-chat', mock.url)]) as gateway:
        client = openai_client(gateway)
        completion = client.chat.completions.create(model='mock/gpt-4o-mini', messages=QUESTION)
        assert completion.choices[0].message.content and completion.choices[0].finish_reason == 'stop', completion
        row = last_row(gateway)
        assert row['outcome'] == 'succeeded' and row['usage_source'] == 'provider', row
        assert row['tokens']['input'] + row['tokens']['cache_read'] == completion.usage.prompt_tokens, (row, completion.usage)
        assert row['tokens']['output'] == completion.usage.completion_tokens, (row, completion.usage)
        assert row['cost_nano_usd'] > 0, row

        chunks = list(client.chat.completions.create(model='mock/gpt-4o-mini', messages=QUESTION, stream=True))
        assert ''.join(c.choices[0].delta.content or '' for c in chunks if c.choices), chunks
        assert all(c.choices for c in chunks), 'a usage chunk reached a client that did not ask for it'
        row = last_row(gateway)
        assert row['stream'] and row['tokens']['output'] > 0 and row['ttft_ms'] is not None, row

        chunks = list(client.chat.completions.create(model='mock/gpt-4o-mini', messages=QUESTION, stream=True, stream_options={'include_usage': True}))
        assert chunks[-1].usage and chunks[-1].usage.completion_tokens > 0, chunks[-1]

        tools = [{'type': 'function', 'function': {'name': 'weather', 'parameters': WEATHER}}]
        asked = client.chat.completions.create(model='mock/gpt-4o-mini', tools=tools, messages=[{'role': 'user', 'content': 'use the tool weather'}])
        assert asked.choices[0].finish_reason == 'tool_calls' and asked.choices[0].message.tool_calls[0].function.name == 'weather', asked

        vector = client.embeddings.create(model='mock/text-embedding-3-small', input=f'a text {PROMPT}')
        assert len(vector.data) == 1 and len(vector.data[0].embedding) > 0, vector
        assert last_row(gateway)['operation'] == 'embeddings', last_row(gateway)

        models = [m.id for m in client.models.list()]
        assert models, 'no model is listed'
        assert client.models.retrieve(models[0]).id == models[0]


@scenario('Anthropic SDK and the built-in provider: messages, stream, count_tokens')
def _():
    with Mock() as mock, Gateway([('mock', 'anthropic-messages', mock.url)]) as gateway:
        client = anthropic_client(gateway)
        reply = client.messages.create(model='mock/claude-sonnet-4-5', max_tokens=64, messages=QUESTION)
        assert reply.content[0].text and reply.stop_reason == 'end_turn', reply
        row = last_row(gateway)
        assert row['outcome'] == 'succeeded' and row['client_dialect'] == 'anthropic-messages', row
        assert row['tokens']['output'] == reply.usage.output_tokens and row['cost_nano_usd'] > 0, row

        with client.messages.stream(model='mock/claude-sonnet-4-5', max_tokens=64, messages=QUESTION) as stream:
            text = ''.join(stream.text_stream)
            final = stream.get_final_message()
        assert text and final.stop_reason == 'end_turn', final
        assert last_row(gateway)['tokens']['output'] == final.usage.output_tokens, last_row(gateway)

        assert client.messages.count_tokens(model='mock/claude-sonnet-4-5', messages=QUESTION).input_tokens > 0
        assert last_row(gateway)['operation'] == 'count_tokens', last_row(gateway)


# ---- a scripted provider
@scenario('OpenAI SDK: tool calls come whole and in pieces')
def _():
    call = {'id': 'call_1', 'type': 'function', 'function': {'name': 'weather', 'arguments': '{"city":"Zürich"}'}}

    def script(request):
        if not request.json.get('stream'):
            whole = chat_completion()
            whole['choices'][0].update(finish_reason='tool_calls', message={'role': 'assistant', 'content': None, 'tool_calls': [call]})
            return [send(json_answer(whole))]
        base = {'id': 'chatcmpl-test', 'object': 'chat.completion.chunk', 'created': 1, 'model': 'gpt-4o-mini'}
        deltas = [{'role': 'assistant', 'content': None},
                  {'tool_calls': [{'index': 0, **call, 'function': {'name': 'weather', 'arguments': ''}}]}]
        deltas += [{'tool_calls': [{'index': 0, 'function': {'arguments': part}}]} for part in ('{"ci', 'ty":"Zü', 'rich"}')]
        events = [event({**base, 'choices': [{'index': 0, 'delta': d, 'finish_reason': None}]}) for d in deltas]
        events.append(event({**base, 'choices': [{'index': 0, 'delta': {}, 'finish_reason': 'tool_calls'}]}))
        return stream_steps(events + [event({**base, 'choices': [], 'usage': CHAT_USAGE}), event('[DONE]')])

    tools = [{'type': 'function', 'function': {'name': 'weather', 'parameters': WEATHER}}]
    with Upstream(script) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        client = openai_client(gateway)
        got = client.chat.completions.create(model='gpt-4o-mini', messages=QUESTION, tools=tools).choices[0].message.tool_calls[0]
        assert json.loads(got.function.arguments) == {'city': 'Zürich'}, got
        parts = [c.choices[0].delta.tool_calls[0].function.arguments for c in client.chat.completions.create(
            model='gpt-4o-mini', messages=QUESTION, tools=tools, stream=True) if c.choices and c.choices[0].delta.tool_calls]
        assert json.loads(''.join(parts)) == {'city': 'Zürich'}, parts
        rows = gateway.tail(2)
        assert [r['tokens'] for r in rows] == [{'input': 60, 'cache_read': 40, 'cache_write': 0, 'output': 10}] * 2, rows


@scenario('Anthropic SDK: tool use comes whole and in pieces')
def _():
    block = {'type': 'tool_use', 'id': 'toolu_1', 'name': 'weather', 'input': {'city': 'Oslo'}}

    def script(request):
        if not request.json.get('stream'):
            return [send(json_answer({**message(), 'content': [block], 'stop_reason': 'tool_use'}))]
        start, *_ = message_events()
        events = [('content_block_start', {'index': 0, 'content_block': {**block, 'input': {}}})]
        events += [('content_block_delta', {'index': 0, 'delta': {'type': 'input_json_delta', 'partial_json': p}}) for p in ('', '{"ci', 'ty":"Oslo"}')]
        events += [('content_block_stop', {'index': 0}),
                   ('message_delta', {'delta': {'stop_reason': 'tool_use', 'stop_sequence': None}, 'usage': {'output_tokens': 10}}), ('message_stop', {})]
        return stream_steps([start] + [event({'type': n, **f}, n) for n, f in events])

    tools = [{'name': 'weather', 'input_schema': WEATHER}]
    with Upstream(script) as upstream, Gateway([('up', 'anthropic-messages', upstream.url)]) as gateway:
        client = anthropic_client(gateway)
        reply = client.messages.create(model='claude-sonnet-4-5', max_tokens=64, messages=QUESTION, tools=tools)
        assert reply.content[0].input == {'city': 'Oslo'}, reply
        with client.messages.stream(model='claude-sonnet-4-5', max_tokens=64, messages=QUESTION, tools=tools) as stream:
            assert stream.get_final_message().content[0].input == {'city': 'Oslo'}
        rows = gateway.tail(2)
        assert [r['tokens'] for r in rows] == [{'input': 60, 'cache_read': 40, 'cache_write': 0, 'output': 10}] * 2, rows


def raised(call):
    try:
        call()
    except (openai.APIError, anthropic.APIError) as error:
        return error
    raise AssertionError('no error was raised')


@scenario('OpenAI SDK: each failure raises its own class')
def _():
    statuses = {'m-400': 400, 'm-401': 401, 'm-404': 404, 'm-429': 429, 'm-500': 500}

    def script(request):
        status = statuses[request.json['model']]
        return [send(json_answer({'error': {'message': f'told {status}', 'type': 'some_error', 'param': None, 'code': None}}, status))]
    with Upstream(script, models=None) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        client = openai_client(gateway)

        def ask(model, client=client):
            return lambda: client.chat.completions.create(model=model, messages=QUESTION)
        assert isinstance(raised(ask('m-400')), openai.BadRequestError)
        assert isinstance(raised(ask('m-404')), openai.NotFoundError)
        assert isinstance(raised(ask('m-429')), openai.RateLimitError)
        assert isinstance(raised(ask('m-500')), openai.InternalServerError)
        refused = raised(ask('m-401'))  # it is the gateway's key that is wrong, not the client's
        assert not isinstance(refused, openai.AuthenticationError) and refused.status_code >= 500, refused
        assert isinstance(raised(ask('x', openai_client(gateway, key='aigw_wrong'))), openai.AuthenticationError)
        assert [r['outcome'] for r in gateway.tail(20)] == ['failed'] * 5, gateway.tail(20)


@scenario('OpenAI SDK: a model that nobody lists is not found, and the row says refused')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        assert until(lambda: 'fake' in gateway.cli('models', '--json')), 'the provider\'s own list is not learnt'
        missing = raised(lambda: openai_client(gateway).chat.completions.create(model='nowhere/model', messages=QUESTION))
        assert isinstance(missing, openai.NotFoundError) and missing.code == 'model_not_found', missing
        assert last_row(gateway)['outcome'] == 'refused' and not upstream.seen, last_row(gateway)


@scenario('Anthropic SDK: each failure raises its own class')
def _():
    def script(request):
        status = int(request.json['model'])
        return [send(json_answer({'type': 'error', 'error': {'type': 'some_error', 'message': f'told {status}'}, 'request_id': 'req_up'}, status))]
    with Upstream(script, models=None) as upstream, Gateway([('up', 'anthropic-messages', upstream.url)]) as gateway:
        client = anthropic_client(gateway)

        def ask(model, client=client):
            return lambda: client.messages.create(model=model, max_tokens=8, messages=QUESTION)
        assert isinstance(raised(ask('400')), anthropic.BadRequestError)
        assert isinstance(raised(ask('404')), anthropic.NotFoundError)
        assert isinstance(raised(ask('429')), anthropic.RateLimitError)
        assert raised(ask('529')).status_code == 529
        refused = raised(ask('401'))
        assert not isinstance(refused, anthropic.AuthenticationError) and refused.status_code >= 500, refused
        assert isinstance(raised(ask('x', anthropic_client(gateway, key='aigw_wrong'))), anthropic.AuthenticationError)
        bearer = anthropic.Anthropic(base_url=f'http://127.0.0.1:{gateway.port}', auth_token=gateway.key, api_key=None, max_retries=0)
        assert isinstance(raised(ask('404', bearer)), anthropic.NotFoundError), 'a key as a bearer token is taken, too'


@scenario('both SDKs see an error when a stream breaks off')
def _():
    def script(request):
        whole = message_events() if request.path.endswith('/messages') else chat_events()
        return [send(head(200, 'text/event-stream'))] + [send(chunk(e)) for e in whole[:4]] + [close()]
    with Upstream(script) as upstream, Gateway([('oa', 'openai-chat', upstream.url), ('an', 'anthropic-messages', upstream.url)]) as gateway:
        stream = openai_client(gateway).chat.completions.create(model='oa/gpt-4o-mini', messages=QUESTION, stream=True)
        raised(lambda: list(stream))

        def listen():
            with anthropic_client(gateway).messages.stream(model='an/claude-sonnet-4-5', max_tokens=8, messages=QUESTION) as s:
                list(s)
        raised(listen)
        assert [r['outcome'] for r in gateway.tail(2)] == ['failed', 'failed'], gateway.tail(2)


@scenario('sums and rows agree after all of that')
def _():
    with Mock() as mock, Gateway([('mock', 'openai-chat', mock.url)]) as gateway:
        client = openai_client(gateway)
        for n in range(10):
            client.chat.completions.create(model='mock/gpt-4o-mini', messages=QUESTION)
        totals, rows = gateway.stats()['totals'], gateway.tail()
        assert totals['requests'] == totals['succeeded'] == len(rows) == 10, totals
        assert totals['cost_nano_usd'] == sum(r['cost_nano_usd'] for r in rows), totals
        for bucket in ('input', 'cache_read', 'cache_write', 'output'):
            assert totals['tokens'][bucket] == sum(r['tokens'][bucket] for r in rows), (bucket, totals)
        by_model = gateway.stats('--by', 'model')['rows']
        assert [r['requests'] for r in by_model] == [10], by_model


@scenario('aigw run: both SDKs find the gateway, their key and the model by themselves')
def _():
    program = '''import os, anthropic, openai
ask = [{"role": "user", "content": "hello"}]
for client in (openai.OpenAI(), anthropic.Anthropic()):
    assert client.api_key.startswith("aigw_"), "the key is not ours"
print(openai.OpenAI().chat.completions.create(model=os.environ["OPENAI_MODEL"], messages=ask).choices[0].message.content)
print(anthropic.Anthropic().messages.create(model=os.environ["ANTHROPIC_MODEL"], max_tokens=64, messages=ask).content[0].text)'''
    with Mock() as mock:
        gateway = Gateway(key=False, env={'AIGW_LISTEN': '127.0.0.1:0'})
        gateway.cli('providers', 'add', 'mock', '--dialect', 'openai-chat', '--base-url', mock.url + '/v1',
                    '--speaks', 'anthropic-messages=' + mock.url, '--auth', 'none', '--allow-private', '--free')
        done = gateway.run('run', '--model', 'mock/mock-small', '--', sys.executable, '-c', program)
        assert done.returncode == 0 and len(done.stdout.splitlines()) == 2, done
        assert [row['outcome'] for row in gateway.tail()] == ['succeeded'] * 2, gateway.tail()
        gateway.__exit__(None)


@scenario('the Prometheus client reads /metrics')
def _():
    with Mock() as mock, Gateway([('mock', 'openai-chat', mock.url)]) as gateway:
        openai_client(gateway).chat.completions.create(model='mock/gpt-4o-mini', messages=QUESTION)
        families = {family.name: family for family in text_string_to_metric_families(gateway.request('GET', '/metrics').body.decode())}
        assert families['aigw_requests'].type == 'counter' and families['aigw_request_duration_seconds'].type == 'histogram'
        assert sum(sample.value for sample in families['aigw_requests'].samples) == 1
        assert all(family.documentation and family.type != 'unknown' for family in families.values())


if __name__ == '__main__':
    run()
