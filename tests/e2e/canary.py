#!/usr/bin/env python3
"""Secrets and prompts are kept nowhere: not in logs, database, journal, error bodies, command line or environment.

Every other black-box test searches its gateway's home too (tests/support/aigw.py)."""
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import CREDENTIAL, PROMPT, Gateway
from scenario import run, scenario
from upstream import Upstream, answer, chat_completion, close, json_answer, reset, send

MASTER = 'canary-master-key-0123456789abcdef0123456789abcdef'


def shown(pid):
    """What other programs of this user can see of a process."""
    return pathlib.Path(f'/proc/{pid}/cmdline').read_bytes() + pathlib.Path(f'/proc/{pid}/environ').read_bytes()


@scenario('no secret in /proc, errors, output or files, whatever goes wrong')
def _():
    def echo(request):
        """A provider that repeats the credential and the prompt in its errors, as some do."""
        model = request.json['model']
        if model == 'cut':
            return [send(b'HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{"id"'), close()]
        if model == 'reset':
            return [reset()]
        if model == 'garbage':
            return [send(f'{CREDENTIAL} {PROMPT}\r\n\r\n'.encode()), close()]
        if model in ('401', '500'):
            said = {'error': {'message': f'Incorrect API key provided: {CREDENTIAL}', 'type': 'x', 'param': None, 'code': None}}
            return [send(json_answer(said, int(model)))]
        return answer(request)
    with Upstream(echo, models=None) as upstream, Gateway([('up', 'openai-chat', upstream.url)], arguments=['--log-level', 'debug'],
                                             env={'AIGW_MASTER_KEY': MASTER}) as gateway:
        visible = shown(gateway.process.pid)
        for secret in (MASTER, CREDENTIAL, gateway.key):
            assert secret.encode() not in visible, f'{secret} is seen in /proc'
        answers = [gateway.chat(m) for m in ('gpt-4o-mini', 'cut', 'reset', 'garbage', '401', '500', 'nowhere/x')]
        answers += [gateway.chat('gpt-4o-mini', stream=True), gateway.post('/v1/chat/completions', f'{{"model": "{PROMPT}'.encode()),
                    gateway.post('/v1/chat/completions', {'model': 'gpt-4o-mini', 'messages': PROMPT}),
                    gateway.request('GET', f'/v1/models?key={gateway.key}', key=None),
                    gateway.request('POST', '/v1/chat/completions', b'{}', key=CREDENTIAL)]
        for got in answers:
            assert CREDENTIAL.encode() not in got.body, f'the credential is in an answer: {got}'
            assert gateway.key.encode() not in got.body, f'the key is in an answer: {got}'
            assert PROMPT.encode() not in got.body or got.status == 200, f'the prompt is in an error: {got}'
        said = ''.join(gateway.cli(*a) for a in (['tail', '-n', '50', '--json'], ['stats', '--json'], ['keys', 'list', '--json'],
                                                  ['providers', 'list', '--json'], ['keys', 'show', 'test', '--json']))
        for secret in (MASTER, CREDENTIAL, PROMPT, gateway.key):
            assert secret not in said, f'{secret} is printed by a command'
        assert not any(MASTER.encode() in p.read_bytes() for p in pathlib.Path(gateway.home).rglob('*') if p.is_file())


@scenario('files and folders are readable by their owner alone')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        assert gateway.chat().status == 200
        open_to_others = [f'{p.name} {p.lstat().st_mode & 0o777:o}' for p in pathlib.Path(gateway.home).rglob('*')
                          if p.name not in ('serve.log', 'aigw.toml') and p.lstat().st_mode & 0o077]
        assert not open_to_others, open_to_others


@scenario('a crash leaves no memory on the disk')
def _():
    with Gateway(key=False) as gateway:
        limits = pathlib.Path(f'/proc/{gateway.process.pid}/limits').read_text()
        assert re.search(r'^Max core file size +0 ', limits, re.M), limits  # the hard one is left to what `run` starts


@scenario('a name that a provider or a client chose cannot steer the terminal')
def _():
    def red(request):
        return [send(json_answer({**chat_completion(), 'model': '\x1b[31mred\x07'}))]
    with Upstream(red) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        served = gateway.chat()
        asked = gateway.chat('up/\x1b[31mblue')
        for request_id in (served.headers['x-request-id'], asked.headers['x-request-id']):
            shown = gateway.cli('show', request_id)
            assert not re.search(r'[\x00-\x09\x0b-\x1f\x7f]', shown), repr(shown)
        for shown in (gateway.cli('tail'), gateway.cli('stats', '--by', 'model')):
            assert 'red' in shown and not re.search(r'[\x00-\x09\x0b-\x1f\x7f]', shown), repr(shown)


@scenario('a key as an argument is refused, with the reason')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        done = gateway.run('keys', 'add', 'up', CREDENTIAL)
        assert done.returncode == 2 and CREDENTIAL not in done.stderr + done.stdout, done
        assert 'Pipe it in' in done.stderr, done.stderr


if __name__ == '__main__':
    run()
