#!/usr/bin/env python3
"""models: what can be asked for; others' price lists, corrections."""
import json
import pathlib

from home import CREDENTIAL, both, document, home, ok, refused, run, scenario

LITELLM = {
    'sample_spec': {'mode': 'one of: chat, ...', 'max_tokens': 'legacy'},
    'gpt-4o-mini': {'litellm_provider': 'openai', 'mode': 'chat', 'max_input_tokens': 99000, 'max_output_tokens': 9000,
                    'input_cost_per_token': 2e-07, 'output_cost_per_token': 8e-07, 'supports_vision': True},
    'together_ai/rocket': {'litellm_provider': 'together_ai', 'mode': 'chat', 'input_cost_per_token': 1.5e-07, 'output_cost_per_token': 6e-07},
    'openai/unpriced-1': {'litellm_provider': 'openai', 'mode': 'chat', 'max_input_tokens': 1000},
    'dall-e': {'litellm_provider': 'openai', 'mode': 'image_generation'},
    'nobody/knows': {'litellm_provider': 'nobody', 'mode': 'chat'},
}
MODELS_DEV = {
    'google': {'env': ['GOOGLE_API_KEY', 'GEMINI_API_KEY'], 'models': {
        'gemini-new': {'tool_call': True, 'reasoning': True, 'modalities': {'input': ['text', 'image']},
                       'cost': {'input': 0.3, 'output': 2.5, 'cache_read': 0.075}, 'limit': {'context': 1048576, 'output': 65536}}}},
    'unheard-of': {'env': [], 'models': {'x': {}}},
}


def file_of(h, content):
    path = pathlib.Path(h.home, 'list.json')
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


def model(h, name):
    provider, _, wanted = name.partition('/')
    rows = document(h.run('models', '--all', '--json'))['models']
    found = [row for row in rows if row['provider'] == provider and row['id'] == wanted]
    return found[0] if found else None


@both("LiteLLM's list lies over the catalogue, and can be taken away again")
def _(h):
    before = model(h, 'openai/gpt-4o-mini')
    assert before['origin'] == 'catalogue', before
    done = document(h.run('models', 'import', file_of(h, LITELLM), '--json'))
    assert done == {'source': 'litellm', 'models': 3, 'left_out': 3}, done
    row = model(h, 'openai/gpt-4o-mini')
    assert row['context_tokens_max'] == 99000 and row['output_tokens_max'] == 9000 and row['origin'] == 'litellm', row
    assert row['price_pico_usd_per_token'] == {'input': 200000, 'cache_read': before['price_pico_usd_per_token']['cache_read'],
                                               'cache_write': before['price_pico_usd_per_token']['cache_write'], 'output': 800000}, row
    assert model(h, 'together/rocket')['price_pico_usd_per_token']['cache_read'] == 150000, 'a cached token costs no less, as far as is known'
    assert model(h, 'openai/unpriced-1')['price_pico_usd_per_token'] is None and model(h, 'openai/unpriced-1')['price_source'] == 'none'
    assert 'litellm' in ok(h.run('models', '--all')).stdout

    del LITELLM['together_ai/rocket']
    ok(h.run('models', 'import', file_of(h, LITELLM)))
    assert model(h, 'together/rocket') is None, 'a list read again takes its own place'
    assert '2 imported models' in ok(h.run('models', 'rm', '--imported')).stderr
    assert model(h, 'openai/gpt-4o-mini') == before
    LITELLM['together_ai/rocket'] = {'litellm_provider': 'together_ai', 'mode': 'chat', 'input_cost_per_token': 1.5e-07, 'output_cost_per_token': 6e-07}


