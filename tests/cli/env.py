#!/usr/bin/env python3
"""env: the variables that point tools at the gateway."""
import re
import subprocess
import urllib.request

from home import PROGRAM, document, home, ok, refused, run, scenario, until


def evaluated(h, shell_text):
    done = subprocess.run(['sh', '-c', shell_text + '\nenv'], capture_output=True, text=True, env=h.env, check=True)
    return dict(line.split('=', 1) for line in done.stdout.splitlines() if '=' in line)


@scenario('the lines can be evaluated, and hold the address and the key')
def _():
    with home() as h:
        h.env['AIGW_KEY'] = "aigw_it's"
        h.env['AIGW_LISTEN'] = '127.0.0.1:4711'
        found = evaluated(h, ok(h.run('env', '--shell', 'sh')).stdout)
        assert found['OPENAI_BASE_URL'] == 'http://127.0.0.1:4711/v1' and found['ANTHROPIC_BASE_URL'] == 'http://127.0.0.1:4711'
        assert found['OPENAI_API_KEY'] == found['ANTHROPIC_AUTH_TOKEN'] == found['ANTHROPIC_API_KEY'] == "aigw_it's"


@scenario('without a key it says how to get one, and prints the addresses')
def _():
    with home() as h:
        done = ok(h.run('env'))
        assert 'KEY=' not in done.stdout and 'aigw keys issue' in done.stderr


@scenario('each shell has its own words')
def _():
    with home() as h:
        assert "set -gx OPENAI_API_KEY 'k'" in ok(h.run('env', '--shell', 'fish', '--key', 'k')).stdout
        assert "$env:OPENAI_API_KEY = 'k'" in ok(h.run('env', '--shell', 'powershell', '--key', 'k')).stdout
        h.env['SHELL'] = '/usr/bin/fish'
        assert ok(h.run('env')).stdout.startswith('set -gx ')
        refused(h.run('env', '--shell', 'tcsh'), 2, 'bash')


@scenario('it names the address of the gateway that runs, and what is printed works')
def _():
    with home(serving=True) as h:
        key = document(h.run('keys', 'issue', 'a', '--json'))['key']
        found = evaluated(h, ok(h.run('env', '--shell', 'sh', '--key', key)).stdout)
        assert found['OPENAI_BASE_URL'] == f'http://127.0.0.1:{h.port}/v1', found['OPENAI_BASE_URL']
        assert h.request('GET', '/v1/models', key=found['OPENAI_API_KEY']).status == 200


@scenario('with port 0 it names the port that was found')
def _():
    with home() as h:
        process = subprocess.Popen([PROGRAM, 'serve', '--listen', '127.0.0.1:0'], env=h.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            def port():
                return int(re.search(r'OPENAI_BASE_URL=\S*127\.0\.0\.1:(\d+)', h.run('env', '--shell', 'sh').stdout).group(1))
            found = until(lambda: port() != 2449 and port())
            with urllib.request.urlopen(f'http://127.0.0.1:{found}/healthz', timeout=10) as answer:
                assert answer.status == 200
        finally:
            process.terminate()
            process.wait(20)


if __name__ == '__main__':
    run()
