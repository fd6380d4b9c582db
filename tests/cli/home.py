"""For the tests of the command line: a home without and with a running gateway, and a terminal to run commands in."""
import contextlib
import json
import os
import pathlib
import pty
import select
import struct
import sys
import fcntl
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from aigw import CREDENTIAL, PROGRAM, ROOT, Gateway, free_port  # noqa: E402,F401
from scenario import Skip, run, scenario, until  # noqa: E402,F401


@contextlib.contextmanager
def home(serving=False, **more):
    """A Gateway object without keys and providers of its own; its process runs when `serving`."""
    gateway = Gateway(key=more.pop('key', False), **more)
    if serving:
        gateway.start()
    failed = True
    try:
        yield gateway
        failed = False
    finally:
        gateway.__exit__(Exception if failed else None)


def both(name):
    """One scenario twice: on the database itself, and through a running gateway."""
    def keep(function):
        for serving in (False, True):
            def one(serving=serving):
                with home(serving) as gateway:
                    function(gateway)
            scenario(f'{name} ({"gateway" if serving else "alone"})')(one)
        return function
    return keep


def ok(done):
    assert done.returncode == 0, f'exit {done.returncode}: {done.stderr}'
    return done


def refused(done, code, *words):
    """Ends with `code`, says all `words` on stderr and nothing on stdout."""
    assert done.returncode == code, f'exit {done.returncode}, not {code}: {done.stderr or done.stdout}'
    assert done.stderr.startswith('aigw: '), done.stderr
    for word in words:
        assert word in done.stderr, f'{word!r} is not in {done.stderr!r}'
    assert done.stdout == '', done.stdout
    return done


def document(done):
    """The one JSON document on stdout."""
    ok(done)
    assert done.stdout.endswith('\n') and done.stdout.count('\n') == 1, done.stdout
    return json.loads(done.stdout)


class Terminal:
    """One command in a terminal of `columns`."""
    def __init__(self, gateway, *arguments, columns=80, env=None):
        self.seen = b''
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', 24, columns, 0, 0))
            os.execve(PROGRAM, [PROGRAM, *arguments], {**gateway.env, 'TERM': 'xterm', **(env or {})})

    def read(self, until_text=None, seconds=10):
        end = time.time() + seconds
        while time.time() < end and not (until_text and until_text in self.seen.decode(errors='replace')):
            if not select.select([self.fd], [], [], 0.05)[0]:
                continue
            try:
                part = os.read(self.fd, 65536)
            except OSError:  # the program ended
                break
            if not part:
                break
            self.seen += part
        return self.seen.decode(errors='replace')

    def write(self, text):
        os.write(self.fd, text.encode())

    def end(self, seconds=10):
        """(exit code, everything that was shown)."""
        shown = self.read(seconds=seconds)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status), shown.replace('\r\n', '\n')
