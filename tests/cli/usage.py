#!/usr/bin/env python3
"""Help, mistakes, versions, exit codes: what is the same for every command."""
import os
import re
import subprocess

from home import PROGRAM, ROOT, document, home, ok, refused, run, scenario

COMMANDS = ('completions', 'config', 'config check', 'config export', 'config path', 'config seal', 'config show', 'db', 'db backup', 'db check', 'db export', 'db migrate', 'db recover', 'db vacuum', 'doctor', 'env', 'help', 'keys', 'keys add', 'keys issue', 'keys list',
            'keys revoke', 'keys rm', 'keys rotate', 'keys rotate-master', 'keys show', 'keys test', 'man', 'mock', 'models', 'models import', 'models list', 'models rm', 'models set', 'probe', 'providers', 'providers add', 'providers list', 'providers rm', 'providers set', 'run', 'serve',
            'show', 'stats', 'tail', 'version')


@scenario('help lists every command, in order')
def _():
    with home() as h:
        text = ok(h.run('help')).stdout
        listed = re.findall(r'^  ([a-z]+(?: [a-z-]+)?)  +[A-Z]', text, re.M)
        assert tuple(listed) == COMMANDS, listed
        assert ok(h.run('--help')).stdout == text == ok(h.run('-h')).stdout


@scenario('help errors is docs/errors.md: aigw help errors > docs/errors.md')
def _():
    with home() as h:
        page = ok(h.run('help', 'errors')).stdout
        assert page == (ROOT / 'docs/errors.md').read_text(), 'docs/errors.md is old'
        kinds = re.findall(r'^  (\w+),', (ROOT / 'src/base/error.hpp').read_text().split('enum class ErrorKind')[1].split('};')[0], re.M)
        explained = re.findall(r'^- \*\*(\w+)\*\* \(\d{3}\)', page, re.M)
        assert len(explained) > 20 and sorted(kinds) == sorted(explained), set(kinds) ^ set(explained)
        assert re.search(r'\*\*overloaded\*\* \(503\).*?openai-chat: `server_error` `server_is_overloaded`.*?with status 529', page, re.S)


@scenario('each command explains itself: usage, an example of it, exit codes')
def _():
    with home() as h:
        for command in COMMANDS:
            text = ok(h.run('help', *command.split())).stdout
            assert f'usage: aigw {command}' in text, text
            examples = text.split('examples:\n')[1].split('\n\n')[0]
            assert f'aigw {command}' in examples, f'{command}: {examples}'
            assert re.search(r'exit codes:\n  0  ', text), command
            assert ok(h.run(*command.split(), '--help')).stdout == text, command


@scenario('the options in every example exist')
def _():
    with home() as h:
        for command in COMMANDS:
            text = ok(h.run('help', *command.split())).stdout
            usage = text.split('usage: ')[1].split('\n')[0]
            for option in re.findall(r' (--[a-z-]+)', text.split('examples:\n')[1].split('\n\n')[0]):
                assert option in usage, f'{option} of the example is not in: {usage}'


@scenario('a mistyped command or option is named with what was probably meant')
def _():
    with home() as h:
        refused(h.run('serv'), 2, 'unknown command "serv"', 'Did you mean aigw serve?')
        refused(h.run('keys', 'isue', 'x'), 2, 'unknown command "isue"', 'Did you mean aigw keys issue?')
        refused(h.run('stats', '--sinc', '2h'), 2, 'unknown option "--sinc"', 'Did you mean --since?')
        refused(h.run('stats', '--jsn=1'), 2, 'unknown option "--jsn"', 'Did you mean --json?')
        refused(h.run('xyzzy'), 2, 'unknown command', 'aigw help')
        refused(h.run('help', 'kyes'), 2, 'Did you mean "keys"?')
        refused(h.run('stats', 'extra'), 2, 'unexpected argument "extra"', 'aigw help stats')


