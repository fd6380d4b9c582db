#!/usr/bin/env python3
"""Recorded requests to another dialect and back: what is gone was named by a loss, a note or a refusal.

    there_and_back.py [--only SUBSTRING]

What came back is compared with what was sent by the acceptance program beside the project. Skipped where the recordings are not.
"""
import argparse
import collections
import sys

import wire
from program import MODELS, translate_request
from wire import judge

if judge:
    from judge_wire_req import compare, parse_req


def what_is_gone(case, other):
    """Sentences, none when all came back or was spoken of; None when one side refused."""
    own, there = judge.LONG[case.dialect], judge.LONG[other]
    body = {name: member for name, member in case.body.items() if name not in ('stream', 'stream_options')}  # in the path at Gemini
    out = translate_request(own, there, body, MODELS[there])
    back = out if out.refused else translate_request(there, own, out.text, case.body.get('model') or MODELS[own])
    if back.refused:
        return None
    if out.lost or back.lost:
        return []
    came, _ = compare(*(parse_req(case.dialect, request, False) for request in (body, back.body)), case.dialect)
    return [f'{name}: {what}' for name, what in came.items() if isinstance(what, str)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--only', help='exchanges whose id holds this')
    options = parser.parse_args()
    if not judge or not (wire.SHARED / 'data/wire').is_dir():
        print('skipped: the recordings and their judge are not here\n0 passed, 0 failed, 1 skipped')
        return 0
    told = collections.Counter()
    for case in judge.load(str(wire.SHARED / 'data/wire')):
        if case.req is None or not isinstance(case.body, dict) or case.status in (400, 422) or (options.only or '') not in case.id:
            continue
        for other in judge.D4:
            if other == case.dialect:
                continue
            gone = what_is_gone(case, other)
            told['refused' if gone is None else 'failed' if gone else 'passed'] += 1
            for what in gone or []:
                print(f'FAIL  {case.id} {case.dialect} -> {other} -> {case.dialect}: {what}'[:400])
    print(f'{told["refused"]} refused on the way')
    print(f'{told["passed"]} passed, {told["failed"]} failed')
    return 1 if told['failed'] else 0


if __name__ == '__main__':
    sys.exit(main())
