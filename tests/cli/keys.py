#!/usr/bin/env python3
"""keys: issued keys and providers' credentials."""
import subprocess

from home import CREDENTIAL, PROGRAM, Terminal, both, document, home, ok, refused, run, scenario

KEY_FIELDS = {'id', 'name', 'key', 'prefix'}


@both('a key is issued, listed, shown, revoked and removed')
def _(h):
    issued = document(h.run('keys', 'issue', 'laptop', '--json'))
    assert KEY_FIELDS <= issued.keys(), issued
    assert issued['name'] == 'laptop' and issued['key'].startswith('aigw_') and issued['key'].startswith(issued['prefix'])
    listed = document(h.run('keys', 'list', '--json'))
    assert [k['name'] for k in listed['keys']] == ['laptop'] and listed['credentials'] == []
    assert issued['key'] not in str(listed) and issued['key'] not in ok(h.run('keys')).stdout
    for way in (issued['id'], 'laptop', issued['prefix']):
        assert document(h.run('keys', 'show', way, '--json'))['id'] == issued['id']
    assert ok(h.run('keys', 'test', 'laptop')).stdout == 'laptop: active\n'
    ok(h.run('keys', 'revoke', 'laptop'))
    ok(h.run('keys', 'revoke', 'laptop'))  # revoked stays revoked
    assert document(h.run('keys', 'show', 'laptop', '--json'))['state'] == 'revoked'
    done = h.run('keys', 'test', 'laptop')
    assert done.returncode == 1 and done.stdout == 'laptop: revoked\n'
    ok(h.run('keys', 'rm', 'laptop'))
    refused(h.run('keys', 'show', 'laptop'), 1, 'no issued key')


@both('for people, an issued key stands alone on stdout')
def _(h):
    done = ok(h.run('keys', 'issue', 'laptop'))
    assert done.stdout.startswith('aigw_') and done.stdout.count('\n') == 1 and ' ' not in done.stdout
    assert 'once' in done.stderr and done.stdout.strip() not in done.stderr


@both('a name is taken once, and a rotated key keeps it')
def _(h):
    first = document(h.run('keys', 'issue', 'ci', '--json'))
    refused(h.run('keys', 'issue', 'ci'), 1, '"ci"', 'rotate')
    second = document(h.run('keys', 'rotate', 'ci', '--json'))
    assert second['name'] == 'ci' and second['key'] != first['key'], second
    assert document(h.run('keys', 'show', 'ci', '--json'))['prefix'] == second['prefix']


@both('a key can expire')
def _(h):
    issued = document(h.run('keys', 'issue', 'guest', '--expires', '30d', '--json'))
    assert issued['expires_at'] > issued['created_at']
    refused(h.run('keys', 'issue', 'other', '--expires', 'soon'), 2, '"soon" is no duration')


@both('a credential comes by stdin, is never shown, and can be replaced and removed')
def _(h):
    ok(h.run('keys', 'add', 'openai', stdin=CREDENTIAL + '\n'))
    row = document(h.run('keys', 'show', 'openai', '--json'))
    assert row['provider'] == 'openai' and row['name'] == 'default' and CREDENTIAL not in str(row)
    ok(h.run('keys', 'add', 'openai', '--name', 'second', stdin=CREDENTIAL))
    ok(h.run('keys', 'rotate', 'openai/second', stdin=CREDENTIAL + '-new'))
    names = [c['provider'] + '/' + c['name'] for c in document(h.run('keys', 'list', '--json'))['credentials']]
    assert names == ['openai/default', 'openai/second'], names
    refused(h.run('keys', 'revoke', 'openai'), 2, 'only the provider can revoke', 'aigw keys rm')
    ok(h.run('keys', 'rm', 'openai/second'))
    ok(h.run('keys', 'rm', 'openai'))
    assert document(h.run('keys', 'list', '--json'))['credentials'] == []


@both('a credential comes from a variable')
def _(h):
    h.env['MY_KEY'] = CREDENTIAL
    ok(h.run('keys', 'add', 'anthropic', '--from-env', 'MY_KEY'))
    assert document(h.run('keys', 'show', 'anthropic', '--json'))['hint'] == CREDENTIAL[-4:]
    refused(h.run('keys', 'add', 'anthropic', '--from-env', 'NOT_SET'), 2, 'NOT_SET is not set')


@scenario('a key as an argument is refused with the reason, and not repeated')
def _():
    with home() as h:
        for words in (('keys', 'add', 'openai', CREDENTIAL), ('keys', 'add', CREDENTIAL), ('keys', 'add', 'openai', 'anything'),
                      ('keys', 'add', 'openai', '--from-env', CREDENTIAL), ('keys', 'rotate', 'openai', CREDENTIAL)):
            done = refused(h.run(*words, stdin='x'), 2, 'not taken as an argument', 'history', 'printf %s')
            assert CREDENTIAL not in done.stderr
        for words in (('keys', 'show', CREDENTIAL), ('keys', 'issue', CREDENTIAL), ('keys', 'add', 'openai', '--key=' + CREDENTIAL), (CREDENTIAL,)):
            done = h.run(*words)
            assert done.returncode == 2 and CREDENTIAL not in done.stderr + done.stdout, done


@scenario('an empty or endless stdin is no key')
def _():
    with home() as h:
        refused(h.run('keys', 'add', 'openai', stdin=' \n'), 2, 'no key came', 'printf %s')
        refused(h.run('keys', 'add', 'openai', stdin='one\ntwo\n'), 2, 'more than one line')
        refused(h.run('keys', 'add', 'openai', stdin='x' * 70_000), 2, '64 KiB')


@both('a provider that does not exist is refused with what was meant')
def _(h):
    refused(h.run('keys', 'add', 'opanai', stdin=CREDENTIAL), 1, 'opanai', 'Did you mean "openai"?')
    ok(h.run('keys', 'issue', 'laptop'))
    refused(h.run('keys', 'show', 'laptob'), 1, 'Did you mean "laptop"?')


@scenario('at a terminal the key is asked for and not echoed')
def _():
    with home() as h:
        terminal = Terminal(h, 'keys', 'add', 'openai')
        assert 'key of openai' in terminal.read('shown): ')
        terminal.write(CREDENTIAL + '\n')
        code, shown = terminal.end()
        assert code == 0 and CREDENTIAL not in shown, shown
        assert document(h.run('keys', 'show', 'openai', '--json'))['hint'] == CREDENTIAL[-4:]


@scenario('many commands at once, without a gateway, wait for each other')
def _():
    with home() as h:
        running = [subprocess.Popen([PROGRAM, 'keys', 'issue', f'k{i}'], env=h.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for i in range(12)]
        for process in running:
            _, errors = process.communicate(timeout=60)
            assert process.returncode == 0, errors
        assert len(document(h.run('keys', 'list', '--json'))['keys']) == 12


@scenario('a revoked key is refused by the running gateway at once')
def _():
    with home(serving=True) as h:
        key = document(h.run('keys', 'issue', 'a', '--json'))['key']
        assert h.request('GET', '/v1/models', key=key).status == 200
        ok(h.run('keys', 'revoke', 'a'))
        assert h.request('GET', '/v1/models', key=key).status == 401


if __name__ == '__main__':
    run()
