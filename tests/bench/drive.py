"""wrk against one program, and rounds in which several take turns."""
import os
import re
import statistics
import subprocess
import time

LUA = '''wrk.method = "POST"
wrk.body = [==[{body}]==]
{headers}
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
'''
# What stays in flight when wrk stops is a request for us and none for wrk: the CPU after it is waited for.
SETTLE_SECONDS = 0.3


def drive(folder, program, body, connections, seconds):
    """One run: requests, CPU and memory of the program's process tree, latency, errors."""
    script = os.path.join(folder, program.name + '.lua')
    headers = ''.join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in program.headers().items())
    with open(script, 'w') as out:
        out.write(LUA.format(body=body, headers=headers))
    before = program.cpu_seconds()
    command = ['wrk', '-t1', f'-c{connections}', f'-d{seconds}s', '--timeout', '10s', '-s', script, program.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60)
    resident = program.resident_mib()
    time.sleep(SETTLE_SECONDS)
    used = program.cpu_seconds() - before
    found = re.search(r'^RESULT (\d+) (\d+) (\d+) (\d+) (\d+)', done.stdout, re.M)
    if not found:
        raise SystemExit(f'bench: wrk gave no result for {program.name}: {(done.stdout + done.stderr)[-300:]}')
    requests, micros, p50, p99, errors = map(int, found.groups())
    return {'requests': requests, 'cpu_us': 1e6 * used / max(requests, 1), 'per_second': 1e6 * requests / micros,
            'p50_us': p50, 'p99_us': p99, 'errors': errors, 'resident_mib': resident}


class Rounds:
    """Results of interleaved rounds: within a round each program gets its turn, so that a noisy minute hits them all."""
    def __init__(self, folder, programs, body, connections, rounds, seconds):
        self.results = {program.name: [] for program in programs}
        for program in programs:
            drive(folder, program, body, connections, 1)
        for _ in range(rounds):
            for program in programs:
                self.results[program.name].append(drive(folder, program, body, connections, seconds))

    def median(self, name, field):
        return statistics.median(result[field] for result in self.results[name])

    def total(self, name, field):
        return sum(result[field] for result in self.results[name])

    def ratio(self, name, field, base='nginx'):
        """Median over the rounds of this program's figure over nginx's in the same round."""
        pairs = zip(self.results[name], self.results[base])
        return statistics.median(one[field] / other[field] if other[field] else 0 for one, other in pairs)
