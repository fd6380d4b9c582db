#!/usr/bin/env python3
"""stats, tail and show: what the ledger says, alone and through a running gateway."""
import contextlib
import json
import os
import signal
import subprocess

from home import PROGRAM, Terminal, document, home, ok, refused, run, scenario, until
from upstream import Upstream, answer

SUM_FIELDS = {'requests', 'succeeded', 'failed', 'aborted', 'refused', 'unpriced_requests', 'cost_nano_usd', 'tokens', 'latency_ms', 'ttft_ms'}
ROW_FIELDS = {'id', 'at', 'key', 'client_dialect', 'operation', 'provider', 'provider_dialect', 'model_requested', 'model_served', 'status', 'outcome',
              'stream', 'attempts', 'tokens', 'usage_source', 'cost_nano_usd', 'latency_ms', 'ttft_ms', 'bytes_in', 'bytes_out', 'error'}


@contextlib.contextmanager
def used(count=3):
    """A home whose gateway answered `count` requests and still runs."""
    with Upstream(answer) as upstream, home(serving=True, key=True, providers=[('up', 'openai-chat', upstream.url)]) as h:
        for _ in range(count):
            assert h.chat().status == 200
        yield h


def check_all(h):
    stats = document(h.run('stats', '--json'))
    assert stats.keys() == {'since', 'until', 'totals', 'rows', 'behind'}, stats.keys()
    assert SUM_FIELDS <= stats['totals'].keys() and stats['rows'] == [] and stats['behind'] is None
    assert stats['totals']['requests'] == stats['totals']['succeeded'] == 3, stats
    assert stats['totals']['tokens'].keys() == {'input', 'cache_read', 'cache_write', 'output'}
    assert stats['totals']['latency_ms'].keys() == {'p50', 'p95', 'p99'}

    grouped = document(h.run('stats', '--by', 'model,provider,key,hour', '--json'))
    assert sum(row['requests'] for row in grouped['rows']) == 3
    assert grouped['rows'][0]['group'].keys() == {'model', 'provider', 'key', 'hour'} and SUM_FIELDS <= grouped['rows'][0].keys()
    assert grouped['rows'][0]['group']['provider'] == 'up' and grouped['rows'][0]['group']['key'] == 'test'

    rows = [json.loads(line) for line in ok(h.run('tail', '-n', '1000000000', '--json')).stdout.splitlines()]
    assert len(rows) == 3 and all(ROW_FIELDS <= row.keys() for row in rows), rows
    assert [r['id'] for r in rows] == sorted(r['id'] for r in rows), 'oldest first'
    assert len(ok(h.run('tail', '-n', '2', '--json')).stdout.splitlines()) == 2
    assert ok(h.run('tail', '-n', '0', '--json')).stdout == ''
    assert document(h.run('show', rows[0]['id'], '--json')) == rows[0]
    shown = ok(h.run('show', rows[0]['id'])).stdout
    assert rows[0]['id'] in shown and 'succeeded, status 200' in shown and 'up' in shown, shown
    table = ok(h.run('tail')).stdout
    assert table.count('\n') == 4 and 'gpt-4o-mini' in table, table
    assert ok(h.run('stats', '--by', 'provider')).stdout.splitlines()[1].startswith('up')


@scenario('stats, tail and show agree, while the gateway runs and when it has ended')
def _():
    with used() as h:
        check_all(h)
        h.stop()
        check_all(h)


@scenario('after kill -9 the commands bring in what the journal holds')
def _():
    with used() as h:
        h.kill()
        check_all(h)


@scenario('an empty ledger is a sum of zeros')
def _():
    with home() as h:
        assert document(h.run('stats', '--json'))['totals']['requests'] == 0
        assert ok(h.run('tail', '--json')).stdout == ''
        refused(h.run('show', 'req_0000000000000'), 1, 'no request', 'aigw tail')
        refused(h.run('show', 'nonsense'), 2, 'no request id')
        refused(h.run('stats', '--by', 'modle'), 2, 'modle', 'Did you mean "model"?')


