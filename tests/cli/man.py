#!/usr/bin/env python3
"""man: the committed page is fresh, and the readers that are here take it without a complaint."""
import shutil
import subprocess

from home import ROOT, Skip, home, ok, run, scenario

PAGE = ROOT / 'packaging/man/aigw.1'


@scenario('packaging/man/aigw.1 is what the program prints')
def _():
    with home() as h:
        assert PAGE.read_text() == ok(h.run('man')).stdout, 'refresh it: aigw man > packaging/man/aigw.1'


@scenario('the manual has every command with its options')
def _():
    with home() as h:
        listed = [line.split('  ')[1] for line in ok(h.run('help')).stdout.split('commands:\n')[1].split('\n\n')[0].splitlines()]
        page = ok(h.run('man')).stdout
        missing = [name for name in listed if '\n.Ss ' + name.replace('-', '\\-') + '\n' not in page]
        assert len(listed) > 20 and not missing, missing
        assert '.It Fl \\-expires Ar TIME' in page.split('.Ss keys issue\n')[1].split('.Ss ')[0]


@scenario('mandoc finds nothing to say about it')
def _():
    if not shutil.which('mandoc'):
        raise Skip('mandoc is not installed')
    done = subprocess.run(['mandoc', '-T', 'lint', '-W', 'warning', PAGE], capture_output=True, text=True)
    assert done.stdout + done.stderr == '', done.stdout + done.stderr


@scenario('groff renders it without a warning')
def _():
    if not shutil.which('groff'):
        raise Skip('groff is not installed')
    done = subprocess.run(['groff', '-mdoc', '-Tutf8', '-ww', PAGE], capture_output=True, text=True)
    assert done.returncode == 0 and done.stderr == '', done.stderr
    assert 'aigw keys add PROVIDER' in done.stdout


if __name__ == '__main__':
    run()
