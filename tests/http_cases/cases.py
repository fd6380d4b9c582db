#!/usr/bin/env python3
"""Fires http_cases.json at a listener and judges the answers.
usage: cases.py HOST PORT [--only SUBSTR] [--profile any,local] [--count-url http://127.0.0.1:9/__count] [--key KEY] [--file CASES] [-v]"""
import argparse, base64, json, os, socket, sys, time, urllib.request

KEY = b"aigw-http-cases-key"
D = lambda s: base64.b64decode(s).replace(b"aigw-http-cases-key", KEY)

def payload(c):
    if "parts" in c: return [(D(p["raw_b64"]), p["wait_ms_before"] / 1000) for p in c["parts"]]
    if "segments" in c: return [(b"".join(D(s["b64"]) * s["times"] for s in c["segments"]), 0)]
    return [(D(c["raw_b64"]), 0)]

def split_responses(buf, methods=None):
    """-> list of (status, headers, body) of final responses; stops at the first unparseable byte."""
    out, i = [], 0
    while i < len(buf):
        j = buf.find(b"\r\n\r\n", i)
        if j < 0 or not buf.startswith(b"HTTP/1.", i): break
        lines = buf[i:j].split(b"\r\n"); status = int(lines[0][9:12])
        h = {}
        for l in lines[1:]:
            k, _, v = l.partition(b":"); h[k.strip().lower().decode("latin1")] = v.strip().decode("latin1")
        i = j + 4
        if 100 <= status < 200: continue
        head = methods and len(out) < len(methods) and methods[len(out)] == "HEAD"
        if status in (204, 304) or head: body = b""
        elif "chunked" in h.get("transfer-encoding", "").lower():
            body = b""
            while True:
                k = buf.find(b"\r\n", i)
                if k < 0: i = len(buf); break
                n = int(buf[i:k].split(b";")[0], 16); i = k + 2
                body += buf[i:i+n]; i += n + 2
                if n == 0: break
        elif "content-length" in h: n = int(h["content-length"]); body = buf[i:i+n]; i += n
        else: body = buf[i:]; i = len(buf)
        out.append((status, h, body))
    return out

def fire(host, port, c, idle):
    e = c["expect"]; limit = e.get("deadline_s", 20)
    s = socket.create_connection((host, port), timeout=10); t0 = time.time()
    buf, eof, rst = b"", False, False
    def pump(wait):
        nonlocal buf, eof, rst
        s.settimeout(max(wait, 0.01))
        try:
            d = s.recv(65536)
            if not d: eof = True
            buf += d; return bool(d)
        except socket.timeout: return False
        except OSError: eof = rst = True; return False
    try:
        for data, wait in payload(c):
            t1 = time.time()
            while not eof and time.time() - t1 < wait: pump(wait - (time.time() - t1))
            s.settimeout(15)
            for k in range(0, len(data), 65536):
                if eof: break
                try: s.sendall(data[k:k+65536])
                except OSError: eof_send = True; break
            if eof: break
        if c.get("half_close_after_send") and not eof:
            try: s.shutdown(socket.SHUT_WR)
            except OSError: pass
        quiet = time.time()
        want_close = e.get("must_close")
        while not eof and time.time() - t0 < limit:
            if pump(0.2): quiet = time.time()
            elif time.time() - quiet > (idle if not want_close else max(idle, limit if e["class"] == "timeout" or "deadline_s" in e else 3)): break
    finally: s.close()
    return buf, eof, time.time() - t0

def judge(c, buf, eof, seen_up):
    e, bad = c["expect"], []
    first = payload(c)[0][0]
    methods = ["HEAD"] if first.startswith(b"HEAD ") else None
    rs = split_responses(buf, methods); n = len(rs); st = rs[0][0] if rs else None
    cls, allowed = e["class"], e.get("status")
    FR = {400, 408, 411, 413, 414, 417, 431, 501, 505}
    strict = c["group"] in ("host", "browser", "path")
    if cls == "accept":
        if st is None: bad.append("no response")
        elif allowed and st not in allowed: bad.append(f"status {st} not in {allowed}")
        elif not allowed and st in FR: bad.append(f"framing error {st}")
    elif cls == "reject":
        if st not in allowed: bad.append(f"status {st} not in {allowed}")
    elif cls == "reject_or_close":
        if st is not None and st not in allowed: bad.append(f"status {st} not in {allowed}")
        if st is None and not eof: bad.append("neither answered nor closed")
    elif cls == "accept_or_reject":
        if st is None: bad.append("no response")
        elif strict and st not in allowed: bad.append(f"status {st} not in {allowed}")
        elif not strict and allowed and st not in allowed and not 200 <= st < 300 and st not in (401, 404, 405, 415, 422): bad.append(f"status {st} not in {allowed} nor 2xx")
        elif st >= 500 and st not in (501, 505): bad.append(f"status {st}")
    elif cls == "timeout":
        if st is not None and st not in allowed: bad.append(f"status {st}")
    if "responses" in e and n != e["responses"]: bad.append(f"{n} responses, want {e['responses']}")
    if "max_responses" in e and n > e["max_responses"]: bad.append(f"{n} responses > {e['max_responses']}")
    if cls != "accept_or_reject" or st is None or st in FR:
        if e["must_close"] and not eof: bad.append("not closed")
    if seen_up is not None and seen_up > e["upstream_max"]: bad.append(f"upstream saw {seen_up} > {e['upstream_max']}")
    for h in e.get("absent_response_headers", []):
        if any(h in r[1] for r in rs): bad.append(f"response has {h}")
    m = e.get("response_must_not_contain")
    if m and m.encode() in buf: bad.append(f"response contains {m!r}")
    return bad, st, n

def main():
    ap = argparse.ArgumentParser(); ap.add_argument("host"); ap.add_argument("port", type=int)
    ap.add_argument("--only", default=""); ap.add_argument("--profile", default="any,local"); ap.add_argument("--count-url")
    ap.add_argument("--idle", type=float, default=0.6); ap.add_argument("-v", action="store_true")
    ap.add_argument("--file", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "http_cases.json"))
    ap.add_argument("--key", help="a client key that the gateway under test accepts", default="aigw-http-cases-key")
    a = ap.parse_args(); global KEY; KEY = a.key.encode(); prof = set(a.profile.split(","))
    count = (lambda: int(urllib.request.urlopen(a.count_url).read())) if a.count_url else (lambda: None)
    sys.exit(run(a.host, a.port, json.load(open(a.file))["cases"], prof, a.only, count, a.idle, a.v))

def run(host, port, cases, prof, only="", count=lambda: None, idle=0.6, v=False):
    fails = total = 0
    for c in cases:
        if c.get("profile", "any") not in prof or only not in c["id"]: continue
        total += 1; before = count()
        buf, eof, dt = fire(host, port, c, idle)
        after = count(); up = None if before is None else after - before
        bad, st, n = judge(c, buf, eof, up)
        if bad: fails += 1
        if bad or v: print(("FAIL " if bad else "ok   ") + c["id"], f"status={st} n={n} eof={eof} up={up} {dt:.1f}s", "; ".join(bad), flush=True)
    print(f"{total - fails}/{total} as expected")
    return 1 if fails else 0

if __name__ == "__main__": main()
