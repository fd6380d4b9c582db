"""What the stages of tests/run.sh and .ci/run count: nothing that dies, hangs or keeps silent is taken for good."""
import pathlib
import subprocess
import tempfile

from scenario import scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]


def staged(lines, *arguments):
    """A script of stages `one`, `two` and `three`, run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        script = pathlib.Path(folder, 'script')
        script.write_text(f'cd {folder}\nset -uo pipefail\nstages=(one two three)\n. {ROOT}/tests/stages.sh\n{lines}\nsum_up\n')
        return subprocess.run(['bash', script, *arguments], capture_output=True, text=True, timeout=60)


def counted(lines, *arguments):
    done = staged(lines, *arguments)
    return done.stdout.splitlines()[-1], done.returncode


@scenario('stages are summed up')
def _():
    assert counted('stage one echo "2 passed, 0 failed"\nstage two echo "3 passed, 0 failed, 4 skipped"') == ('5 passed, 0 failed', 0)
    assert counted('stage one echo "2 passed, 0 failed"\nstage two echo "3 passed, 0 failed"', 'two') == ('3 passed, 0 failed', 0)
    done = staged('', 'four')
    assert done.returncode == 2 and 'one two three' in done.stderr, done


@scenario('a stage that fails, dies, hangs or says nothing has failed')
def _():
    assert counted('stage one sh -c "echo 2 passed, 1 failed; exit 1"') == ('2 passed, 1 failed', 1)
    assert counted('stage one sh -c "echo 2 passed, 0 failed; exit 1"') == ('0 passed, 1 failed', 1)
    assert counted('stage one sh -c "kill -9 \\$\\$"\nstage two echo "1 passed, 0 failed"') == ('1 passed, 1 failed', 1)
    assert counted('stage one true') == ('0 passed, 1 failed', 1)
    assert counted('stage_seconds_max=1\nstage one sh -c "echo 9 passed, 0 failed; sleep 30"') == ('0 passed, 1 failed', 1)
    assert counted('stage one no-such-program') == ('0 passed, 1 failed', 1)


@scenario('a suite is shown as it goes, and its sum counts')
def _():
    done = staged('suite one sh -c "echo working; echo 7 passed, 0 failed"')
    assert 'working' in done.stdout and done.stdout.endswith('7 passed, 0 failed\n') and done.returncode == 0, done
    assert counted('suite one sh -c "echo 7 passed, 2 failed; exit 1"') == ('7 passed, 2 failed', 1)
    assert counted('suite one sh -c "echo 7 passed, 0 failed; exit 3"') == ('7 passed, 1 failed', 1)
    assert counted('suite one sh -c "echo 7 passed, 0 failed; kill -9 \\$\\$"') == ('7 passed, 1 failed', 1)
    assert counted('suite one echo half') == ('0 passed, 1 failed', 1)


@scenario('unit tests are counted by case, and one that crashes has failed')
def _():
    summary = '[doctest] test cases: 3 | 3 passed | 0 failed'
    programs = f'printf "#!/bin/sh\\necho \'{summary}\'\\n" >good; printf "#!/bin/sh\\nkill -9 \\$\\$\\n" >dies; chmod +x good dies\n'
    assert counted(programs + 'doctests one ./good') == ('3 passed, 0 failed', 0)
    assert counted(programs + 'doctests one ./good ./dies') == ('3 passed, 1 failed', 1)
    assert counted(f'printf "#!/bin/sh\\necho \'{summary}\'; exit 1\\n" >odd; chmod +x odd\ndoctests one ./odd') == ('3 passed, 1 failed', 1)


@scenario('a step that fails ends it all')
def _():
    done = staged('stage one echo "1 passed, 0 failed"\nstep install false\nstage two echo "1 passed, 0 failed"')
    assert done.stdout.splitlines()[-1] == '1 passed, 1 failed' and done.returncode == 1, done
