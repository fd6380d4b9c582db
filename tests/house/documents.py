"""The two READMEs say the same: the same parts, the same blocks of code, the same commands. Links lead somewhere."""
import pathlib
import re

from scenario import scenario

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAIR = ('README.md', 'README.zh-CN.md')
CHINESE = re.compile('[\u4e00-\u9fff]')
FENCE = re.compile(r'^```.*?^```$', re.S | re.M)


def text_of(name):
    return (ROOT / name).read_text()


def both(what):
    return [what(text_of(name)) for name in PAIR]


def shape(text):
    """Headings by depth, blocks of code, tables and lists, in their order."""
    found = []
    for line in FENCE.sub('```', text).splitlines():
        if mark := re.match(r'#+(?= )|```|\|(?=-)|\d+\.(?= )', line):
            found.append(mark.group(0))
    return found


def without_comments(block):
    """Comments, and what people would say in their own language, may differ."""
    return re.sub(r'\s*#.*', '', re.sub(r'"content": ?"[^"]*"', '', block))


def inline_code(text):
    return sorted(set(re.findall(r'`([^`\n]+)`', FENCE.sub('', text))))


@scenario('README.zh-CN.md has the headings, blocks, tables and lists of README.md, in the same order')
def _():
    english, chinese = both(shape)
    assert english == chinese, f'{english}\n{chinese}'


@scenario('README.zh-CN.md has the commands, configuration and code of README.md')
def _():
    english, chinese = both(lambda text: [without_comments(block) for block in FENCE.findall(text)])
    for ours, theirs in zip(english, chinese):
        if CHINESE.search(theirs):  # a drawing with words in it: each line is about the same thing
            ours, theirs = ([line.split()[0] for line in block.splitlines() if line.strip()] for block in (ours, theirs))
        else:
            ours, theirs = ours.split(), theirs.split()
        assert ours == theirs, f'{" ".join(ours)[:300]}\n is not\n{" ".join(theirs)[:300]}'


@scenario('README.zh-CN.md names the same commands, files and settings in its text')
def _():
    english, chinese = map(set, both(inline_code))
    assert english == chinese, f'only in English: {sorted(english - chinese)}; only in Chinese: {sorted(chinese - english)}'


@scenario('README.zh-CN.md has the figures of README.md')
def _():
    def numbers(text):
        return [re.findall(r'\d[\d,.]*\d|\d', row) for row in text.splitlines() if row.startswith('|')]
    english, chinese = both(numbers)
    assert english == chinese, [pair for pair in zip(english, chinese) if pair[0] != pair[1]][:3]


@scenario('links between documents lead to files and headings that exist')
def _():
    dead = []
    for page in [*ROOT.glob('*.md'), *(ROOT / 'docs').rglob('*.md'), *(ROOT / 'src').rglob('*.md')]:
        for target in re.findall(r'\]\(([^)\s]+)\)', FENCE.sub('', page.read_text())):
            if re.match(r'[a-z]+:', target):
                continue
            name, _, anchor = target.partition('#')
            file = (page.parent / name) if name else page
            if not file.exists():
                dead.append(f'{page.relative_to(ROOT)}: {target}')
            elif anchor and file.suffix == '.md' and anchor not in anchors(file.read_text()):
                dead.append(f'{page.relative_to(ROOT)}: {target} (no such heading)')
    assert not dead, '; '.join(dead)


def anchors(text):
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-')
            for heading in re.findall(r'^#+ (.+)$', FENCE.sub('', text), re.M)}
