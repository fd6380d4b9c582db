#!/usr/bin/env python3
"""config: which values hold, where each was said, and whether the file is right."""
import json
import pathlib

from home import CREDENTIAL, document, home, ok, refused, run, scenario
from upstream import Upstream, answer  # noqa: E402


def settings(h, *arguments):
    return {row['key']: row for row in document(h.run('config', 'show', '--json', *arguments))['settings']}


@scenario('config show says where each value was said, in the order in which they go before each other')
def _():
    config = '[log]\nlevel = "warn"\n[timeouts]\nidle = "30s"\ngate = "5s"\n[profile.prod.timeouts]\ngate = "6s"\n'
    with home(config=config) as h:
        h.env['AIGW_TIMEOUTS_HEARTBEAT'] = '7s'
        found = settings(h, '--profile', 'prod')
        file = f'{h.home}/aigw.toml'
        assert (found['log.level']['value'], found['log.level']['where']) == ('warn', f'{file}:2')
        assert (found['timeouts.gate']['value'], found['timeouts.gate']['where']) == ('6s', f'{file}:7')
        assert found['timeouts.gate']['source'] == 'profile' and found['timeouts.idle']['source'] == 'file'
        assert (found['timeouts.heartbeat']['value'], found['timeouts.heartbeat']['where']) == ('7s', 'AIGW_TIMEOUTS_HEARTBEAT')
        assert found['server.listen']['source'] == 'default' and found['server.listen']['applies'] == 'at restart'
        assert settings(h)['timeouts.gate']['value'] == '5s'
        shown = ok(h.run('config', 'show', 'timeouts')).stdout
        assert f'{file}:4' in shown and 'server.listen' not in shown
        refused(h.run('config', 'show', 'timeouts.ilde'), 2, 'timeouts.idle')


@scenario('config show and check never show a secret')
def _():
    with home(config='[[providers]]\nname = "openai"\nkey_env = "OPENAI_API_KEY"\n') as h:
        h.env.update(OPENAI_API_KEY='sk-canary-config-show', AIGW_MASTER_KEY='canary-master-key-text')
        for arguments in (('show',), ('show', '--json'), ('check',)):
            done = ok(h.run('config', *arguments))
            assert 'canary' not in done.stdout + done.stderr
        assert 'variable OPENAI_API_KEY' in h.run('config', 'show', '--json').stdout


@scenario('config check is silent on stdout, names the line of a mistake, and starts nothing')
def _():
    with home() as h:
        file = pathlib.Path(h.home, 'aigw.toml')
        done = ok(h.run('config', 'check'))
        assert done.stdout == '' and 'the defaults hold' in done.stderr
        file.write_text('[server]\nlisten = "127.0.0.1:1"\n')
        assert 'is right' in ok(h.run('config', 'check')).stderr
        for wrong, *words in (
                ('[server]\nlisten = "0.0.0.0:2449"\n', 'in clear', '--allow-insecure-bind'),
                ('[server]\nlisen = "127.0.0.1:1"\n', 'aigw.toml:2', 'Did you mean "listen"?'),
                ('[[providers]]\nname = "a"\ndialect = "openai-chta"\nbase_url = "https://a.example"\n', 'line 1', 'openai-chat'),
                ('[[providers]]\nname = "a"\ndialect = "openai-chat"\nbase_url = "http://10.0.0.1"\n', 'allow_private'),
                ('[profile.prod.timeouts]\nidle = "0s"\n', 'aigw.toml:2', 'between 1ms and 7d'),
                ('[server\n', 'aigw.toml:1')):
            file.write_text(wrong)
            refused(h.run('config', 'check'), 2, *words)
        file.write_text('[profile.prod.server]\nlisten = "0.0.0.0:1"\n')
        ok(h.run('config', 'check'))
        refused(h.run('config', 'check', '--profile', 'prod'), 2, 'in clear')
        refused(h.run('config', 'check', '--profile', 'prd'), 2, 'Did you mean "prod"?')
        assert {path.name for path in pathlib.Path(h.home).iterdir()} == {'aigw.toml'}


@scenario('config check says what is odd')
def _():
    with home(config='[[providers]]\nname = "openai"\nkey_env = "OPENAI_API_KEY"\n') as h:
        h.env['AIGW_LISTN'] = '127.0.0.1:1'
        said = ok(h.run('config', 'check')).stderr
        assert 'AIGW_LISTN is read by nobody; did you mean AIGW_LISTEN?' in said
        assert 'OPENAI_API_KEY is not set' in said


@scenario('config path is one line for scripts, and all files as JSON')
def _():
    with home() as h:
        assert ok(h.run('config', 'path')).stdout == f'{h.home}/aigw.toml\n'
        assert document(h.run('config', 'path', '--json'))['db'] == f'{h.home}/aigw.db'
        assert ok(h.run('config', 'path', '--config', '/x/y.toml')).stdout == '/x/y.toml\n'


@scenario('serve takes its profile by flag and by variable')
def _():
    with home(config='[profile.test.log]\nlevel = "debug"\n', arguments=['--profile', 'test']) as h:
        h.start()
        assert json.loads(h.cli('config', 'show', 'log.level', '--json', '--profile', 'test'))['settings'][0]['value'] == 'debug'


