#!/usr/bin/env python3
"""/metrics: who may read it, what it counts, and that it stays within bounds."""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess

from home import Skip, home, run, scenario, until
from aigw import chat_request
from upstream import Upstream, answer, json_answer, send

SAMPLE = re.compile(r'^([a-z_]+)(?:\{(.*)\})? (\d+(?:\.\d+)?)$')
LABEL = re.compile(r'([a-z_]+)="((?:[^"\\]|\\.)*)"')


def samples(text):
    """{(name, labels): value}; asserts that each metric has its help and type before its samples."""
    found, kinds, current = {}, {}, None
    for line in text.splitlines():
        if line.startswith('# HELP '):
            current = line.split()[2]
            assert current not in kinds, f'{current} stands twice'
            continue
        if line.startswith('# TYPE '):
            assert line.split()[2] == current
            kinds[current] = line.split()[3]
            continue
        match = SAMPLE.match(line)
        assert match, line
        assert match[1] == current or (kinds[current] == 'histogram' and match[1].rsplit('_', 1)[0] == current), line
        key = match[1], frozenset(LABEL.findall(match[2] or ''))
        assert key not in found, line
        found[key] = float(match[3])
    return found


def scraped(h):
    got = h.request('GET', '/metrics')
    assert got.status == 200 and got.headers['content-type'].startswith('text/plain; version=0.0.4'), got
    return samples(got.body.decode())


def value(found, name, **labels):
    """The sum of what has these labels."""
    return sum(v for (n, have), v in found.items() if n == name and labels.items() <= dict(have).items())


@scenario('a key is wanted, unless the configuration opens it')
def _():
    with home(serving=True, key=True) as h:
        assert h.request('GET', '/metrics', key=None).status == 401
        assert h.request('GET', '/metrics', key='aigw_wrong').status == 401
        assert h.request('POST', '/metrics').status == 405
        assert value(scraped(h), 'aigw_build_info') == 1
        assert until(lambda: value(scraped(h), 'aigw_request_errors_total', code='unauthorized') == 2)
    with home(serving=True, key=True, config='[server]\nmetrics = "open"\n') as h:
        assert h.request('GET', '/metrics', key=None).status == 200
        assert h.request('GET', '/metrics', key=None, headers={'host': 'evil.example'}).status == 421
    with home(serving=True, key=True, config='[server]\nmetrics = "off"\n') as h:
        assert h.request('GET', '/metrics').status == 404


@scenario('the control socket gives them to who may use it')
def _():
    with home(serving=True, config='[server]\nmetrics = "off"\n') as h:
        with socket.socket(socket.AF_UNIX) as control:
            assert until(lambda: os.path.exists(h.home + '/aigw.db.sock'))  # opened a moment after the port
            control.connect(h.home + '/aigw.db.sock')
            connection = http.client.HTTPConnection('localhost')
            connection.sock = control
            connection.request('GET', '/metrics')
            assert value(samples(connection.getresponse().read().decode()), 'aigw_build_info') == 1


