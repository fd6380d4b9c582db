"""The list of small wrongs (tests/mutations) keeps up with the source: a run of it takes too long for each commit."""
import pathlib
import sys

from scenario import scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / 'tests/mutations'))
from mutations import MUTATIONS  # noqa: E402


@scenario('each mutation fits its source in one place')
def _():
    loose = [f'{file}: {was!r}' for file, was, _, _ in MUTATIONS if (ROOT / file).read_text().count(was) != 1]
    assert not loose, loose
