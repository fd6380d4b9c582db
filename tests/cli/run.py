#!/usr/bin/env python3
"""Drives the program by its command line: one file a command. Arguments: -v, and parts of names.

    AIGW=build/dev/aigw tests/cli/run.py            all
    AIGW=build/dev/aigw tests/cli/keys.py -v        one file
"""
import importlib
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from home import run  # noqa: E402

for file in sorted(HERE.glob('*.py')):
    if file.stem not in ('run', 'home'):
        importlib.import_module(file.stem)
run()
