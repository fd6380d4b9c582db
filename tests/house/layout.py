"""Every C++ file is laid out as .clang-format says; every script can be read by its interpreter."""
import concurrent.futures
import pathlib
import shutil
import subprocess

from scenario import Skip, scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]


def files(*patterns):
    return sorted(path for top in ('src', 'adapters', 'cli', 'tests', 'packaging', '.githooks', '.ci')
                  for pattern in patterns for path in (ROOT / top).rglob(pattern) if path.is_file())


@scenario('C++ files are laid out as .clang-format says')
def _():
    if not shutil.which('clang-format'):
        raise Skip('clang-format is missing: packaging/install-deps.sh --tests')

    def unformatted(part):
        done = subprocess.run(['clang-format', '--dry-run', '-Werror', *part], cwd=ROOT, capture_output=True, text=True)
        return sorted({line.split(':')[0] for line in done.stderr.splitlines() if 'error:' in line})
    every = [str(path.relative_to(ROOT)) for path in files('*.cpp', '*.hpp')]
    parts = [every[at:at + 40] for at in range(0, len(every), 40)]
    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        bad = [name for found in threads.map(unformatted, parts) for name in found]
    assert not bad, f'clang-format -i {" ".join(bad)}'


@scenario('scripts are sound: bash -n, and Python compiles')
def _():
    for path in files('*.sh', 'run', 'pre-commit', 'commit-msg'):
        done = subprocess.run(['bash', '-n', path], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    for path in files('*.py'):
        compile(path.read_text(), str(path), 'exec')
