#!/usr/bin/env python3
"""completions: the committed scripts are fresh, and the shells that are here complete with them."""
import shutil
import subprocess

from home import PROGRAM, ROOT, Skip, home, ok, run, scenario

FILES = {'bash': 'aigw.bash', 'zsh': '_aigw', 'fish': 'aigw.fish'}


@scenario('completions/ is what the program prints')
def _():
    with home() as h:
        for shell, name in FILES.items():
            printed = ok(h.run('completions', shell)).stdout
            assert (ROOT / 'completions' / name).read_text() == printed, f'refresh it: aigw completions {shell} > completions/{name}'


def bash_completes(*words):
    script = f'''source {ROOT}/completions/aigw.bash
COMP_WORDS=({' '.join(f"'{w}'" for w in words)}); COMP_CWORD={len(words) - 1}; _aigw; printf '%s\\n' "${{COMPREPLY[@]}}"'''
    return set(subprocess.run(['bash', '-c', script], capture_output=True, text=True, check=True).stdout.split())


@scenario('bash completes commands, options and values')
def _():
    assert {'keys', 'serve', 'stats'} <= bash_completes('aigw', '')
    assert bash_completes('aigw', 'st') == {'stats'}
    assert {'add', 'issue', 'revoke'} <= bash_completes('aigw', 'keys', '')
    assert bash_completes('aigw', 'keys', 'issue', '--e') == {'--expires'}
    assert bash_completes('aigw', 'stats', '--s') == {'--since'}
    assert bash_completes('aigw', 'providers', 'add', 'x', '--dialect', 'open') == {'openai-chat', 'openai-responses'}
    assert bash_completes('aigw', '--db', 'x', 'completions', '') >= {'bash', 'zsh', 'fish'}


@scenario('fish completes commands, options and values')
def _():
    if not shutil.which('fish'):
        raise Skip('fish is not installed')

    def completes(line):
        done = subprocess.run(['fish', '--no-config', '-c', f'source {ROOT}/completions/aigw.fish; complete -C "{line}"'], capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == '', done.stderr
        return {entry.split('\t')[0] for entry in done.stdout.splitlines()}
    assert {'keys', 'serve', 'stats'} <= completes('aigw ')
    assert {'add', 'issue', 'revoke'} <= completes('aigw keys ') and 'serve' not in completes('aigw keys ')
    assert '--since' in completes('aigw stats --s')
    assert {'openai-chat'} <= completes('aigw providers add x --dialect openai-c')


@scenario('zsh reads its script and completes with it')
def _():
    if not shutil.which('zsh'):
        raise Skip('zsh is not installed')
    # Stand-ins for zsh's own helpers print what they were given, where they were called.
    script = f'''compdef() {{ : }}
_describe() {{ print -l -- "${{(@P)2}}" }}
_arguments() {{ print -l -- "$CURRENT" "$words[1]" "$@" }}
source {ROOT}/completions/_aigw
complete() {{ words=("$@"); CURRENT=$#words; _aigw }}
'''

    def completes(*words):
        line = ' '.join(f"'{w}'" for w in words)
        done = subprocess.run(['zsh', '-f', '-c', script + f'complete {line}'], capture_output=True, text=True)
        assert done.returncode == 0 and done.stderr == '', done.stderr
        return done.stdout
    assert 'serve:Run the gateway' in completes('aigw', '')
    inner = completes('aigw', 'keys', '')
    assert 'issue:' in inner and 'serve:' not in inner
    assert completes('aigw', '--db', 'x', 'stats', '--since', '1h', '').startswith('4\nstats\n'), completes('aigw', '--db', 'x', 'stats', '--since', '1h', '')
    assert '--since[' in completes('aigw', 'stats', '')


if __name__ == '__main__':
    run()
