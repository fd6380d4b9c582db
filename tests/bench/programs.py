"""The programs that take part: each starts on a free port of loopback in a folder of its own, and ends by its pid."""
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time

MODEL = 'gpt-4o-mini'
REQUEST = json.dumps({
    'model': MODEL, 'max_tokens': 64,
    'messages': [{'role': 'system', 'content': 'You are a helpful assistant. ' * 10},
                 {'role': 'user', 'content': 'Tell me about proxies. ' * 40}]})

CODE = '''
Status check_single_credentials(const http::Headers& headers) {
  for (const std::string_view name : {"authorization", "x-api-key"})
    if (headers.count(name) > 1)
      return make_error(ErrorKind::bad_http, "the header stands twice", "Send it once");
  return {};
}
'''
# What an agent sends deep in its work: tools with schemas, a history of calls and file contents.
BIG_REQUEST = json.dumps({
    'model': MODEL, 'max_tokens': 64,
    'tools': [{'type': 'function', 'function': {
        'name': f'tool_{i}', 'description': 'Reads a part of a file and returns it with line numbers. ' * 6,
        'parameters': {'type': 'object', 'required': ['path'], 'properties': {
            f'field_{j}': {'type': 'string', 'description': 'What to look for, as a regular expression.'} for j in range(6)}}}}
        for i in range(40)],
    'messages': [{'role': 'system', 'content': 'You are a careful engineer. ' * 300}] + [
        {'role': role, 'content': f'{role} {i}: ' + CODE * 11} for i in range(36) for role in ('user', 'assistant')]})
ANSWER = json.dumps({
    'id': 'chatcmpl-bench', 'object': 'chat.completion', 'created': 1700000000, 'model': MODEL,
    'choices': [{'index': 0, 'finish_reason': 'stop', 'logprobs': None,
                 'message': {'role': 'assistant', 'content': 'A proxy stands between two and speaks for one.'}}],
    'usage': {'prompt_tokens': 250, 'completion_tokens': 12, 'total_tokens': 262,
              'prompt_tokens_details': {'cached_tokens': 0}}})
PATH = '/v1/chat/completions'


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def tree_of(pid):
    found = [pid]
    try:
        for task in os.listdir(f'/proc/{pid}/task'):
            with open(f'/proc/{pid}/task/{task}/children') as children:
                for child in children.read().split():
                    found += tree_of(int(child))
    except FileNotFoundError:
        pass
    return found


class Program:
    """One server and its whole process tree."""
    def __init__(self, name, command, port, key=None, env=None, log=os.devnull):
        self.name, self.command, self.port, self.key, self.env, self.log = name, command, port, key, env, log
        self.process = None
        self.scheme, self.context = 'http', None

    @property
    def url(self):
        return f'{self.scheme}://127.0.0.1:{self.port}{PATH}'

    def ask(self):
        """One request; its status."""
        if self.context:
            connection = http.client.HTTPSConnection('127.0.0.1', self.port, timeout=5, context=self.context)
        else:
            connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=5)
        try:
            connection.request('POST', PATH, REQUEST, self.headers())
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def headers(self):
        own = {'authorization': f'Bearer {self.key}'} if self.key else {}
        return {'content-type': 'application/json', **own}

    def start(self):
        """Milliseconds from the start of the program to the first answered request."""
        began = time.perf_counter()
        with open(self.log, 'ab') as log:
            self.process = subprocess.Popen(self.command, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                            stderr=log)
        while time.perf_counter() - began < 10:
            if self.process.poll() is not None:
                break
            try:
                status = self.ask()
                if status != 200:
                    raise SystemExit(f'bench: {self.name} answers {status} where 200 is due; its log: {self.log}')
                return 1000 * (time.perf_counter() - began)
            except OSError:
                time.sleep(0.0005)
        raise SystemExit(f'bench: {self.name} does not answer; its log: {self.log}')

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def cpu_seconds(self):
        ticks = 0
        for pid in tree_of(self.process.pid):
            try:
                with open(f'/proc/{pid}/stat') as stat:
                    fields = stat.read().rsplit(')', 1)[1].split()
                ticks += int(fields[11]) + int(fields[12])
            except FileNotFoundError:
                pass
        return ticks / os.sysconf('SC_CLK_TCK')

    def resident_mib(self):
        kib = 0
        for pid in tree_of(self.process.pid):
            try:
                with open(f'/proc/{pid}/status') as status:
                    kib += sum(map(int, re.findall(r'VmRSS:\s+(\d+)', status.read())))
            except FileNotFoundError:
                pass
        return kib / 1024


