#!/usr/bin/env python3
"""serve: providers' keys that stand in the environment."""
import os
import signal
import time

from home import CREDENTIAL, Terminal, document, home, run, scenario

KEYS = {'OPENAI_API_KEY': CREDENTIAL, 'GROQ_API_KEY': CREDENTIAL + '-groq', 'AZURE_OPENAI_API_KEY': CREDENTIAL}


def stored(h):
    return [row['provider'] for row in document(h.run('keys', 'list', '--json'))['credentials']]


def served(h, answer, question='Enter for none) ', arguments=()):
    """What `serve` shows at a terminal until it listens, and is then ended."""
    terminal = Terminal(h, 'serve', '--listen', f'127.0.0.1:{h.port}', *arguments, env=KEYS)
    if question:
        assert question in terminal.read(question), terminal.seen
        terminal.write(answer + '\n')
    assert 'listening' in terminal.read('listening'), terminal.seen
    os.kill(terminal.pid, signal.SIGTERM)
    code, shown = terminal.end()
    assert code == 0 and CREDENTIAL not in shown, shown
    return shown


@scenario('at a terminal the first start asks which keys to store, and shows none')
def _():
    with home() as h:
        shown = served(h, 'groq')
        assert 'openai  from OPENAI_API_KEY' in shown and 'azure' not in shown, shown
        assert stored(h) == ['groq']
        served(h, '', question=None)  # one can be called: nothing is asked
        assert stored(h) == ['groq']


@scenario('all of them, or none')
def _():
    with home() as h:
        served(h, '')
        assert stored(h) == []
        served(h, 'all')
        assert stored(h) == ['groq', 'openai']


@scenario('the question can be left by Ctrl-C')
def _():
    with home() as h:
        terminal = Terminal(h, 'serve', '--listen', f'127.0.0.1:{h.port}', env=KEYS)
        terminal.read('Enter for none) ')
        terminal.write('\x03')
        terminal.read()
        assert os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]) == -signal.SIGINT
        os.close(terminal.fd)
        assert stored(h) == []


@scenario('--import-env asks nothing; without it and without a terminal nothing is stored')
def _():
    with home() as h:
        h.env.update(KEYS)
        h.start()
        h.stop()
        assert stored(h) == []
        h.arguments.append('--import-env')
        h.start()
        assert stored(h) == ['groq', 'openai']
        h.stop()


if __name__ == '__main__':
    run()
