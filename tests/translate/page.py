"""docs/dialects/PAIRS.md out of the verdicts."""
import collections

from program import DIALECTS, MODELS, PAIRS

SHORT = dict(zip(DIALECTS, ('chat', 'resp', 'msgs', 'gem')))
HEAD = '''# What becomes of each feature in each pair

Written by `tests/translate/pairs.py --write` from the fixtures in `tests/translate/features/`, and compared with the translators by
`tests/run.sh`: what stands here is what they do. How translation works: [README.md](README.md).

A column is a client's dialect and its provider's: `openai-chat`, `openai-responses` (resp), `anthropic-messages` (msgs),
`gemini-generate` (gem). Equal dialects are not here: their bytes pass.

| word | meaning |
|---|---|
| kept | said there as clients of that dialect say it |
| mapped | said in another form, to the same effect |
| in part | mapped, and what does not go across is told as a loss |
| lost | dropped, and told: `x-aigw-lost`, `aigw show ID`; a 400 where the request is strict |
| noted | dropped without effect on the answer: in `aigw show ID` only |
| refused | a 400 that names the place; nothing is sent |
| alike | the other side does it without being asked |
| - | clients of that dialect have no such thing |
'''


def write(features, verdicts):
    parts = [HEAD, 'The models, where a row names none: ' + ', '.join(f'`{model}` ({SHORT[dialect]})' for dialect, model in MODELS.items()) + '.\n']
    for kind, of_kind in features.items():
        groups = collections.defaultdict(list)
        for name, feature in of_kind.items():
            groups[feature['group']].append(Row(kind, name, feature, verdicts))
        for group in sorted(groups):
            parts += [f'## {group}\n', *table(groups[group]), '', *words(groups[group]), '']
    return '\n'.join(parts) + REST


class Row:
    """A feature in all pairs."""

    def __init__(self, kind, name, feature, verdicts):
        self.title, self.one_way = feature['feature'], feature.get('one_way', {})
        self.verdicts = {pair: verdicts[kind, name, *pair] for pair in PAIRS if (kind, name, *pair) in verdicts}


def name_of(pair):
    return ' > '.join(SHORT[dialect] for dialect in pair)


def table(rows):
    pairs = [pair for pair in PAIRS if any(pair in row.verdicts for row in rows)]
    yield '| feature | ' + ' | '.join(map(name_of, pairs)) + ' |'
    yield '|---' * (len(pairs) + 1) + '|'
    for row in rows:
        cells = [row.verdicts[pair].word if pair in row.verdicts else '-' for pair in pairs]
        yield f'| {row.title} | ' + ' | '.join(cells) + ' |'


def words(rows):
    """What clients are told, once for all pairs that tell the same."""
    for row in rows:
        said = collections.defaultdict(list)
        for pair, verdict in row.verdicts.items():
            for what in verdict.told:
                said[what].append(name_of(pair))
        for provider, why in row.one_way.items():
            said['on the way back: ' + why].append('> ' + SHORT[provider])
        if said:
            yield f'- {row.title}: ' + '; '.join(f'`{what}` ({", ".join(pairs)})' for what, pairs in said.items())


REST = '''
## Recorded exchanges that are judged otherwise
Recorded traffic of real providers goes through all pairs in `tests/translate/wire.py` where it lies beside the project. These are left,
on purpose:

| recording | what happens | why |
|---|---|---|
| `rbl-citations_with_openai_gpt-4o-mini-search-preview_returns_url_citations-0-aad14f` (request, chat > msgs, chat > gem) | refused | `web_search_options: {}` asks a search model to search. An empty object is an order all the same; dropping it would answer without the web |
| `ddt-anthropic_completion_tools_call_with_tool_result_stream_helper-0-093e3a` (request, msgs > gem) | the result goes to the call that is open | the history answers by an id that no call has; Claude 3 took it. Gemini has no form for a result without its call, and one call was open |
| four recorded 401 about the provider's key | 502 `upstream_auth` | the client's key is good; it is the gateway's credential that the provider refuses. A 401 would make the client's user change the wrong key |
'''
