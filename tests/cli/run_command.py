#!/usr/bin/env python3
"""run: a command with a tool's variables, and a gateway for its time."""
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

from home import PROGRAM, Terminal, document, home, ok, refused, run, scenario, until
from upstream import Upstream, answer

CHAT = '''curl -s -S "$OPENAI_BASE_URL/chat/completions" -H "authorization: Bearer $OPENAI_API_KEY" -H 'content-type: application/json' \
 -d '{"model":"up/gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}' '''


def listens(url):
    host, port = url.split('/')[2].split(':')
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def keys(h):
    return json.loads(ok(h.run('keys', 'list', '--json')).stdout)['keys']


def free_listen(h):
    """So that a gateway of its own does not take the well-known port of this machine."""
    h.env['AIGW_LISTEN'] = '127.0.0.1:0'
    return h


@scenario('without a gateway it brings one, with a key, and both are gone afterwards')
def _():
    with Upstream(answer) as upstream, home(providers=[('up', 'openai-chat', upstream.url)]) as h:
        free_listen(h)
        done = ok(h.run('run', '--', 'sh', '-c', f'echo "$OPENAI_BASE_URL"; {CHAT}'))
        url, body = done.stdout.split('\n', 1)
        assert json.loads(body)['choices'], body
        assert not listens(url) and done.stderr == '', done.stderr
        [key] = keys(h)
        assert key['name'].startswith('run-sh-') and key['state'] == 'revoked', key
        [row] = h.tail()
        assert row['outcome'] == 'succeeded' and row['key'] == key['name'], row


@scenario('the key is in the environment alone: in no argument, and in no file in clear')
def _():
    with home() as h:
        free_listen(h)
        shown = ok(h.run('run', 'sh', '-c', 'echo "$OPENAI_API_KEY"; for p in $PPID $$; do tr "\\0" " " < /proc/$p/cmdline; done')).stdout
        key, rest = shown.split('\n', 1)
        assert key.startswith('aigw_') and key not in rest, shown
        assert not [f for f in pathlib.Path(h.home).rglob('*') if f.is_file() and key.encode() in f.read_bytes()]


@scenario('a gateway that runs is used, and goes on')
def _():
    with home(serving=True) as h:
        assert ok(h.run('run', '--', 'sh', '-c', 'echo $OPENAI_BASE_URL')).stdout == f'http://127.0.0.1:{h.port}/v1\n'
        assert h.request('GET', '/healthz', key=None).status == 200 and h.process.poll() is None
        assert keys(h) == []  # it was not used


@scenario('AIGW_KEY is taken as it is')
def _():
    with home(key=True) as h:
        free_listen(h)
        h.env['AIGW_KEY'] = h.key
        assert ok(h.run('run', '--', 'sh', '-c', 'echo $OPENAI_API_KEY $ANTHROPIC_API_KEY')).stdout.split() == [h.key] * 2
        assert [k['name'] for k in keys(h)] == ['test']


@scenario('the exit code is that of the command')
def _():
    with home(serving=True) as h:
        assert h.run('run', '--', 'sh', '-c', 'exit 7').returncode == 7
        assert h.run('run', '--', 'sh', '-c', 'kill -TERM $$').returncode == 128 + signal.SIGTERM
        refused(h.run('run', '--', 'no-such-program'), 127, 'no-such-program', 'PATH')
        refused(h.run('run', '--', '/etc/passwd'), 126, '/etc/passwd')
        refused(h.run('run'), 2, 'COMMAND')
        refused(h.run('run', '--modle', 'x', 'true'), 2, '--model')
        assert keys(h) == []


@scenario('arguments are the command\'s own, whatever they look like')
def _():
    words = ['--model', '[a,b]', '', '--', '-h', '--help', 'two words', '-n=1']
    with home(serving=True) as h:
        printing = ['python3', '-c', 'import json, sys; print(json.dumps(sys.argv[1:]))']
        for begin in (['run', '--'], ['run'], ['run', '--model', 'm'], ['run', '--model=m', '--'], ['--db', h.home + '/aigw.db', 'run']):
            assert json.loads(ok(h.run(*begin, *printing, *words)).stdout) == words, begin


