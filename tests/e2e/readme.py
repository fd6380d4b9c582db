#!/usr/bin/env python3
"""What the READMEs say can be typed: their commands, their settings file and their Python run as they stand there, against
a provider on loopback. Run it with the Python that venv.sh prints."""
import contextlib
import io
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import CREDENTIAL, PROGRAM, ROOT, Gateway
from scenario import run, scenario
from upstream import Upstream, answer

READMES = ('README.md', 'README.zh-CN.md')


def blocks(readme, language=''):
    return re.findall(rf'^```{language}\n(.*?)^```', (ROOT / readme).read_text(), re.M | re.S)


def commands(readme):
    """Lines of plain blocks that begin with the program, or pipe something into it; comments cut off."""
    for block in blocks(readme):
        for line in block.splitlines():
            if re.match(r'(aigw |printf .*\| aigw )', line):
                yield line.split('  #')[0].rstrip()


def service_account():
    key = subprocess.run(['openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], check=True, capture_output=True,
                         text=True).stdout
    return json.dumps({'type': 'service_account', 'private_key_id': 'k1', 'private_key': key, 'token_uri': 'https://oauth2.googleapis.com/token',
                       'client_email': 'robot@p.iam.gserviceaccount.com'}, indent=2)


@scenario('the commands run as they stand there')
def _():
    for readme in READMES:
        told = list(commands(readme))
        assert len(told) >= 6, f'{readme}: only {told}'
        with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
            bin_folder = os.path.join(gateway.home, 'bin')
            os.mkdir(bin_folder)
            os.symlink(PROGRAM, os.path.join(bin_folder, 'aigw'))
            tool = pathlib.Path(bin_folder, 'claude')  # the real one is not installed here: this looks at what it would get
            tool.write_text('#!/bin/sh\ntest -n "$ANTHROPIC_BASE_URL" && test -n "$ANTHROPIC_AUTH_TOKEN"\n')
            tool.chmod(0o755)
            codex = pathlib.Path(bin_folder, 'codex')
            codex.write_text('#!/bin/sh\ncase "$*" in *model_provider*claude-sonnet-4-5*) ;; *) exit 1 ;; esac\n')
            codex.chmod(0o755)
            gemini = pathlib.Path(bin_folder, 'gemini')
            gemini.write_text('#!/bin/sh\ngrep -q gemini-api-key "$GEMINI_CLI_HOME/.gemini/settings.json" && test "$GEMINI_MODEL" = ollama/qwen3\n')
            gemini.chmod(0o755)
            pathlib.Path(bin_folder, 'job.py').write_text('import os\nassert os.environ["OPENAI_BASE_URL"]\n')
            account = pathlib.Path(bin_folder, 'service-account.json')
            account.write_text(service_account())
            env = {**gateway.env, 'PATH': bin_folder + ':' + gateway.env['PATH'], 'OPENAI_API_KEY': CREDENTIAL, 'ANTHROPIC_API_KEY': CREDENTIAL,
                   'AWS_ACCESS_KEY_ID': 'AKIAIOSFODNN7EXAMPLE', 'AWS_SECRET_ACCESS_KEY': 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
                   'GOOGLE_APPLICATION_CREDENTIALS': str(account)}
            for line in told:
                if re.match(r'aigw serve', line):
                    continue  # one is running
                typed = line + ' up' if line == 'aigw probe' else line  # the real ones are not reached from here
                done = subprocess.run(['bash', '-c', typed], env=env, capture_output=True, text=True, timeout=30, stdin=subprocess.DEVNULL,
                                      cwd=bin_folder)
                assert done.returncode == 0, f'{readme}: {line}: {done.returncode} {done.stderr.strip()}'


@scenario('every command of the table is one')
def _():
    with Upstream(answer) as upstream, Gateway([('up', 'openai-chat', upstream.url)]) as gateway:
        known = gateway.cli('help')
        for readme in READMES:
            rows = re.findall(r'^\| (`aigw .*?) \|', (ROOT / readme).read_text(), re.M)
            assert len(rows) >= 8, rows
            for row in rows:
                words = re.findall(r'`(?:aigw )?([a-z]+)(?: ([a-z]+))?', row)
                first = words[0]
                for one, two in [first] + [(first[0], w[0]) if first[1] else (w[0], '') for w in words[1:]]:
                    name = f'{one} {two}' if f'  {one} {two} ' in known else one
                    assert f'  {name} ' in known or f'  {name}\n' in known, f'{readme}: {one} {two}: not in `aigw help`'


@scenario('the settings file is accepted')
def _():
    for readme in READMES:
        (toml,) = blocks(readme, 'toml')
        with Gateway(config=toml) as gateway:
            assert 'local' in gateway.cli('providers', 'list'), gateway.cli('providers', 'list')


@scenario('the Python runs')
def _():
    for readme in READMES:
        scripts = blocks(readme, 'python')
        assert len(scripts) == 2, len(scripts)
        with Upstream(answer) as upstream, Gateway([('oa', 'openai-chat', upstream.url), ('an', 'anthropic-messages', upstream.url)]) as gateway:
            for script, provider in zip(scripts, ('oa', 'an')):
                script = script.replace('127.0.0.1:2449', f'127.0.0.1:{gateway.port}').replace('aigw_...', gateway.key)
                script = re.sub(r'model="', f'model="{provider}/', script)
                printed = io.StringIO()
                with contextlib.redirect_stdout(printed):
                    exec(compile(script, readme, 'exec'), {})
                assert 'word0 word1 word2' in printed.getvalue(), f'{readme}: {printed.getvalue()!r}'


@scenario('both languages show the same code')
def _():
    def bare(readme):
        code = [re.sub(r'\s+#.*', '', line) for block in blocks(readme, '[a-z]*') for line in block.splitlines()]
        return [re.sub(r'[^\x00-\x7f].*', '', line) for line in code if not re.search(r'content": "', line) and not line.startswith(('src/', 'adapters/', 'cli/', 'tests/', 'docs/', 'completions/', 'packaging/'))]
    assert bare(READMES[0]) == bare(READMES[1]), next((a, b) for a, b in zip(bare(READMES[0]), bare(READMES[1])) if a != b)


@scenario('links lead somewhere')
def _():
    for page in [ROOT / r for r in READMES] + [ROOT / 'CONTRIBUTING.md', ROOT / 'CHANGELOG.md', *(ROOT / 'docs').rglob('*.md')]:
        for link in re.findall(r'\]\(([^)#:]+)(?:#[^)]*)?\)', page.read_text()):
            assert (page.parent / link).exists(), f'{page.name}: {link}'


if __name__ == '__main__':
    run()
