"""The program `translate`, asked from Python."""
import functools
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get('TRANSLATE') or str(ROOT / 'build/dev/tests/translate')
DIALECTS = ['openai-chat', 'openai-responses', 'anthropic-messages', 'gemini-generate']
PAIRS = [(client, provider) for client in DIALECTS for provider in DIALECTS if client != provider]
MODELS = {'openai-chat': 'gpt-4o', 'openai-responses': 'gpt-4o', 'anthropic-messages': 'claude-sonnet-4-5',
          'gemini-generate': 'gemini-2.5-flash'}


class Broken(Exception):
    """The program died, or said what it should not."""


def run(words, text):
    done = subprocess.run([PROGRAM, *words], input=text, capture_output=True, timeout=60)
    if done.returncode not in (0, 1):
        raise Broken(f'translate {" ".join(words)} ended with {done.returncode}: {done.stderr.decode("utf-8", "replace")}')
    return done


class Translated:
    """What became of a request: its body with its losses and notes as (path, reason), or why it was refused."""

    def __init__(self, done):
        lines = done.stderr.decode().splitlines()
        self.refused = lines[0].removeprefix('refused: ') if done.returncode else None
        self.text = done.stdout
        self.body = json.loads(done.stdout) if not done.returncode else None
        self.lost, self.noted = told(lines, 'lost'), told(lines, 'note')


def told(lines, word):
    return [tuple(line.removeprefix(word + ' ').split(': ', 1)) for line in lines if line.startswith(word + ' ')]


def translate_request(client, provider, body, model):
    return remembered(client, provider, body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode(), model)


@functools.lru_cache(maxsize=None)
def remembered(client, provider, text, model):
    return Translated(run(['request', client, provider, '--model', model], text))


def translate_request_again(client, provider, body, model):
    """Not out of memory."""
    return remembered.__wrapped__(client, provider, json.dumps(body, ensure_ascii=False).encode(), model)
