#!/usr/bin/env python3
"""Real coding agents, headless, on a provider of each dialect: each writes a file through a tool call of its own.

    tests/clients/agents.py [-v] [AGENT...]      claude, codex, gemini; install.sh comes first

An agent is started as its users do, by `aigw run --model ... -- AGENT`; `aigw mock` is the provider and has the tool called.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'support')]
from aigw import BASE_PATH, PROGRAM, Gateway  # noqa: E402
from installed import PATH, client_env  # noqa: E402
from mock import Mock  # noqa: E402
from scenario import Tally  # noqa: E402

COMMANDS = {
    'claude': ['claude', '--permission-mode', 'bypassPermissions', '-p'],
    'codex': ['codex', 'exec', '--dangerously-bypass-approvals-and-sandbox', '--skip-git-repo-check'],
    'gemini': ['gemini', '--approval-mode', 'yolo', '-p'],
}
SETTINGS = {  # what keeps an agent from asking a person, or the world
    'claude': {'IS_SANDBOX': '1', 'DISABLE_AUTOUPDATER': '1'},
    'codex': {},
    'gemini': {'GEMINI_CLI_TRUST_WORKSPACE': 'true'},
}
FILE_TEXT = 'written by the built-in provider'
LAST_WORDS = 'That is all the built-in provider can make of it.'
# What Codex says of every model that OpenAI does not list, and of a home in a folder for temporary files.
EXPECTED = ['Model metadata for', 'could not create PATH aliases']
TROUBLE = re.compile(r'reconnect|disconnect|retry|warn|\berror|\bfail|timed? ?out|ECONN', re.IGNORECASE)
AGENT_SECONDS_MAX = 150


def run_agent(agent, gateway, folder):
    """(what it said on both streams, its exit code): it is ended, with all that it started, when its time is over."""
    command = [PROGRAM, 'run', '--model', 'up/mock-small', '--', *COMMANDS[agent], f'Please write the file {folder}/written.txt.']
    environment = {**gateway.env, **client_env(HOME=gateway.home, TERM='xterm-256color', COLORTERM='truecolor'), **SETTINGS[agent]}
    process = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, text=True, errors='replace', start_new_session=True)
    try:
        return process.communicate(timeout=AGENT_SECONDS_MAX)[0], process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        return process.communicate()[0], f'no end within {AGENT_SECONDS_MAX} s'


def judge(said, code, folder, rows):
    """What is wrong; empty when nothing is."""
    written = pathlib.Path(folder, 'written.txt')
    wrong = []
    if code != 0:
        wrong.append(f'exit code {code}')
    if not written.exists():
        wrong.append('the file was not written')
    elif written.read_text().strip() != FILE_TEXT:
        wrong.append(f'the file holds {written.read_text()[:100]!r}')
    if LAST_WORDS not in said:
        wrong.append('the last answer did not arrive')
    wrong += [f'trouble: {line.strip()[:200]}' for line in said.splitlines() 
              if TROUBLE.search(line) and not any(words in line for words in EXPECTED)][:3]
    wrong += [f'a request ended {row["outcome"]}: {row}' for row in rows if row['outcome'] != 'succeeded'][:3]
    return '; '.join(wrong + [f'it said {said[-400:]!r}'] if wrong else [])


def main():
    arguments = sys.argv[1:]
    agents = [a for a in arguments if not a.startswith('-')] or list(COMMANDS)
    tally = Tally('-v' in arguments)
    with Mock() as mock:
        for agent in agents:
            if not shutil.which(COMMANDS[agent][0], path=PATH):
                tally.skip(agent, 'it is not installed: tests/clients/install.sh says why')
                continue
            for dialect in BASE_PATH:
                gateway = Gateway([('up', dialect, mock.url)], key=False, env={'AIGW_LISTEN': '127.0.0.1:0'})
                began = time.time()
                with tempfile.TemporaryDirectory(prefix='aigw-agent-') as folder:
                    said, code = run_agent(agent, gateway, folder)
                    why = judge(said, code, folder, gateway.tail())
                name = f'{agent} -> {dialect}'
                tally.bad(name, why) if why else tally.good(name, f'{time.time() - began:.1f} s')
                gateway.__exit__(None)
    tally.end()


if __name__ == '__main__':
    main()