@scenario('missing and wrong values say what is wanted')
def _():
    with home() as h:
        refused(h.run('show'), 2, 'show needs REQUEST', 'aigw show req_')
        refused(h.run('stats', '--since'), 2, '--since takes one value')
        refused(h.run('stats', '--since', '1h', '--since', '2h'), 2, '--since takes one value')
        refused(h.run('stats', '--since', '2'), 2, '"2" is no duration', '24h')
        refused(h.run('tail', '-n', 'many'), 2, '"many" is no whole number')
        refused(h.run('tail', '-n', '-5'), 2)
        refused(h.run('completions', 'tcsh'), 2, 'bash, fish, zsh')
        refused(h.run('providers', 'add', 'x', '--dialect', 'klingon'), 2, 'openai-chat')


@scenario('nothing at all is a usage error that shows the help on stderr')
def _():
    with home() as h:
        done = h.run()
        assert done.returncode == 2 and done.stdout == '' and 'commands:' in done.stderr


@scenario('version, for people and for programs')
def _():
    with home() as h:
        version = ok(h.run('version')).stdout
        assert re.fullmatch(r'aigw \d+\.\d+\.\d+\n', version), version
        assert ok(h.run('--version')).stdout == version
        assert 'aigw ' + document(h.run('version', '--json'))['version'] + '\n' == version


@scenario('a reader that goes away is success')
def _():
    with home() as h:
        done = subprocess.run(['bash', '-c', 'set -o pipefail; "$0" help | true', PROGRAM], capture_output=True, env=h.env)
        assert done.returncode == 0 and done.stderr == b'', done


@scenario('a full disk under stdout is a failure')
def _():
    if not os.path.exists('/dev/full'):
        return
    with home() as h, open('/dev/full', 'w') as full:
        done = subprocess.run([PROGRAM, 'help'], stdout=full, stderr=subprocess.PIPE, env=h.env)
        assert done.returncode == 1 and b'stdout' in done.stderr, done


@scenario('--db and --config stand before or after the command')
def _():
    with home() as h:
        for arguments in (('--db', h.home + '/a.db', 'keys', 'list', '--json'), ('keys', 'list', '--json', '--db', h.home + '/b.db')):
            assert document(h.run(*arguments)) == {'keys': [], 'credentials': []}
        assert os.path.exists(h.home + '/a.db') and os.path.exists(h.home + '/b.db') and not os.path.exists(h.home + '/aigw.db')
        refused(h.run('stats', '--config', h.home + '/none.toml'), 2, 'cannot read', '--config')


@scenario('a mistake in the configuration is named with its line, by every command that reads it')
def _():
    with home(config='[server]\nlisten = "127.0.0.1:1"\nloop = 1\n') as h:
        for command in (('stats',), ('serve',), ('env',)):
            refused(h.run(*command), 2, 'aigw.toml:3: unknown key "loop" in [server]', 'Did you mean "loops"?')


@scenario('files are private: folder 0700, files 0600')
def _():
    with home() as h:
        inner = h.home + '/new/folder/aigw.db'
        ok(h.run('--db', inner, 'keys', 'issue', 'a'))
        assert os.stat(os.path.dirname(inner)).st_mode & 0o777 == 0o700
        for name in os.listdir(os.path.dirname(inner)):
            mode = os.stat(os.path.join(os.path.dirname(inner), name)).st_mode & 0o777
            assert mode in (0o600, 0o700), f'{name}: {mode:o}'


@scenario('the commands of the README exist, with their options')
def _():
    with home() as h:
        usages = {c: ok(h.run('help', *c.split())).stdout for c in COMMANDS}
        blocks = '\n'.join(re.findall(r'```(?:sh|bash|console)?\n(.*?)```', (ROOT / 'README.md').read_text(), re.S))
        lines = [m.group(1) for m in re.finditer(r'(?:^|[|$(;] *)aigw ([^|#\n)"]+)', blocks, re.M)]
        assert len(lines) >= 5, lines
        for line in lines:
            words = line.split()
            name = ' '.join(words[:2]) if ' '.join(words[:2]) in usages else words[0]
            assert name in usages, f'the README names "aigw {line}"'
            for option in [w for w in words if w.startswith('--')]:
                assert option in usages[name] or option in ('--config', '--db', '--help'), f'aigw {name} has no {option}'


if __name__ == '__main__':
    run()
