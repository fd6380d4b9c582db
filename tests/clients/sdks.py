#!/usr/bin/env python3
"""Real SDKs on a provider of each dialect: every cell of the matrix is a client, a provider dialect and what is asked.

    build/clients/venv/bin/python tests/clients/sdks.py [-v] [CLIENT...]      all clients, unless some are named

Python's clients run in the Python that runs this, Node's on what install.sh has installed. One gateway a dialect stands before one `aigw mock`, so that a client's process is started once for all four.
"""
import contextlib
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'support')]
from aigw import BASE_PATH, PROMPT, Gateway  # noqa: E402
from scenario import Tally, until  # noqa: E402
from installed import MODULES, client_env  # noqa: E402
from mock import Mock  # noqa: E402

PYTHON_CLIENTS = ['openai-chat', 'openai-responses', 'anthropic', 'google-genai', 'langchain-openai', 'langchain-anthropic',
                  'langchain-google']
NODE_CLIENTS = ['openai-chat', 'openai-responses', 'anthropic', 'google-genai', 'ai-openai-chat', 'ai-openai-responses', 'ai-anthropic',
                'ai-google']
COMMANDS = {f'{name}-py': [sys.executable, HERE / 'python_client.py', name] for name in PYTHON_CLIENTS}
COMMANDS |= {f'{name}-node': ['node', HERE / 'node_client.mjs', MODULES, name] for name in NODE_CLIENTS}
CASES = {'chat', 'stream', 'tools', 'streamed tool', 'structured', 'bad request', 'unknown model', 'unknown key'}
SUCCEEDED_PER_CLIENT = 6  # one a case, two for the tool's round trip
MODEL = 'up/mock-small'
QUESTION = f'Grüezi 👋 {PROMPT}'
ANSWER = f'You said "{QUESTION}". This is the built-in provider: it answers without a model, a key or a network.'
CLIENT_SECONDS_MAX = 240


def ask_all(client, gateways, tally):
    told = {'model': MODEL, 'question': QUESTION, 'answer': ANSWER,
            'gateways': {d: {'url': f'http://127.0.0.1:{g.port}', 'key': g.key} for d, g in gateways.items()}}
    why_less = ''
    try:
        done = subprocess.run(COMMANDS[client], input=json.dumps(told), capture_output=True, text=True,
                              env=client_env(), timeout=CLIENT_SECONDS_MAX)
        lines, why_less = done.stdout, done.stderr.strip()[-400:]
    except subprocess.TimeoutExpired as late:
        lines, why_less = (late.stdout or b'').decode(), f'no end within {CLIENT_SECONDS_MAX} s'
    left = {(dialect, case) for dialect in gateways for case in CASES}
    for verdict in map(json.loads, lines.splitlines()):
        name = f'{client} -> {verdict["provider"]}: {verdict["case"]}'
        left.discard((verdict['provider'], verdict['case']))
        tally.bad(name, verdict['why']) if verdict['why'] else tally.good(name)
    for dialect, case in sorted(left):
        tally.bad(f'{client} -> {dialect}: {case}', f'the client ended early: {why_less}')


def check_ledger(dialect, gateway, clients, tally):
    """No call was made twice, and each is in the ledger with the tokens that the provider counted."""
    name = f'ledger of {dialect}'
    rows = [row for row in gateway.tail() if row['outcome'] == 'succeeded']
    guessed = [row['id'] for row in rows if row['usage_source'] != 'provider']
    if len(rows) != SUCCEEDED_PER_CLIENT * clients:
        tally.bad(name, f'{len(rows)} rows succeeded, {SUCCEEDED_PER_CLIENT * clients} calls were made')
    elif guessed:
        tally.bad(name, f'rows without the provider\'s usage: {guessed[:3]}')
    else:
        tally.good(name)


def main():
    arguments = sys.argv[1:]
    clients = [a for a in arguments if not a.startswith('-')] or list(COMMANDS)
    tally = Tally('-v' in arguments)
    with contextlib.ExitStack() as stack:
        mock = stack.enter_context(Mock())
        gateways = {d: stack.enter_context(Gateway([('up', d, mock.url)])) for d in BASE_PATH}
        for gateway in gateways.values():
            assert until(lambda: 'mock-small' in gateway.cli('models', '--json')), 'the provider\'s own list is not learnt'
        for client in clients:
            ask_all(client, gateways, tally)
        for dialect, gateway in gateways.items():
            check_ledger(dialect, gateway, len(clients), tally)
    tally.end()


if __name__ == '__main__':
    main()