def nginx(folder, name, location, extra='', listen='', connections=8192, after=''):
    port = free_port()
    home = os.path.join(folder, name)
    os.makedirs(home)
    conf = os.path.join(home, 'nginx.conf')
    with open(conf, 'w') as out:
        out.write(f'''daemon off; pid {home}/pid; error_log {home}/error.log; worker_processes auto;
worker_rlimit_nofile 65536;
events {{ worker_connections {connections}; }}
http {{
  access_log off; keepalive_requests 1000000; keepalive_timeout 300s; client_body_buffer_size 512k; client_max_body_size 8m;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/f; uwsgi_temp_path {home}/u;
  scgi_temp_path {home}/s;
  {extra}
  server {{ listen 127.0.0.1:{port} reuseport backlog=4096 {listen}; {after} location / {{ {location} }} }}
}}
''')
    return Program(name, ['nginx', '-c', conf, '-p', home], port, log=os.path.join(home, 'log'))


def answer_location():
    return f"default_type application/json; return 200 '{ANSWER}';"


def upstream(folder, connections=8192):
    return nginx(folder, 'upstream', answer_location(), connections=connections)


def tls_upstream(folder):
    """The same behind TLS, with a certificate of its own; its path is the last of the returned pair."""
    certificate, key = os.path.join(folder, 'provider.pem'), os.path.join(folder, 'provider.key')
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days',
                    '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out',
                    certificate], check=True, capture_output=True)
    server = nginx(folder, 'tls-upstream', answer_location(),
                   f'ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_session_cache shared:s:1m;', 'ssl')
    server.scheme, server.context = 'https', ssl.create_default_context(cafile=certificate)
    return server, certificate


def nginx_proxy(folder, target, name='nginx', options='', connections=8192):
    return nginx(folder, name,
                 f'proxy_pass {target.scheme}://provider; proxy_http_version 1.1; proxy_set_header Connection ""; '
                 f'proxy_read_timeout 300s; {options}',
                 f'upstream provider {{ server 127.0.0.1:{target.port}; keepalive 1024; keepalive_requests 1000000; }}',
                 connections=connections)


class Aigw(Program):
    """A gateway with a home of its own, one provider, one issued key."""
    def __init__(self, folder, program, target, name='aigw', settings='', env=None):
        home = os.path.join(folder, name)
        os.makedirs(home)
        with open(os.path.join(home, 'aigw.toml'), 'w') as out:
            out.write(settings)
        env = {'PATH': os.environ['PATH'], 'HOME': home, 'AIGW_HOME': home, 'TERM': 'dumb', **(env or {})}
        port = free_port()
        super().__init__(name, [program, 'serve', '--listen', f'127.0.0.1:{port}'], port, env=env,
                         log=os.path.join(home, 'serve.log'))
        self.program = program
        self.cli('providers', 'add', 'bench', '--dialect', 'openai-chat', '--base-url',
                 f'{target.scheme}://127.0.0.1:{target.port}/v1', '--allow-private', '--prices-as', 'openai')
        self.cli('keys', 'add', 'bench', stdin='sk-bench-0123456789')
        self.key = json.loads(self.cli('keys', 'issue', 'bench', '--json'))['key']

    def cli(self, *arguments, stdin=None):
        done = subprocess.run([self.program, *arguments], input=stdin, capture_output=True, text=True, env=self.env,
                              timeout=60)
        if done.returncode:
            raise SystemExit(f'bench: aigw {" ".join(arguments)} ends with {done.returncode}: {done.stderr.strip()}')
        return done.stdout

    def rows(self):
        return json.loads(self.cli('stats', '--since', '1d', '--json'))['totals']