@scenario('requests are counted with outcome, tokens, cost, times and errors')
def _():
    def script(request):
        if request.json.get('model') == 'gpt-4o':
            return [send(json_answer({'error': {'message': 'no', 'type': 'x', 'param': None, 'code': None}}, 429))]
        return answer(request)
    with Upstream(script) as upstream, home(providers=[('up', 'openai-chat', upstream.url)], key=True, serving=True) as h:
        for _ in range(3):
            assert h.chat().status == 200
        assert h.chat(model='up/gpt-4o-mini').status == 200
        assert h.chat(stream=True).status == 200
        assert h.chat(model='gpt-4o').status == 429
        assert h.post('/v1/chat/completions', b'{').status == 400
        assert h.request('GET', '/healthz', key=None).status == 200
        rows, found = h.tail(), scraped(h)
        labels = {'dialect': 'openai-chat', 'provider': 'up', 'model': 'gpt-4o-mini'}
        assert value(found, 'aigw_requests_total', outcome='succeeded', **labels) == 5
        assert value(found, 'aigw_requests_total', outcome='failed', provider='up') == 1
        assert value(found, 'aigw_requests_total', outcome='refused') == 1
        assert value(found, 'aigw_requests_total') == len(rows)
        for kind in ('input', 'cache_read', 'cache_write', 'output'):
            assert value(found, 'aigw_tokens_total', type=kind) == sum(r['tokens'][kind] for r in rows if r['tokens']), kind
        assert round(value(found, 'aigw_cost_usd_total') * 1e9) == sum(r['cost_nano_usd'] or 0 for r in rows) > 0
        assert value(found, 'aigw_request_duration_seconds_count', **labels) == 5
        assert value(found, 'aigw_request_duration_seconds_bucket', le='+Inf', **labels) == 5
        assert value(found, 'aigw_time_to_first_token_seconds_count', **labels) == 5
        assert value(found, 'aigw_upstream_attempts_total') == 6
        assert value(found, 'aigw_upstream_connects_total', result='opened') + value(found, 'aigw_upstream_reuses_total') == 6
        assert value(found, 'aigw_request_errors_total', code='bad_request') == 1
        assert value(found, 'aigw_request_errors_total', code='upstream_error') == 1
        assert value(found, 'aigw_requests_in_flight') == 1, 'this scrape itself'
        assert value(found, 'aigw_client_connections') >= 1
        assert value(found, 'aigw_ledger_journal_bytes') > 0 and value(found, 'aigw_database_bytes') > 0
        assert value(found, 'process_resident_memory_bytes') > 1e6 and value(found, 'process_open_fds') > 5
        assert value(found, 'process_start_time_seconds') > 1.7e9


@scenario('buckets never fall, and end in the count')
def _():
    with Upstream(answer) as upstream, home(providers=[('up', 'openai-chat', upstream.url)], key=True, serving=True) as h:
        assert h.chat().status == 200

        def buckets_now():  # a request is counted when its last byte is out
            return sorted((float(dict(labels)['le']), v) for (name, labels), v in scraped(h).items()
                          if name == 'aigw_request_duration_seconds_bucket')
        buckets = until(buckets_now)
        assert [v for _, v in buckets] == sorted(v for _, v in buckets) and buckets[-1] == (float('inf'), 1), buckets


@scenario('names that clients make up do not grow it without bound, and cannot break its lines')
def _():
    with Upstream(lambda request: [send(json_answer({'error': {'message': 'no'}}, 404))], models=None) as upstream, \
            home(providers=[('up', 'openai-chat', upstream.url)], key=True, serving=True) as h:
        connection = http.client.HTTPConnection('127.0.0.1', h.port, timeout=20)
        names = [f'made-up-{i}' for i in range(400)] + ['quote"back\\slash\nline', 'x' * 5000, 'ü' * 20]
        for name in names:
            connection.request('POST', '/v1/chat/completions', json.dumps(chat_request('up/' + name)).encode(),
                               {'content-type': 'application/json', 'authorization': 'Bearer ' + h.key})
            assert connection.getresponse().read()
        connection.close()
        got = h.request('GET', '/metrics').body
        found = samples(got.decode())
        models = {dict(labels).get('model') for (name, labels) in found if name == 'aigw_requests_total'}
        assert 'other' in models and len(models) < 150, len(models)
        refused = 2  # names that no model has are no business of a provider's
        assert value(found, 'aigw_requests_total', outcome='failed') == len(names) - refused
        assert value(found, 'aigw_requests_total', outcome='refused') == refused
        assert max(map(len, models)) <= 128 and len(got) < 1 << 20, len(got)


@scenario('promtool finds nothing to say about it')
def _():
    if not shutil.which('promtool'):
        raise Skip('promtool is not installed')
    with Upstream(answer) as upstream, home(providers=[('up', 'openai-chat', upstream.url)], key=True, serving=True) as h:
        assert h.chat().status == 200
        done = subprocess.run(['promtool', 'check', 'metrics'], input=h.request('GET', '/metrics').body, capture_output=True)
        assert done.returncode == 0 and not done.stderr, done.stderr


if __name__ == '__main__':
    run()
