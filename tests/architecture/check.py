#!/usr/bin/env python3
"""Holds the house to its plan: which layer may include which, one library one door, and calls that have one home.

    check.py [ROOT]      reads src/, adapters/ and cli/ under ROOT; prints one sentence a breach; exit 1 if there is any
    check.py --selftest  proves on made-up files that each rule can fail
"""
import pathlib
import re
import sys
import tempfile

# A layer may include itself and these. ops takes http for one file, uri (a base URL is judged in one place), and json
# for the one column of a provider's row that it owns.
MAY_INCLUDE = {
    'base': '',
    'json': 'base',
    'http': 'base',
    'llm': 'base json http',
    'ledger': 'base llm',
    'store': 'base llm ledger',
    'config': 'base',
    'policy': 'base llm',
    'gateway': 'base json http llm policy ledger',
    'adapters': 'base json http llm',
    'ops': 'base json http llm ledger store config policy',
    'net': 'base http gateway ledger',
    'server': 'base json http llm ledger store config policy gateway ops net',
    'cli': 'base json http llm ledger store config policy gateway ops net server adapters',
}

# (what is included, the files that may, the library's name)
DOORS = [
    (r'boost/', r'src/net/', 'Boost'),
    (r'openssl/', r'src/base/crypto|src/net/tls', 'OpenSSL'),
    (r'sqlite3|SQLiteCpp', r'src/store/', 'SQLite'),
    (r'nlohmann/', r'src/json/dom', 'nlohmann'),
    (r'simdjson', r'src/json/', 'simdjson'),
    (r'toml', r'src/config/', 'toml++'),
    (r'CLI/', r'cli/', 'CLI11'),
    (r'httplib', r'src/net/blocking_client', 'cpp-httplib'),
    (r'spdlog/', r'src/base/log', 'spdlog'),
    (r'zlib\.h|zstd\.h', r'src/http/', 'zlib and zstd'),
    (r'crypt\.h', r'src/base/', 'libcrypt'),
]

# (pattern, the files that may, why)
BANNED = [
    (r'\bgetenv\s*\(', r'src/config/|cli/', 'the environment is read once, in config'),
    (r'\bsystem_clock::now\b', r'src/base/time', 'the wall clock has one door, so that tests can turn it'),
    (r'\bstd::(cout|cerr|clog)\b', r'cli/', 'stdout is data and belongs to the command line; talk goes through log'),
    (r'(?<![\w:.>])(printf|puts|putchar)\s*\(', r'cli/', 'stdout is data and belongs to the command line'),
    (r'\bstd::(stoi|stol|stoll|stoul|stoull|stod|stof)\b', r'$^',
     'it throws, and takes "12abc" for 12: use std::from_chars'),
    (r'\b(atoi|atol|atoll|atof)\s*\(', r'$^', 'it cannot say that the text is no number: use std::from_chars'),
    (r'\b(strcpy|strcat|sprintf|vsprintf|gets)\s*\(', r'$^', 'it does not know how much room there is'),
    (r'\b(localtime|gmtime|strtok|asctime|ctime)\s*\(', r'$^', 'it answers from memory that all threads share'),
    (r'\b(rand|srand)\s*\(', r'$^', 'it can be guessed: use crypto::random_bytes'),
    (r'\bstd::(mt19937|default_random_engine)', r'$^', 'it can be guessed: use crypto::random_bytes'),
    (r'\bstd::regex\b', r'$^', 'its time and its stack grow with hostile input'),
    (r'\b(system|popen)\s*\(', r'$^', 'a shell takes part of its argument for commands'),
    (r'\bexit\s*\(|\bstd::quick_exit\b', r'cli/', 'only the command line ends the program; return an Error'),
    (r'\bstd::this_thread::sleep_(for|until)\b', r'src/net/|src/server/|src/store/|cli/', 'inner layers do not wait'),
    (r'\bO_APPEND\b', r'$^', 'two appenders tear what a reader sees (DESIGN 4a): pwrite at an own offset'),
    (r'\basync_read\s*\(|\basync_write\s*\(\s*\w+\s*,\s*(request|response)', r'src/net/simple_server',
     'on the data path it costs a factor of 2.3'),
    (r'\bany_io_executor\b', r'$^', 'it costs a virtual call each step: io_context::executor_type'),
    (r'\busing namespace std\s*;', r'$^', 'it brings in names that nobody asked for'),
    (r'\b(TODO|FIXME|XXX|HACK)\b', r'$^', 'a plan belongs into an issue, not into the source'),
]

# Provider names stand in adapters/ and cli/ alone: the machinery must not know whom it talks to.
PROVIDER_NAMES = re.compile(r'"(openai|anthropic|gemini|google|groq|mistral|deepseek|xai|openrouter|ollama)"')

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
COMMENT_OR_TEXT = re.compile(r"""R"(\w*)\(.*?\)\1"|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'""", re.S)
FILE_LINES_MAX = 700


