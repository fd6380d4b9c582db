"""docs/dependencies.md, CMake, install-deps.sh and the architecture check speak of the same libraries; audit.sh asks for updates."""
import json
import os
import pathlib
import re
import stat
import subprocess
import tempfile

from scenario import scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]
AUDIT = ROOT / 'packaging/audit.sh'
SPDX_ID = re.compile(r'^SPDXRef-[A-Za-z0-9.-]+$')


def read(name):
    return (ROOT / name).read_text()


def rows():
    """(library, package, version, licence, form, door) of each row of the table."""
    cells = [[cell.strip() for cell in line.strip('|').split('|')] for line in read('docs/dependencies.md').splitlines()
             if line.startswith('| ')]
    return [(row[0], row[1].strip('`'), *row[2:6]) for row in cells if row[1].startswith('`')]


@scenario('each library has a row, a package that is installed, a check, and the version that the row says')
def _():
    done = subprocess.run([ROOT / 'packaging/install-deps.sh', '--check'], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-600:]
    found = dict(line.split() for line in done.stdout.splitlines())
    targets = set(re.findall(r'add_library\(dep_(\w+)', read('cmake/Dependencies.cmake')))
    targets |= set(re.findall(r'^dep_archive\((\w+)', read('cmake/Dependencies.cmake'), re.M))
    targets |= set(re.search(r'foreach\(name ([\w ]+)\)', read('cmake/Dependencies.cmake')).group(1).split())
    targets -= {'$'}
    checked = set(found) - {'g++', 'cmake'}
    assert targets - {'{name}'} == checked, f'no check of {targets - checked}, no target of {checked - targets}'
    written = [row for row in rows() if row[0] not in ('libstdc++', 'glibc')]
    assert len(written) == len(checked), f'{len(written)} rows, {len(checked)} libraries'
    for library, package, version, *_ in written:
        name = max((name for name in checked if name in f'{library} {package}'.lower()), key=len)
        real = re.sub(r'\b0+(?=\d)', '', found[name])
        assert real == version or real.startswith(version + '.'), f'{library} is {real} here, and {version} in docs/dependencies.md'
        assert re.search(rf'(^|\s){re.escape(package)}(\s|$)', read('packaging/install-deps.sh')), f'install-deps.sh does not bring {package}'


class Machine:
    """audit.sh with an apt and a dpkg that say what we want."""
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.update, self.offers = 0, {package: '1.0-1' for _, package, *_ in rows()}
        self.built = dict(self.offers)

    def program(self, name, text):
        path = self.folder / 'bin' / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('#!/bin/sh\n' + text)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def audit(self, *arguments):
        kind = {package: 'Sources' if 'from source' in form else 'Packages' for _, package, _, _, form, _ in rows()}
        offers = ''.join(f' {p} | {v} | http://security.example bookworm-security/main {kind[p]}\n' for p, v in self.offers.items())
        (self.folder / 'offers').write_text(offers)
        self.program('apt-get', f'[ {self.update} = 0 ] || echo "E: Could not resolve security.example"; exit {self.update}\n')
        self.program('apt-cache', f'cat {self.folder}/offers\n')
        self.program('dpkg-query', 'for name; do :; done\ncase "$name" in\n'
                     + ''.join(f'{p}) echo "installed {v}" ;;\n' for p, v in self.built.items()) + '*) exit 1 ;;\nesac\n')
        for name, version in self.built.items():
            marker = self.folder / 'cache' / f'{name}-1.0' / '.complete'
            marker.parent.mkdir(parents=True, exist_ok=True)
            marker.write_text(version + '\n')
        return subprocess.run([AUDIT, *arguments], capture_output=True, text=True,
                              env={'PATH': f'{self.folder}/bin:{os.environ["PATH"]}', 'AIGW_BUILD_CACHE': f'{self.folder}/cache'})


def machine(function):
    def run():
        with tempfile.TemporaryDirectory() as folder:
            function(Machine(folder))
    return run


@scenario('audit: all up to date')
@machine
def _(machine):
    done = machine.audit()
    assert done.returncode == 0 and re.search(r'^1[0-9] passed, 0 failed$', done.stdout, re.M), done
    assert 'doctest' not in done.stdout, 'what only tests link is not in the product'


@scenario('audit: an update that is not installed fails and says what to do')
@machine
def _(machine):
    machine.offers['libssl-dev'] = '1.0-1+deb12u1'
    done = machine.audit()
    assert done.returncode == 1 and ', 1 failed' in done.stdout, done
    assert 'libssl-dev has an update: 1.0-1+deb12u1 from bookworm-security' in done.stderr and 'install-deps.sh --update' in done.stderr, done.stderr


@scenario('audit: a source package without the distribution\'s newest patch fails')
@machine
def _(machine):
    machine.offers['cpp-httplib'] = '1.0-1+deb12u2'
    done = machine.audit()
    assert done.returncode == 1 and 'cpp-httplib has an update' in done.stderr, done


@scenario('audit: a library that is not installed fails')
@machine
def _(machine):
    del machine.built['zlib1g-dev']
    done = machine.audit()
    assert done.returncode == 1 and 'zlib1g-dev is not here' in done.stderr, done


@scenario('audit: offline is neither good nor bad, and says so')
@machine
def _(machine):
    machine.update = 100
    done = machine.audit()
    assert done.returncode == 3 and '0 passed, 0 failed, 1' in done.stdout and 'skipped' in done.stdout, done
    assert 'Could not ask' in done.stderr and 'security.example' in done.stderr, done.stderr
    assert machine.audit('--offline-ok').returncode == 0


@scenario('audit --spdx: a document of every linked library with version, licence and link')
@machine
def _(machine):
    done = machine.audit('--spdx', machine.folder / 'aigw.spdx.json')
    assert done.returncode == 0, done
    document = json.loads((machine.folder / 'aigw.spdx.json').read_text())
    assert document['spdxVersion'] == 'SPDX-2.3' and document['dataLicense'] == 'CC0-1.0' and document['SPDXID'] == 'SPDXRef-DOCUMENT'
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', document['creationInfo']['created']) and document['creationInfo']['creators']
    packages = {package['SPDXID']: package for package in document['packages']}
    assert len(packages) == len(document['packages']) and all(map(SPDX_ID.match, packages))
    licences = {package: licence for _, package, _, licence, _, door in rows() if door != '`tests/`'}
    assert {p['name'] for p in packages.values()} == {'aigw', *licences}
    for package in packages.values():
        assert package['downloadLocation'] and package['copyrightText'] and package['filesAnalyzed'] is False
        if package['name'] != 'aigw':
            assert package['versionInfo'] == '1.0-1' and package['licenseDeclared'] == licences[package['name']]
    links = {(r['spdxElementId'], r['relatedSpdxElement']): r['relationshipType'] for r in document['relationships']}
    assert links[('SPDXRef-DOCUMENT', 'SPDXRef-aigw')] == 'DESCRIBES' and len(links) == len(packages)
    assert links[('SPDXRef-aigw', 'SPDXRef-libc6')] == 'DYNAMIC_LINK' and links[('SPDXRef-aigw', 'SPDXRef-libssl-dev')] == 'STATIC_LINK'
