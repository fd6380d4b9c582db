"""`aigw mock` as a provider of all four dialects, on a port of its own.

    with Mock() as mock, Gateway([('up', 'openai-chat', mock.url)]) as gateway: ...
"""
import subprocess

from aigw import PROGRAM


class Mock:
    def __enter__(self):
        self.process = subprocess.Popen([PROGRAM, 'mock', '--listen', '127.0.0.1:0'], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = self.process.stdout.readline().strip()
        assert self.url.startswith('http://127.0.0.1:'), f'aigw mock says {self.url!r} on stdout'
        return self

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(10) == 0, 'aigw mock does not end well on SIGTERM'
