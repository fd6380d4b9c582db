"""expand(case) -> bytes: the request body of one case of bad_bodies.json."""
import base64, gzip


def expand(case):
    return base64.b64decode(case["body_base64"]) if "body_base64" in case else _expand(case["body_gen"])


def _expand(g):
    k = g["kind"]
    if k == "repeat": return g["prefix"].encode() + g["unit"].encode() * g["count"] + g["suffix"].encode()
    if k == "concat": return b"".join(_expand(i) for i in g["items"])
    if k == "gzip": return gzip.compress(_expand(g["of"]), mtime=0)
    if k == "repeat_bytes": return _expand(g["of"]) * g["count"]
    if k == "keys": return g["prefix"].encode() + b"".join(b',"k%d":1' % i for i in range(g["count"])) + g["suffix"].encode()
    raise ValueError(k)