@scenario('standard input, umask, limits and signals are as they were without it')
def _():
    facts = 'umask; ulimit -c; grep -E "^Sig(Blk|Ign)" /proc/self/status; cat'
    with home(serving=True) as h:
        direct = subprocess.run(['sh', '-c', facts], input='typed\n', capture_output=True, text=True)
        assert ok(h.run('run', '--', 'sh', '-c', facts, stdin='typed\n')).stdout == direct.stdout


@scenario('signals go on to the command')
def _():
    with home(serving=True) as h:
        for name in ('TERM', 'INT', 'HUP', 'USR1'):
            script = f'trap "echo got {name}; exit 9" {name}; echo ready; while :; do sleep 0.05; done'
            # A shell cannot trap what was ignored when it began, as nohup leaves SIGHUP.
            process = subprocess.Popen([PROGRAM, 'run', '--', 'sh', '-c', script], env=h.env, stdout=subprocess.PIPE, text=True,
                                       preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL))
            assert process.stdout.readline() == 'ready\n'
            process.send_signal(getattr(signal, 'SIG' + name))
            assert process.communicate(timeout=20)[0] == f'got {name}\n' and process.returncode == 9, name


@scenario('in a terminal Ctrl-C reaches the command once, and only the command decides')
def _():
    script = '''import signal, sys, time
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
print("isatty", sys.stdin.isatty() and sys.stdout.isatty(), flush=True)
while not seen: time.sleep(0.01)
time.sleep(0.3)
print("seen", len(seen), flush=True)
sys.exit(5)'''
    with home(serving=True) as h:
        terminal = Terminal(h, 'run', '--', 'python3', '-c', script)
        assert 'isatty True' in terminal.read('isatty True')
        terminal.write('\x03')
        code, shown = terminal.end()
        assert code == 5 and 'seen 1' in shown, (code, shown)