@scenario('stats looks back as far as it is told')
def _():
    with used(1) as h:
        until(lambda: document(h.run('stats', '--since', '1ms', '--json'))['totals']['requests'] == 0)
        assert document(h.run('stats', '--since', '1ms', '--json'))['totals']['requests'] == 0
        assert document(h.run('stats', '--since', '5m', '--json'))['totals']['requests'] == 1
        assert document(h.run('stats', '--since', '52w', '--json'))['totals']['requests'] == 1


class Following:
    def __init__(self, h, *arguments):
        self.process = subprocess.Popen([PROGRAM, 'tail', '-f', '--json', *arguments], env=h.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.text = b''

    def ids(self):
        self.text += self.process.stdout.read() or b''
        return [json.loads(line)['id'] for line in self.text.splitlines()]

    def end(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)
        self.process.stdout.close()
        self.process.stderr.close()


@scenario('tail -f prints each new row once, and survives a restart of the gateway')
def _():
    with used(2) as h:
        following = Following(h)
        try:
            assert until(lambda: len(following.ids()) == 2)
            for expected in (3, 4, 5):
                assert h.chat().status == 200
                assert until(lambda: len(following.ids()) == expected), following.ids()
            h.stop()
            h.start()
            for _ in range(3):
                assert h.chat().status == 200
            assert until(lambda: len(following.ids()) == 8, 15), following.ids()
            assert len(set(following.ids())) == 8
        finally:
            following.end()


@scenario('tail -f keeps its columns under their titles')
def _():
    with used(1) as h:
        terminal = Terminal(h, 'tail', '-f', columns=200, env={'NO_COLOR': '1'})
        try:
            terminal.read('gpt-4o-mini', 10)
            assert h.chat().status == 200
            lines = terminal.read(seconds=2).replace('\r', '').splitlines()
            assert len(lines) == 3 and len({line.find('succeeded') for line in lines[1:]} | {lines[0].find('outcome')}) == 1, lines
        finally:
            os.kill(terminal.pid, signal.SIGINT)
            terminal.end()


@scenario('tail -n 0 -f begins with what comes')
def _():
    with used(2) as h:
        following = Following(h, '-n', '0')
        try:
            assert not until(lambda: following.ids(), 1)
            assert h.chat().status == 200
            assert until(lambda: len(following.ids()) == 1), following.ids()
        finally:
            following.end()


@scenario('tail -f lets a gateway start on the same database')
def _():
    with home() as h:
        following = Following(h)
        try:
            h.start()
        finally:
            following.end()


@scenario('a closed pipe ends tail with success')
def _():
    with used(3) as h:
        # With -f only the broken pipe can end it; a fourth row comes when `head` has gone.
        process = subprocess.Popen(['bash', '-c', 'set -o pipefail; "$0" tail -f --json | head -n 1', PROGRAM], env=h.env, stdout=subprocess.PIPE)
        assert process.stdout.readline().startswith(b'{')
        assert until(lambda: h.chat().status == 200 and process.poll() is not None, 15), 'tail goes on without a reader'
        process.stdout.close()
        assert process.returncode == 0, process.returncode


@scenario('a table fits the terminal, and colours are for terminals without NO_COLOR')
def _():
    with used(2) as h:
        for columns in (40, 60, 80, 200):
            for command in (('tail',), ('stats', '--by', 'model,provider,key'), ('providers',), ('keys',)):
                code, shown = Terminal(h, *command, columns=columns, env={'NO_COLOR': '1'}).end()
                assert code == 0 and '\x1b' not in shown, shown
                widest = max(len(line) for line in shown.splitlines())
                assert widest <= columns, f'{command} at {columns}: {widest}\n{shown}'
        assert '\x1b[1m' in Terminal(h, 'tail').end()[1]
        assert '\x1b' not in ok(h.run('tail')).stdout


if __name__ == '__main__':
    run()
