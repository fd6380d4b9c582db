#!/usr/bin/env python3
"""providers, models and probe, with the built-in provider as the one that is reached."""
import contextlib
import subprocess

from home import PROGRAM, both, document, free_port, home, ok, refused, run, scenario


@contextlib.contextmanager
def mock(h):
    process = subprocess.Popen([PROGRAM, 'mock', '--listen', '127.0.0.1:0'], env=h.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        assert process.wait(10) == 0, 'mock does not end well'
        process.stdout.close()


def named(rows, name):
    return next(row for row in rows if row['name'] == name)


@both('a provider is added, changed and removed')
def _(h):
    ok(h.run('providers', 'add', 'local', '--dialect', 'openai-chat', '--base-url', 'http://127.0.0.1:9000/v1', '--allow-private', '--free',
             '--speaks', 'anthropic-messages=http://127.0.0.1:9000', '--auth', 'none'))
    row = named(document(h.run('providers', 'list', '--json'))['providers'], 'local')
    assert row['free'] and row['allow_private'] and row['origin'] == 'database', row
    assert [(e['dialect'], e['base_url'], e['auth']) for e in row['endpoints']] == [
        ('openai-chat', 'http://127.0.0.1:9000/v1', 'none'), ('anthropic-messages', 'http://127.0.0.1:9000', 'none')], row
    refused(h.run('providers', 'add', 'local', '--dialect', 'openai-chat', '--base-url', 'https://h/v1'), 1, 'local')
    ok(h.run('providers', 'set', 'local', '--dialect', 'openai-chat', '--base-url', 'https://api.example.com/v1', '--prices-as', 'openai'))
    row = named(document(h.run('providers', 'list', '--json'))['providers'], 'local')
    assert row['prices_as'] == 'openai' and not row['free'] and len(row['endpoints']) == 1, row
    assert 'local' in ok(h.run('providers')).stdout
    ok(h.run('providers', 'rm', 'local'))
    assert 'local' not in ok(h.run('providers')).stdout
    refused(h.run('providers', 'rm', 'local'), 1, 'local')


@both('a provider that could not work is refused')
def _(h):
    refused(h.run('providers', 'add', 'x', '--dialect', 'openai-chat', '--base-url', 'http://127.0.0.1:9/v1'), 2, '127.0.0.1', 'allow')
    refused(h.run('providers', 'add', 'x', '--dialect', 'openai-chat', '--base-url', 'ftp://h/v1'), 2)
    refused(h.run('providers', 'add', 'x', '--dialect', 'openai-chat'), 2)
    refused(h.run('providers', 'add', 'No Name', '--dialect', 'openai-chat', '--base-url', 'https://h/v1'), 2)
    refused(h.run('providers', 'add', 'x', '--dialect', 'openai-chat', '--base-url', 'https://h/v1', '--speaks', 'nothing'), 2, "no '='")
    refused(h.run('providers', 'add', 'x', '--dialect', 'openai-chat', '--base-url', 'https://h/v1', '--free', '--prices-as', 'openai'), 2, 'exclude')
    refused(h.run('providers', 'add', 'x', '--dialect', 'openai-chat', '--base-url', 'https://h/v1', '--prices-as', 'opanai'), 2, 'opanai')


@scenario('a provider of the configuration file is listed with its line and not changed from here')
def _():
    with home(config='[[providers]]\nname = "mine"\ndialect = "openai-chat"\nbase_url = "https://api.example.com/v1"\n') as h:
        row = named(document(h.run('providers', 'list', '--json'))['providers'], 'mine')
        assert row['origin'] == 'file' and row['line'] == 1, row
        refused(h.run('providers', 'rm', 'mine'), 1, 'configuration file')
        refused(h.run('providers', 'add', 'mine', '--dialect', 'openai-chat', '--base-url', 'https://h/v1'), 1, 'mine')


@both('models are listed with their prices, for callable providers unless asked')
def _(h):
    assert document(h.run('models', '--json'))['models'] == []
    assert 'aigw keys add' in h.run('models').stderr
    every = document(h.run('models', '--all', '--json'))['models']
    model = next(m for m in every if m['id'] == 'gpt-4o-mini' and m['provider'] == 'openai')
    assert model['price_pico_usd_per_token']['input'] == 150_000 and model['context_tokens_max'] == 128_000, model
    ok(h.run('keys', 'add', 'openai', stdin='sk-something-long-enough'))
    callable_ones = document(h.run('models', '--json'))['models']
    assert callable_ones and {m['provider'] for m in callable_ones} == {'openai'}
    assert {m['provider'] for m in document(h.run('models', '--provider', 'anthropic', '--json'))['models']} == {'anthropic'}
    assert 'gpt-4o-mini' in ok(h.run('models')).stdout


@both('probe: nothing configured is 3, all healthy 0, some not 1, an unknown name is an error')
def _(h):
    done = h.run('probe')
    assert done.returncode == 3 and 'aigw keys add' in done.stderr and done.stdout == '', done
    done = h.run('probe', '--json')
    assert done.returncode == 3 and done.stdout == '{"providers":[]}\n', done
    with mock(h) as url:
        ok(h.run('providers', 'add', 'good', '--dialect', 'openai-chat', '--base-url', url + '/v1', '--allow-private', '--auth', 'none'))
        report = document(h.run('probe', '--json'))['providers']
        assert [(r['provider'], r['healthy'], r['reached'], r['status']) for r in report] == [('good', True, True, 200)], report
        assert report[0]['latency_ms'] > 0
        ok(h.run('providers', 'add', 'gone', '--dialect', 'openai-chat', '--base-url', f'http://127.0.0.1:{free_port()}/v1', '--allow-private'))
        done = h.run('probe', '--timeout', '2s')
        assert done.returncode == 1 and 'good' in done.stdout and 'not reached' in done.stdout, done
        ok(h.run('probe', 'good'))
    refused(h.run('probe', 'goood'), 1, 'goood', 'Did you mean "good"?')
    refused(h.run('probe', '--timeout', 'x'), 2)


if __name__ == '__main__':
    run()
