#!/usr/bin/env python3
"""The log of serve: its formats, its levels by area, a line a request, nothing secret."""
import json
import re

from home import home, refused, run, scenario, until
from upstream import Upstream, answer


def json_lines(h):
    return [json.loads(line) for line in h.log().splitlines()]


@scenario('a line has time, level, area, event and fields')
def _():
    with home(serving=True) as h:
        until(lambda: ' listening ' in h.log())
        assert re.search(r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info server listening address=127\.0\.0\.1:\d+ db=\S+ version=\S+$', h.log(), re.M), h.log()


@scenario('as JSON each line is one document')
def _():
    with home(serving=True, config='[log]\nformat = "json"\n') as h:
        until(lambda: 'listening' in h.log())
        h.stop()
        lines = json_lines(h)
        assert [line['event'] for line in lines if line['area'] == 'server'] == ['listening', 'stopping', 'stopped'], lines
        assert all(line['level'] and re.match(r'20\d\d-', line['time']) for line in lines)


@scenario('levels are chosen by area, in the file, a variable and a flag')
def _():
    with Upstream(answer) as upstream:
        providers = [('up', 'openai-chat', upstream.url)]
        with home(providers=providers, serving=True, config='[log]\nlevel = "warn,server=debug"\n') as h:
            assert until(lambda: ' debug server models_learnt ' in h.log())
        with home(providers=providers, serving=True, config='[log]\nlevel = "debug"\n', env={'AIGW_LOG_LEVEL': 'debug,server=warn'}) as h:
            h.stop()
            assert ' server ' not in h.log(), h.log()
        with home(serving=True, env={'AIGW_LOG_LEVEL': 'debug'}, arguments=['--log-level', 'error']) as h:
            h.stop()
            assert h.log() == ''
    with home() as h:
        refused(h.run('serve', '--log-level', 'info,nat=debug'), 2, 'nat', 'net')
        refused(h.run('serve', '--log-level', 'loud'), 2, 'loud', 'debug')


@scenario('a line a request when it is asked for, with its id, without keys and queries')
def _():
    with Upstream(answer) as upstream, home(providers=[('up', 'openai-chat', upstream.url)], key=True, serving=True,
                                            config='[log]\nformat = "json"\nrequests = true\n') as h:
        good = h.chat()
        asked = h.request('GET', '/v1/models?key=' + h.key, key=None)
        unknown = h.request('GET', '/v1/models', key='aigw_wrong')
        lines = {}
        told = {answer.headers['x-request-id'] for answer in (good, asked, unknown)}
        assert until(lambda: lines.update({line['request']: line for line in json_lines(h) if line['event'] == 'request'}) or told <= lines.keys())
        line = lines[good.headers['x-request-id']]
        row = h.row(line['request'])
        assert (line['status'], line['outcome'], line['provider'], line['path']) == (200, 'succeeded', 'up', '/v1/chat/completions'), line
        assert line['output'] == row['tokens']['output'] and line['cost_nano_usd'] == row['cost_nano_usd'] and line['area'] == 'net', line
        assert lines[asked.headers['x-request-id']]['path'] == '/v1/models'
        line = lines[unknown.headers['x-request-id']]
        assert line['status'] == 401 and line['error'] == 'unauthorized' and 'outcome' not in line, line
        assert h.key not in h.log() and 'aigw_wrong' not in h.log()


@scenario('without being asked for there is no line a request')
def _():
    with Upstream(answer) as upstream, home(providers=[('up', 'openai-chat', upstream.url)], key=True, serving=True) as h:
        assert h.chat().status == 200
        h.stop()
        assert 'req_' not in h.log(), h.log()


if __name__ == '__main__':
    run()
