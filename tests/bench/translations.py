"""CPU of a translated request, agent body and stream event beside the same client's untranslated one."""
import os

import dialects
from drive import drive
from programs import Aigw, nginx

PATHS = {'chat': '/v1/chat/completions', 'responses': '/v1/responses', 'messages': '/v1/messages', 'gemini': '/v1beta/'}


def provider(bench, streams):
    """Every dialect at its own path, with one fixed answer."""
    folder = os.path.join(bench.folder, 'streams' if streams else 'answers')
    os.makedirs(folder)
    os.chmod(bench.folder, 0o755)  # its workers are another user's
    rules = ''
    for name, path in PATHS.items():
        with open(os.path.join(folder, name), 'w') as out:
            out.write(dialects.stream(name) if streams else dialects.answer(name))
        kind = 'text/event-stream' if streams else 'application/json'
        rules += f'location {path} {{ default_type {kind}; types {{ }} error_page 405 =200 /{name}; return 405; }} ' \
                 f'location = /{name} {{ internal; default_type {kind}; types {{ }} root {folder}; }} '
    return bench.start(nginx(bench.folder, 'streaming-provider' if streams else 'provider', 'return 404;', after=rules))


class Lane:
    """One client dialect to one provider of a running gateway, as a program for drive()."""
    def __init__(self, gateway, client, target, kind):
        self.name = f'{client}-{target}-{kind}'
        path, self.body = dialects.request(client, f'{target}/m', kind)
        self.url = f'http://127.0.0.1:{gateway.port}{path}'
        self.headers, self.cpu_seconds, self.resident_mib = gateway.headers, gateway.cpu_seconds, gateway.resident_mib


def gateway_to(bench, upstream, name):
    gateway = Aigw(bench.folder, bench.aigw, upstream, name=name)
    gateway.cli('providers', 'rm', 'bench')
    for target, dialect in dialects.NAMES.items():
        base = f'http://127.0.0.1:{upstream.port}' + ('/v1' if target in ('chat', 'responses') else '')
        gateway.cli('providers', 'add', target, '--dialect', dialect, '--base-url', base, '--allow-private', '--auth', 'none')
    return bench.start(gateway)


def translations(bench):
    """Each client dialect to each provider dialect; the untranslated pair of the same client is 1."""
    whole, streamed = provider(bench, False), provider(bench, True)
    gateways = {'small': gateway_to(bench, whole, 'whole'), 'stream': gateway_to(bench, streamed, 'streamed')}
    gateways['agent'] = gateways['small']
    kinds = {'small': (16, 1, 'us/request'), 'agent': (8, 1, 'us/request'), 'stream': (8, dialects.EVENTS, 'us/event')}
    lines = ['| client | provider | request, CPU us | x same | agent body, CPU us | x same | stream event, CPU us | x same | errors |',
             '|---|---|---|---|---|---|---|---|---|']
    for client in dialects.NAMES:
        cells = {target: [] for target in dialects.NAMES}
        errors = dict.fromkeys(dialects.NAMES, 0)
        for kind, (connections, parts, _) in kinds.items():
            used = {target: [] for target in dialects.NAMES}
            lanes = {target: Lane(gateways[kind], client, target, kind) for target in dialects.NAMES}
            for lane in lanes.values() if not bench.quick else ():  # warms up
                drive(bench.folder, lane, lane.body, connections, 1)
            for _ in range(bench.rounds):
                for target, lane in lanes.items():
                    result = drive(bench.folder, lane, lane.body, connections, bench.seconds)
                    used[target].append(result['cpu_us'] / parts)
                    errors[target] += result['errors']
            median = {target: sorted(values)[len(values) // 2] for target, values in used.items()}
            for target in dialects.NAMES:
                cells[target] += [f'{median[target]:,.1f}', f'{median[target] / median[client]:.2f}']
        lines += [f'| {client} | {target} | {" | ".join(cells[target])} | {errors[target]} |' for target in dialects.NAMES]
    return lines