@scenario('a sealed key stands in the file, serves requests, and is told nowhere')
def _():
    with Upstream(answer) as up, home() as h:
        sealed = ok(h.run('config', 'seal', stdin=CREDENTIAL + '\n')).stdout
        assert sealed.startswith('sealed:v1:') and sealed.count('\n') == 1 and CREDENTIAL not in sealed
        file = pathlib.Path(h.home, 'aigw.toml')
        file.write_text(f'[[providers]]\nname = "up"\ndialect = "openai-chat"\nbase_url = "{up.url}/v1"\nallow_private = true\nkey = "{sealed.strip()}"\n')
        h.key = document(h.run('keys', 'issue', 'a', '--json'))['key']
        h.start()
        assert h.chat('up/gpt-4o-mini').status == 200
        assert up.seen[-1].header('authorization') == f'Bearer {CREDENTIAL}'
        h.stop()
        shown = ok(h.run('config', 'show', '--json')).stdout
        assert 'sealed in the file' in shown and sealed.strip() not in shown and CREDENTIAL not in shown
        refused(h.run('keys', 'add', 'up', stdin=CREDENTIAL), 1, 'configuration file')
        file.write_text(file.read_text().replace(sealed.strip(), sealed.strip()[:-2] + '00'))
        refused(h.run('serve', '--listen', '127.0.0.1:0'), 2, 'does not open', 'aigw config seal', 'line 1')
        file.write_text(file.read_text().replace(sealed.strip()[:-2] + '00', CREDENTIAL))
        assert CREDENTIAL not in refused(h.run('config', 'check'), 2, 'is not sealed').stderr
        file.unlink()


@scenario('another master key is refused with what to do')
def _():
    with home() as h:
        h.env['AIGW_MASTER_KEY'] = 'one master key of the test'
        ok(h.run('config', 'seal', stdin='sk-something-long'))
        h.env['AIGW_MASTER_KEY'] = 'another master key of the test'
        refused(h.run('config', 'seal', stdin='sk-something-long'), 1, 'does not fit', 'Check AIGW_MASTER_KEY')


@scenario('what config export prints can take the place of the rows')
def _():
    with home() as h:
        h.cli('providers', 'add', 'local', '--dialect', 'openai-chat', '--base-url', 'http://127.0.0.1:9/v1', '--allow-private', '--free')
        exported = ok(h.run('config', 'export')).stdout
        before = json.loads(h.cli('providers', 'list', '--json'))
        file = pathlib.Path(h.home, 'aigw.toml')
        file.write_text(exported)
        refused(h.run('serve', '--listen', '127.0.0.1:0'), 1, 'stands in the database and in the configuration file', 'providers rm local')
        file.unlink()
        h.cli('providers', 'rm', 'local')
        file.write_text(exported)
        ok(h.run('config', 'check'))
        after = json.loads(h.cli('providers', 'list', '--json'))
        one = [{k: v for k, v in row.items() if k in ('name', 'base_url', 'dialect', 'allow_private', 'pricing', 'endpoints')} for row in before['providers'] if row['name'] == 'local']
        two = [{k: v for k, v in row.items() if k in ('name', 'base_url', 'dialect', 'allow_private', 'pricing', 'endpoints')} for row in after['providers'] if row['name'] == 'local']
        assert one == two and one, (one, two)


@scenario('the master key is rotated alone and while a gateway runs, and the old one stays for old backups')
def _():
    with Upstream(answer) as up, home() as h:
        h.cli('providers', 'add', 'up', '--dialect', 'openai-chat', '--base-url', up.url + '/v1', '--allow-private')
        h.cli('keys', 'add', 'up', stdin=CREDENTIAL)
        h.key = document(h.run('keys', 'issue', 'a', '--json'))['key']
        file = pathlib.Path(h.home, 'aigw.db.key')
        first = file.read_text()
        assert str(file) in ok(h.run('keys', 'rotate-master')).stderr
        second = file.read_text()
        assert second != first and pathlib.Path(h.home, 'aigw.db.key.old').read_text() == first
        h.start()
        assert document(h.run('keys', 'rotate-master', '--json'))['file'] == str(file)
        assert file.read_text() not in (first, second) and file.stat().st_mode & 0o777 == 0o600
        assert h.chat('up/gpt-4o-mini').status == 200
        h.stop()
        h.start()
        assert h.chat('up/gpt-4o-mini').status == 200


@scenario('a master key that is not kept by aigw has to be given, and never as an argument')
def _():
    with home() as h:
        h.env['AIGW_MASTER_KEY'] = 'one master key of the test'
        h.cli('keys', 'add', 'openai', stdin=CREDENTIAL)
        refused(h.run('keys', 'rotate-master'), 2, 'AIGW_MASTER_KEY', '--stdin')
        refused(h.run('keys', 'rotate-master', '--stdin', stdin='short'), 2, '16 characters')
        ok(h.run('keys', 'rotate-master', '--stdin', stdin='another master key of the test'))
        refused(h.run('keys', 'list'), 1, 'does not fit')
        h.env['AIGW_MASTER_KEY'] = 'another master key of the test'
        ok(h.run('keys', 'list'))


if __name__ == '__main__':
    run()
