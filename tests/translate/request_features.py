"""Request features: what becomes of each in every pair, seen by translating the body with the feature and without it."""
import json

from places import MISSING, related, value_at, without
from program import DIALECTS, MODELS, translate_request

KEPT, MAPPED, PART, LOST, NOTED, REFUSED, ALIKE = 'kept', 'mapped', 'in part', 'lost', 'noted', 'refused', 'alike'


class Verdict:
    """How a feature fares in one pair: the word for the table, what the client is told, and what is wrong with it."""

    def __init__(self, word, told=(), wrong=''):
        self.word, self.told, self.wrong = word, list(told), wrong


def clients(feature):
    return [dialect for dialect in DIALECTS if dialect in feature]


def model_of(feature, dialect):
    return feature.get('models', {}).get(dialect, MODELS[dialect])


def judge(feature, client, provider):
    """The verdict of client -> provider; a feature that is neither in the body nor spoken of is wrong."""
    body, places = feature[client]['body'], feature[client]['at']
    model = model_of(feature, provider)
    there = translate_request(client, provider, body, model)
    if there.refused:
        spoken_of = any(related(there.refused.split(':')[0], place) for place in places)
        return Verdict(REFUSED, [there.refused.split('. ')[0]], '' if spoken_of else f'refused for something else: {there.refused}')
    bare = translate_request(client, provider, without(body, places), model)
    lost, noted = news(there.lost, bare.lost), news(there.noted, bare.noted)
    told = [f'{path}: {reason}' for path, reason in lost] + [f'({path}: {reason})' for path, reason in noted]
    if there.body != bare.body:
        word = PART if lost else KEPT if is_kept(feature, provider, there.body) else MAPPED
        return Verdict(word, told)
    if lost or noted:
        strangers = [path for path, _ in lost + noted if not any(related(path, place) for place in places)]
        return Verdict(LOST if lost else NOTED, told, f'told of other places: {strangers}' if strangers else '')
    if provider in feature.get('alike', {}):
        return Verdict(ALIKE, [feature['alike'][provider]])
    return Verdict('SILENT', [], 'neither in the body nor spoken of')


def news(now, before):
    return [loss for loss in now if loss not in before]


def is_kept(feature, provider, body):
    """Whether the provider's body says it as a client of that dialect would."""
    if provider not in feature:
        return False
    wanted = [(value_at(feature[provider]['body'], place), value_at(body, place)) for place in feature[provider]['at']]
    return all(got is not MISSING and holds(plain(got), plain(want)) for want, got in wanted)


def plain(value):
    """Two ways to write the same: a text as a string or as a list's only part, a call's arguments in any spacing."""
    if isinstance(value, dict):
        members = {name: plain(member) for name, member in value.items() if member not in (None, [])}
        members.pop('type', None)
        return members['text'] if list(members) == ['text'] else members
    if isinstance(value, list):
        members = [plain(member) for member in value]
        return members[0] if len(members) == 1 and isinstance(members[0], str) else members
    if isinstance(value, str) and value.startswith('{'):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def holds(got, want):
    """Whether everything that is wanted is there; defaults may have been added."""
    if isinstance(want, dict) and isinstance(got, dict):
        return all(name in got and holds(got[name], member) for name, member in want.items())
    if isinstance(want, list) and isinstance(got, list):
        return len(got) == len(want) and all(map(holds, got, want))
    return got == want
