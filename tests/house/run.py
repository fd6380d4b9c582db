#!/usr/bin/env python3
"""What keeps the repository itself in order: layout, hooks, documents, dependencies. Needs no build.

    tests/house/run.py [-v] [PARTS OF NAMES...]
"""
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / 'support')]
from scenario import run  # noqa: E402

for file in sorted(HERE.glob('*.py')):
    if file.stem != 'run':
        importlib.import_module(file.stem)
run(seconds_max=600)
