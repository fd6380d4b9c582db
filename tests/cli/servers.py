#!/usr/bin/env python3
"""serve, serve --demo and mock."""
import http.client
import json
import os
import re
import signal
import subprocess
import urllib.request

from home import PROGRAM, home, ok, refused, run, scenario, until


def posted(url, body, **headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), {'content-type': 'application/json', **headers})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


@scenario('mock speaks four dialects to anybody and ends on SIGTERM')
def _():
    with home() as h:
        process = subprocess.Popen([PROGRAM, 'mock', '--listen', '127.0.0.1:0'], env=h.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        url = process.stdout.readline().strip()
        assert re.fullmatch(r'http://127\.0\.0\.1:\d+', url), url
        chat = {'model': 'mock-small', 'max_tokens': 50, 'messages': [{'role': 'user', 'content': 'hello'}]}
        assert posted(url + '/v1/chat/completions', chat)['choices'][0]['message']['content']
        assert posted(url + '/v1/messages', chat)['content'][0]['text']
        assert posted(url + '/v1/responses', {'model': 'mock-small', 'input': 'hello'})['output'][0]['content'][0]['text']
        asked = {'contents': [{'role': 'user', 'parts': [{'text': 'hello'}]}]}
        assert posted(url + '/v1beta/models/mock-small:generateContent', asked)['candidates'][0]['content']['parts'][0]['text']
        process.send_signal(signal.SIGTERM)
        _, talk = process.communicate(timeout=10)
        assert process.returncode == 0 and 'aigw providers add mock' in talk, talk
        refused(h.run('mock', '--listen', 'nowhere'), 2, '--listen', '127.0.0.1')


@scenario('serve --demo prints a curl line that works, and commands that find its data')
def _():
    with home() as h:
        process = subprocess.Popen([PROGRAM, 'serve', '--demo', '--listen', '127.0.0.1:0'], env=h.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        os.set_blocking(process.stdout.fileno(), False)
        text = b''

        def banner():
            nonlocal text
            text += process.stdout.read() or b''
            return b'curl ' in text and text.endswith(b'\n') and text
        try:
            shown = until(banner).decode()
            key = re.search(r'aigw_[0-9A-Za-z]+', shown).group()
            curl = re.search(r'^ *(curl .*)$', shown, re.M).group(1)
            answer = json.loads(subprocess.run(['sh', '-c', curl + ' -s'], capture_output=True, check=True, env=h.env).stdout)
            assert answer['choices'][0]['message']['content'], answer
            told = {line.split()[2]: line for line in re.findall(r'^ *(AIGW_HOME=\S+ .*)$', shown, re.M)}
            demo_home = re.search(r'AIGW_HOME=(\S+)', told['stats']).group(1)

            def typed(line):
                return ok(subprocess.run(['sh', '-c', line], capture_output=True, env=h.env, cwd='/', text=True)).stdout
            totals = json.loads(typed(told['stats'] + ' --json'))['totals']
            assert totals['requests'] == 1 and totals['cost_nano_usd'] > 0, totals
            assert 'example' in shown and 'mock-small' in typed(told['models']) and 'healthy' in typed(told['probe'])
            assert told['tail'].endswith(' tail -f'), told['tail']
            url = re.search(r'http://127\.0\.0\.1:\d+', shown).group()
            with urllib.request.urlopen(urllib.request.Request(url + '/v1/models', headers={'authorization': 'Bearer ' + key}), timeout=20) as listed:
                assert [m['id'] for m in json.load(listed)['data']] == ['mock-large', 'mock-small']
            assert posted(url + '/v1/messages', {'model': 'mock-small', 'max_tokens': 9, 'messages': [{'role': 'user', 'content': 'x'}]}, **{'x-api-key': key})
        finally:
            process.send_signal(signal.SIGINT)
            code = process.wait(40)
            process.stdout.close()
        assert code == 0, code
        assert not os.listdir(h.home), f'the demo leaves behind: {os.listdir(h.home)}'
        assert not os.path.exists(demo_home), demo_home


@scenario('serve refuses to listen beyond loopback unless it is told to')
def _():
    with home() as h:
        refused(h.run('serve', '--listen', '0.0.0.0:0'), 2, 'in clear', '--allow-insecure-bind')
        refused(h.run('serve', '--listen', 'example.com:80'), 2, 'no address')
        refused(h.run('serve', '--loops', '65'), 2, 'between 0 and 64')
        refused(h.run('serve', '--log-level', 'loud'), 2, 'debug')


@scenario('flags go before variables, variables before the file')
def _():
    with home(config='[server]\nlisten = "0.0.0.0:1"\n') as h:
        refused(h.run('serve'), 2, '0.0.0.0:1')
        h.env['AIGW_LISTEN'] = '0.0.0.0:2'
        refused(h.run('serve'), 2, '0.0.0.0:2')
        refused(h.run('serve', '--listen', '0.0.0.0:3'), 2, '0.0.0.0:3')


@scenario('the master key leaves the environment of the running gateway')
def _():
    master = 'canary-master-key-0123456789abcdef'
    with home(serving=True, env={'AIGW_MASTER_KEY': master}) as h:
        for name in ('environ', 'cmdline'):
            with open(f'/proc/{h.process.pid}/{name}', 'rb') as file:
                assert master.encode() not in file.read(), name
        ok(h.run('keys', 'add', 'openai', stdin='sk-something-long-enough'))
        h.stop()
        wrong = dict(h.env)
        h.env['AIGW_MASTER_KEY'] = 'another-master-key-0123456789abcd'
        refused(h.run('keys', 'test', 'openai'), 1, 'master key')
        h.env = wrong
        assert 'openai' in ok(h.run('keys')).stdout


@scenario('the gateway that commands ask needs no HTTP port: the socket is private')
def _():
    with home(serving=True) as h:
        sockets = until(lambda: [name for name in os.listdir(h.home) if name.endswith('.sock')])
        assert sockets == ['aigw.db.sock'], sockets
        assert os.stat(os.path.join(h.home, sockets[0])).st_mode & 0o777 == 0o600
        connection = http.client.HTTPConnection('127.0.0.1', h.port, timeout=5)
        connection.request('GET', '/api/v1/keys')
        assert connection.getresponse().status in (401, 404)
        connection.close()


if __name__ == '__main__':
    run()