@scenario('two runs share one gateway, and the last one ends it')
def _():
    with home() as h:
        free_listen(h)

        def begin():
            process = subprocess.Popen([PROGRAM, 'run', '--', 'sh', '-c', 'echo $OPENAI_BASE_URL; read end'], env=h.env,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            return process, process.stdout.readline().strip()
        first, url = begin()
        second, same = begin()
        assert url == same
        first.communicate('end\n', timeout=20)
        assert listens(url), 'the second run still uses it'
        second.communicate('end\n', timeout=20)
        assert until(lambda: not listens(url)), 'nobody uses it any more'


@scenario('a run that is killed leaves no gateway behind')
def _():
    with home() as h:
        free_listen(h)
        process = subprocess.Popen([PROGRAM, 'run', '--', 'sh', '-c', 'echo $OPENAI_BASE_URL; read end'], env=h.env,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        url = process.stdout.readline().strip()
        process.kill()
        process.communicate(timeout=20)
        assert until(lambda: not listens(url))
        assert ok(h.run('run', '--', 'echo', 'again')).stdout == 'again\n'


@scenario('when another program has the port, any other will do; what is wrong is said')
def _():
    with home() as h, socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        taken.listen()
        port = taken.getsockname()[1]
        h.env['AIGW_LISTEN'] = f'127.0.0.1:{port}'
        shown = ok(h.run('run', '--', 'sh', '-c', 'echo $OPENAI_BASE_URL')).stdout
        assert shown.startswith('http://127.0.0.1:') and str(port) not in shown, shown
        h.env['AIGW_LISTEN'] = '0.0.0.0:0'
        refused(h.run('run', '--', 'true'), 2, 'in clear')


def stand_in(h, name):
    """A tool that says what it was given."""
    folder = pathlib.Path(h.home, 'bin')
    folder.mkdir(exist_ok=True)
    (folder / name).write_text('#!/usr/bin/env python3\nimport json, os, sys\nprint(json.dumps({"arguments": sys.argv[1:], "variables": dict(os.environ)}))\n')
    (folder / name).chmod(0o755)
    h.env['PATH'] = f'{folder}:{os.environ["PATH"]}'


@scenario('Claude Code is told the address, the key and the model, and nothing leads past the gateway')
def _():
    with home(serving=True) as h:
        stand_in(h, 'claude')
        h.env.update(ANTHROPIC_API_KEY='sk-ant-of-the-user', CLAUDE_CODE_USE_BEDROCK='1', HTTPS_PROXY='http://proxy:1', NO_PROXY='intern')
        given = document(h.run('run', '--model', 'local/m', '--', 'claude', '-p', 'hi'))
        seen = given['variables']
        assert given['arguments'] == ['-p', 'hi']
        assert seen['ANTHROPIC_BASE_URL'] == f'http://127.0.0.1:{h.port}' and seen['ANTHROPIC_AUTH_TOKEN'].startswith('aigw_')
        assert 'ANTHROPIC_API_KEY' not in seen and 'CLAUDE_CODE_USE_BEDROCK' not in seen
        assert seen['ANTHROPIC_MODEL'] == seen['ANTHROPIC_DEFAULT_HAIKU_MODEL'] == 'local/m'
        assert seen['CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC'] == '1'
        assert seen['NO_PROXY'] == 'intern,127.0.0.1,localhost,::1'


@scenario('Codex is told by overrides, its own configuration stays, and the key is no argument')
def _():
    with home(serving=True) as h:
        stand_in(h, 'codex')
        given = document(h.run('run', '--model', 'gpt-5', '--', 'codex', 'exec', 'hi'))
        assert given['arguments'][-2:] == ['exec', 'hi'] and given['arguments'][:2] == ['-c', 'model_provider="aigw"']
        provider = given['arguments'][3]
        assert f'base_url="http://127.0.0.1:{h.port}/v1"' in provider and 'env_key="AIGW_KEY"' in provider
        key = given['variables']['AIGW_KEY']
        assert key.startswith('aigw_') and not [a for a in given['arguments'] if key in a]
        assert 'model="gpt-5"' in given['arguments']
        given = document(h.run('run', '--model', 'host/claude-haiku-4-5', '--', 'codex'))
        assert 'model_context_window=200000' in given['arguments'], given['arguments']
        assert not [a for a in document(h.run('run', '--model', 'unknown', '--', 'codex'))['arguments'] if 'window' in a]


@scenario('Gemini CLI, which takes a key at another address only when its settings say so, gets a home that says so')
def _():
    with home(serving=True) as h:
        stand_in(h, 'gemini')

        def given_home():
            seen = document(h.run('run', '--', 'gemini', '-p', 'hi'))['variables']
            return seen.get('GEMINI_CLI_HOME') and pathlib.Path(seen['GEMINI_CLI_HOME'], '.gemini')

        def auth(folder):
            return json.loads((folder / 'settings.json').read_text())['security']['auth']['selectedType']
        ours = given_home()
        assert ours.is_relative_to(h.home) and ours.stat().st_mode & 0o777 == 0o700 and auth(ours) == 'gemini-api-key'
        assert str(ours.parent) in ok(h.run('env', '--tool', 'gemini', '--key', 'k')).stdout

        theirs = pathlib.Path(h.home, '.gemini')
        theirs.mkdir()
        (theirs / 'GEMINI.md').write_text('what to remember')
        own = '{"ui": {"theme": "GitHub"}, /* logged in */ "security": {"auth": {"selectedType": "oauth-personal"}}}'
        (theirs / 'settings.json').write_text(own)
        ours = given_home()
        assert auth(ours) == 'gemini-api-key' and json.loads((ours / 'settings.json').read_text())['ui'] == {'theme': 'GitHub'}
        assert (ours / 'GEMINI.md').read_text() == 'what to remember' and (theirs / 'settings.json').read_text() == own

        (theirs / 'settings.json').write_text(own.replace('oauth-personal', 'gemini-api-key'))
        assert given_home() is None, 'its own settings will do'
        (theirs / 'settings.json').write_text('{')
        refused(h.run('run', '--', 'gemini'), 2, 'settings.json')


@scenario('env has the variables of one tool')
def _():
    with home() as h:
        shown = ok(h.run('env', '--tool', 'claude', '--shell', 'sh', '--key', 'k', '--model', 'm')).stdout
        assert "export ANTHROPIC_AUTH_TOKEN='k'" in shown and 'unset ANTHROPIC_API_KEY' in shown and "ANTHROPIC_MODEL='m'" in shown
        assert 'set -e ANTHROPIC_API_KEY' in ok(h.run('env', '--tool', 'claude', '--shell', 'fish')).stdout
        assert "codex '-c' " in ok(h.run('env', '--tool', 'codex', '--key', 'k')).stderr


if __name__ == '__main__':
    run()