def layer_of(path):
    parts = path.split('/')
    return parts[1] if parts[0] == 'src' else parts[0]


def layer_named_by(include):
    head = include.split('/')[0]
    return head if '/' in include and head in MAY_INCLUDE else None


def blank(match):
    """Comments and texts go, line breaks stay, so that line numbers hold."""
    return re.sub(r'[^\n]', ' ', match.group(0))


def breaches_of(path, text):
    layer, allowed = layer_of(path), MAY_INCLUDE.get(layer_of(path))
    if allowed is None:
        yield f'{path}: the plan knows no layer "{layer}"; give it a row in tests/architecture/check.py'
        return
    lines = text.splitlines()
    if path.endswith('.hpp') and '#pragma once' not in lines[:1] + lines[1:5]:
        yield f'{path}: a header begins with #pragma once'
    if len(lines) > FILE_LINES_MAX:
        yield f'{path}: {len(lines)} lines are more than one job; split it (at most {FILE_LINES_MAX})'
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        quote, include = found.groups()
        target = layer_named_by(include) if quote == '"' else None
        if target and target != layer and target not in allowed.split():
            yield f'{path}:{number}: {layer} may not include {include}; it may include {allowed or "nothing"}'
        for pattern, door, name in DOORS:
            if re.match(pattern, include) and not re.match(door, path):
                doors = door.replace('|', ' and ')
                yield f'{path}:{number}: {name} has one door, {doors}; {include} is not for this file'
    code = COMMENT_OR_TEXT.sub(blank, text)
    for pattern, home, why in BANNED:
        source = text if 'TODO' in pattern else code
        for found in re.finditer(pattern, source):
            if not re.match(home, path):
                number = source.count('\n', 0, found.start()) + 1
                yield f'{path}:{number}: no {found.group(0).strip(" (")} here: {why}'
    if path.startswith('src/'):
        for number, line in enumerate(re.sub(r'//.*', '', text).splitlines(), 1):
            if found := PROVIDER_NAMES.search(line):
                yield f'{path}:{number}: src knows no provider; {found.group(0)} belongs into adapters/'


def breaches_under(root):
    for top in ('src', 'adapters', 'cli'):
        for file in sorted((root / top).rglob('*')):
            if file.suffix in ('.hpp', '.cpp'):
                yield from breaches_of(str(file.relative_to(root)), file.read_text())


def selftest():
    bad = {
        'src/policy/a.cpp': ('#include "store/database.hpp"\n', 'policy may not include store/database.hpp'),
        'src/gateway/b.cpp': ('#include <boost/asio.hpp>\n', 'Boost has one door'),
        'src/ops/c.cpp': ('#include <sqlite3.h>\n', 'SQLite has one door'),
        'src/net/d.cpp': ('int f() { return getenv("X") != nullptr; }\n', 'no getenv here'),
        'src/llm/e.cpp': ('auto t = std::chrono::system_clock::now();\n', 'no system_clock::now here'),
        'src/http/f.cpp': ('// TODO later\n', 'no TODO here'),
        'src/llm/g.cpp': ('bool f(auto p) { return p == "openai"; }\n', 'src knows no provider'),
        'src/base/h.hpp': ('int x;\n', 'begins with #pragma once'),
        'src/magic/i.cpp': ('\n', 'no layer "magic"'),
        'src/json/j.cpp': ('int x;\n' * 701, 'split it'),
    }
    good = {
        'src/net/k.cpp': '#include "http/message.hpp"\n#include <boost/asio.hpp>\n',
        'src/llm/l.cpp': '// getenv( is for config alone\nauto s = "std::cout";\n',
        'src/llm/o.cpp': 'auto q = \'"\'; auto s = R"(a "system(" b)"; auto n = 1\'000;\n',
        'adapters/m.cpp': 'auto name = "openai";\n',
        'cli/n.cpp': '#include "server/daemon.hpp"\n#include <CLI/CLI.hpp>\nvoid f() { std::cout << 1; }\n',
    }
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, text in [*((n, t) for n, (t, _) in bad.items()), *good.items()]:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = list(breaches_under(root))
    failures = [f'{name}: expected "{want}"' for name, (_, want) in bad.items()
                if not any(f.startswith(name) and want in f for f in found)]
    failures += [f'unexpected: {f}' for f in found if f.split(':')[0] in good]
    return failures


def main():
    if '--selftest' in sys.argv:
        found = selftest()
    else:
        root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2]
        found = list(breaches_under(root))
    print('\n'.join(found) or 'architecture: every file keeps to the plan')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
