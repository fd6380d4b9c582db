#!/usr/bin/env python3
"""Every feature of the four dialects through every pair: what is kept, mapped, lost and said, or refused.

    pairs.py [--write] [--only SUBSTRING]

features/requests/*.json: a feature as each dialect's clients ask for it, `at` the places that carry it. It is translated
with and without: a feature that changes neither the provider's body nor what the client is told was dropped in silence,
and fails. features/answers/*.json: what providers answer, whole and streamed, and where clients of each dialect look for it;
features/errors/*.json: their errors.
Requests go there and back too: what does not come back has to be named by a loss. Translating twice gives the same bytes,
and a turn more leaves the bytes before it alone.

The verdicts are docs/dialects/PAIRS.md; it fails when that page says otherwise. --write writes it: review the difference.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import sys

import answer_features
import page
import request_features
import roundtrip
from program import PAIRS, PROGRAM, ROOT, Broken

FEATURES = pathlib.Path(__file__).resolve().parent / 'features'
PAGE = ROOT / 'docs/dialects/PAIRS.md'


def read(kind, only):
    files = sorted((FEATURES / kind).glob('*.json'))
    return {file.stem: json.loads(file.read_text()) for file in files if not only or only in file.stem}


def try_request(name, feature, client, provider):
    verdict = request_features.judge(feature, client, provider)
    wrong = [verdict.wrong] + [f'gone on the way back: {what}' for what in roundtrip.gone(feature, client, provider)]
    return verdict, wrong + [roundtrip.unsteady(feature, client, provider)]


def try_answer(name, feature, client, provider):
    verdict = answer_features.judge(feature, client, provider)
    return verdict, [verdict.wrong]


def try_error(name, feature, client, provider):
    verdict = answer_features.judge_error(feature, client, provider)
    return verdict, [verdict.wrong]


KINDS = {'requests': (try_request, 'client'), 'answers': (try_answer, 'provider'), 'errors': (try_error, 'provider')}


def cases(kind, features):
    """(kind, name, feature, client, provider) of every pair in which the side that begins has the feature."""
    begins = KINDS[kind][1]
    return [(kind, name, feature, client, provider) for name, feature in features.items() for client, provider in PAIRS
            if (client if begins == 'client' else provider) in feature]


def attempt(case):
    kind, *rest = case
    try:
        verdict, wrong = KINDS[kind][0](*rest)
    except Broken as broken:
        verdict, wrong = request_features.Verdict('broken'), [str(broken)]
    return case, verdict, [what for what in wrong if what]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--write', action='store_true', help='write PAIRS.md instead of comparing it')
    parser.add_argument('--only', help='features whose file name holds this; PAIRS.md is left alone')
    options = parser.parse_args()
    if not os.access(PROGRAM, os.X_OK):
        raise SystemExit(f'{PROGRAM} is missing: build the target translate first, or set TRANSLATE')
    features = {kind: read(kind, options.only) for kind in KINDS}
    work = [case for kind in KINDS for case in cases(kind, features[kind])]
    verdicts, failed = {}, 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        for (kind, name, _, client, provider), verdict, wrong in threads.map(attempt, work):
            verdicts[kind, name, client, provider] = verdict
            failed += bool(wrong)
            for what in wrong:
                print(f'FAIL  {name} {client} -> {provider}: {what}')
    text = page.write(features, verdicts)
    if options.write:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(text)
    elif not options.only and (not PAGE.exists() or PAGE.read_text() != text):
        print(f'FAIL  {PAGE.relative_to(ROOT)} is not what the translators do: tests/translate/pairs.py --write, and review')
        failed += 1
    print(f'{len(work) + 1 - failed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