@both("models.dev's list is told by itself, its providers by the variables of their keys")
def _(h):
    assert document(h.run('models', 'import', file_of(h, MODELS_DEV), '--json')) == {'source': 'models.dev', 'models': 1, 'left_out': 1}
    row = model(h, 'gemini/gemini-new')
    assert row['capabilities'] == 'chat tools vision reasoning' and row['context_tokens_max'] == 1048576, row
    assert row['price_pico_usd_per_token'] == {'input': 300000, 'cache_read': 75000, 'cache_write': 300000, 'output': 2500000}, row


@both('a correction holds over an import, says only what it says, and can be taken back')
def _(h):
    before = model(h, 'openai/gpt-4o-mini')
    ok(h.run('models', 'set', 'openai/gpt-4o-mini', '--context', '64000'))
    ok(h.run('models', 'set', 'openai/gpt-4o-mini', '--input', '0.1'))
    ok(h.run('models', 'import', file_of(h, LITELLM)))
    row = model(h, 'openai/gpt-4o-mini')
    assert row['context_tokens_max'] == 64000 and row['output_tokens_max'] == 9000 and row['origin'] == 'own', row
    assert row['price_pico_usd_per_token']['input'] == 100000 and row['price_pico_usd_per_token']['output'] == 800000, row
    ok(h.run('models', 'rm', 'openai/gpt-4o-mini'))
    assert model(h, 'openai/gpt-4o-mini') == before
    refused(h.run('models', 'rm', 'openai/gpt-4o-mini'), 1, 'nothing was imported or corrected')


@both('a model of a server of one\'s own gets a price')
def _(h):
    ok(h.run('providers', 'add', 'mine', '--dialect', 'openai-chat', '--base-url', 'http://127.0.0.1:9/v1', '--allow-private'))
    ok(h.run('models', 'set', 'mine/big/llama', '--input', '0.1', '--output-price', '0.4', '--capabilities', 'chat tools'))
    row = model(h, 'mine/big/llama')
    assert row['price_source'] == 'own' and row['callable'] and row['origin'] == 'own', row
    assert row['price_pico_usd_per_token'] == {'input': 100000, 'cache_read': 100000, 'cache_write': 100000, 'output': 400000}, row


@both('mistakes are named')
def _(h):
    refused(h.run('models', 'set', 'gpt-4o', '--context', '1'), 2, 'names no provider', 'PROVIDER/MODEL')
    refused(h.run('models', 'set', 'opanai/gpt-4o', '--context', '1'), 1, 'Did you mean "openai"?')
    refused(h.run('models', 'set', 'openai/gpt-4o'), 2, 'nothing is said')
    refused(h.run('models', 'set', 'openai/gpt-4o', '--input', 'cheap'), 2, '--input must be dollars')
    refused(h.run('models', 'set', 'openai/gpt-4o', '--input', '0.0000001'), 2, '--input must be dollars')
    refused(h.run('models', 'set', 'openai/gpt-4o', '--context', '-1'), 2)
    refused(h.run('models', 'rm'), 2, 'say one model')
    refused(h.run('models', 'import', str(pathlib.Path(h.home, 'none.json'))), 1, 'none.json')
    refused(h.run('models', 'import', file_of(h, '{"a": 1}')), 2, 'no list of models that aigw can read', 'models.dev')
    refused(h.run('models', 'import', file_of(h, '{"a": ')), 2)
    refused(h.run('models', 'import', file_of(h, {'m': {'litellm_provider': 'nobody', 'mode': 'chat'}})), 2, 'no model of this file can be used')


@scenario('the running gateway tells clients of an import at once')
def _():
    with home(serving=True, key=True) as h:
        ok(h.run('keys', 'add', 'openai', stdin=CREDENTIAL))
        ok(h.run('models', 'import', file_of(h, LITELLM)))
        listed = {row['id']: row for row in h.request('GET', '/v1/models').json['data']}
        assert listed['gpt-4o-mini']['context_length'] == 99000 and listed['gpt-4o-mini']['pricing']['prompt'] == '0.0000002', listed['gpt-4o-mini']
        assert 'pricing' not in listed['unpriced-1']


if __name__ == '__main__':
    run()
