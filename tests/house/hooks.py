"""The git hooks, in a repository made for it."""
import contextlib
import pathlib
import shutil
import subprocess
import tempfile

from scenario import scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Clone:
    """A new repository with our hooks, set up as a newcomer would."""
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.git('init', '--quiet')
        for part in ('.githooks', '.clang-format', 'packaging/setup-hooks.sh', 'tests/architecture/check.py'):
            target = self.folder / part
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, target)
        subprocess.run([self.folder / 'packaging/setup-hooks.sh'], cwd=self.folder, check=True, capture_output=True)

    def git(self, *arguments):
        return subprocess.run(['git', '-c', 'user.name=a', '-c', 'user.email=a@b.example', '-c', 'commit.gpgsign=false', *arguments],
                              cwd=self.folder, capture_output=True, text=True)

    def commit(self, message, **files):
        """The finished commit of these files (name: text; two underscores are a slash, one before the end a dot)."""
        for name, text in files.items():
            stem, _, ending = name.replace('__', '/').rpartition('_')
            path = self.folder / f'{stem}.{ending}'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            self.git('add', path)
        return self.git('commit', '--allow-empty', '-m', message)


@contextlib.contextmanager
def clone():
    with tempfile.TemporaryDirectory() as folder:
        yield Clone(folder)


@scenario('commit-msg takes what CONTRIBUTING asks for and names what it refuses')
def _():
    with clone() as repository:
        for good in ('ledger: refuse a request when the disk is full', 'http, net: read heads where they lie\n\nWhy: copies cost.',
                     'net: feed the parser with what is there', 'Merge the cheaper ingester', 'fixup! net: read heads'):
            done = repository.commit(good)
            assert done.returncode == 0, f'{good!r}: {done.stderr}'
        for bad, why in (('refuse a request', 'area'), ('Ledger: refuse a request', 'area'), ('ledger:refuse it', 'area'),
                         ('ledger: adds a check', 'imperative'), ('ledger: refused requests', 'imperative'),
                         ('ledger: refusing requests', 'imperative'), ('ledger: refuse it.', 'full stop'),
                         ('ledger: ' + 'x' * 110, '110'), ('ledger: refuse it\nbecause', 'blank')):
            done = repository.commit(bad)
            assert done.returncode != 0 and why in done.stderr, f'{bad!r}: {done.stderr}'


@scenario('pre-commit refuses what is not laid out, breaks the plan or cannot be read, and takes it once mended')
def _():
    with clone() as repository:
        done = repository.commit('base: add a file', src__base__a_cpp='int   f( ){return 1;}\n')
        assert done.returncode != 0 and 'clang-format -i src/base/a.cpp' in done.stderr, done.stderr
        done = repository.commit('base: add a file', src__base__a_cpp='int f() { return 1; }\n')
        assert done.returncode == 0, done.stderr
        done = repository.commit('base: reach up', src__base__a_cpp='#include "store/database.hpp"\n')
        assert done.returncode != 0 and 'base may not include store/database.hpp' in done.stderr, done.stderr
        done = repository.commit('base: stay', src__base__a_cpp='int f() { return 2; }\n')
        assert done.returncode == 0, done.stderr
        done = repository.commit('tests: add a script', tests__a_py='def f(:\n')
        assert done.returncode != 0 and 'SyntaxError' in done.stderr, done.stderr
        done = repository.commit('tests: add a script', tests__a_py='f = 1\n', tests__a_sh='if true; then\n')
        assert done.returncode != 0 and 'tests/a.sh' in done.stderr, done.stderr


@scenario('pre-commit judges what is staged, not what lies beside it')
def _():
    with clone() as repository:
        path = repository.folder / 'src/base/a.cpp'
        path.parent.mkdir(parents=True)
        path.write_text('int f() { return 1; }\n')
        repository.git('add', path)
        path.write_text('int   f( ){return 1;}\n')
        done = repository.git('commit', '-m', 'base: add a file')
        assert done.returncode == 0, done.stderr


@scenario('pre-commit runs the unit tests of a layer that is touched')
def _():
    with clone() as repository:
        build = repository.folder / 'build/dev'
        (build / 'tests').mkdir(parents=True)
        program = build / 'tests/test_unit_base'
        (build / 'build.ninja').write_text(
            'rule made\n  command = true\nbuild test_unit_base: phony tests/test_unit_base\nbuild tests/test_unit_base: made\n')
        program.write_text('#!/bin/sh\necho "a scenario failed"; exit 1\n')
        program.chmod(0o755)
        done = repository.commit('base: add a file', src__base__a_cpp='int f() { return 1; }\n')
        assert done.returncode != 0 and 'a scenario failed' in done.stderr, done.stderr
        program.write_text('#!/bin/sh\nexit 0\n')
        done = repository.git('commit', '-m', 'base: add a file')
        assert done.returncode == 0, done.stderr
