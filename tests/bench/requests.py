"""CPU, latency and memory a request: nginx proxy_pass, aigw and the direct path."""
from drive import Rounds
from programs import BIG_REQUEST, REQUEST, Aigw, nginx_proxy, tls_upstream, upstream

HEAD = ['| {0} | path | CPU us/request | x nginx | requests/s | p50 us | p99 us | p99 x nginx | resident MiB | errors |',
        '|---|---|---|---|---|---|---|---|---|---|']


def lines_of(label, rounds):
    for name in rounds.results:
        shared = (f'{rounds.median(name, "per_second"):,.0f} | {rounds.median(name, "p50_us"):,.0f} | '
                  f'{rounds.median(name, "p99_us"):,.0f}')
        errors = rounds.total(name, 'errors')
        if name == 'direct':
            yield f'| {label} | direct | | | {shared} | | | {errors} |'
        else:
            yield (f'| {label} | {name} | {rounds.median(name, "cpu_us"):.1f} | {rounds.ratio(name, "cpu_us"):.2f} | '
                   f'{shared} | {rounds.ratio(name, "p99_us"):.2f} | {rounds.median(name, "resident_mib"):.1f} | {errors} |')


def rows_sentence(gateway, answered):
    """Each answer has its row; wrk's last requests are cut off when it stops, and have rows too."""
    rows = gateway.rows()
    if rows['requests'] < answered:
        raise SystemExit(f'bench: {answered} answers but only {rows["requests"]} rows')
    return (f'Rows on the ledger of {gateway.name} after the run: {rows["requests"]:,}, of which succeeded '
            f'{rows["succeeded"]:,}, aborted {rows["aborted"]:,} (cut off when wrk stops), failed {rows["failed"]:,}, '
            f'refused {rows["refused"]:,}.')


def small(bench):
    """1.3 KB chat requests, ledger "normal"."""
    provider = bench.start(upstream(bench.folder))
    provider.name = 'direct'
    proxy, gateway = bench.start(nginx_proxy(bench.folder, provider)), bench.start(Aigw(bench.folder, bench.aigw, provider))
    lines, answered = [line.format('connections') for line in HEAD], 0
    for connections in bench.connections:
        rounds = Rounds(bench.folder, [proxy, gateway, provider], REQUEST, connections, bench.rounds, bench.seconds)
        answered += rounds.total('aigw', 'requests')
        lines += lines_of(connections, rounds)
    return [f'Chat requests of {len(REQUEST):,} bytes.', '', *lines, '', rows_sentence(gateway, answered)]


def full(bench):
    """The same with a ledger that survives a loss of power: each answer waits for a grouped fdatasync."""
    provider = bench.start(upstream(bench.folder))
    proxy = bench.start(nginx_proxy(bench.folder, provider))
    gateway = bench.start(Aigw(bench.folder, bench.aigw, provider, settings='[ledger]\ndurability = "full"\n'))
    lines = [line.format('connections') for line in HEAD]
    for connections in [count for count in bench.connections if count <= 64]:
        rounds = Rounds(bench.folder, [proxy, gateway], REQUEST, connections, bench.rounds, bench.seconds)
        lines += lines_of(connections, rounds)
    return lines


def big(bench):
    """Agent requests: many tools, a long history."""
    provider = bench.start(upstream(bench.folder))
    proxy, gateway = bench.start(nginx_proxy(bench.folder, provider)), bench.start(Aigw(bench.folder, bench.aigw, provider))
    rounds = Rounds(bench.folder, [proxy, gateway], BIG_REQUEST, 8, bench.rounds, bench.seconds)
    return [f'Requests of {len(BIG_REQUEST):,} bytes with 40 tools, 8 connections.', '',
            *[line.format('connections') for line in HEAD], *lines_of(8, rounds)]


def tls(bench):
    """A provider behind TLS, as they are."""
    provider, certificate = tls_upstream(bench.folder)
    bench.start(provider)
    proxy = bench.start(nginx_proxy(bench.folder, provider))
    gateway = bench.start(Aigw(bench.folder, bench.aigw, provider, env={'SSL_CERT_FILE': certificate}))
    lines = [line.format('connections') for line in HEAD]
    for connections in (1, 16):
        lines += lines_of(connections, Rounds(bench.folder, [proxy, gateway], REQUEST, connections, bench.rounds, bench.seconds))
    return lines
