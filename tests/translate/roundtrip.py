"""A request to another dialect and back, compared with the same request read and written in its own dialect; and that
translating is a function of its input."""
import copy
import json

from places import steps
from program import MODELS, translate_request, translate_request_again
from request_features import model_of, plain

# What a default adds on the way, or what a form cannot tell apart from its absence.
HARMLESS = {'model', 'store', 'stream', 'strict', 'stream_options', 'role', 'type', 'detail', 'filename', 'description', 'id'}


def leaves(value, place=''):
    """(place, value) of everything that is no list or object, lists without their numbers: a turn may be cut in two."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield from leaves(member, f'{place}.{name}' if place else name)
    elif isinstance(value, list):
        for member in value:
            yield from leaves(member, place + '[]')
    else:
        yield place, json.dumps(value)


def gone(feature, client, provider):
    """Values that A -> B -> A does not bring back though no loss, note or refusal named their place."""
    if provider in feature.get('alike', {}) or provider in feature.get('one_way', {}):
        return []
    body, model = feature[client]['body'], model_of(feature, provider)
    own_model = feature.get('models', {}).get(client, MODELS[client])
    there = translate_request(client, provider, body, model)
    if there.refused:
        return []
    back = translate_request(provider, client, there.text, own_model)
    own = translate_request(client, client, body, own_model)
    if back.refused or own.refused:
        return [] if own.refused else [f'the way back is refused: {back.refused}']
    told = [names(path) for path, _ in there.lost + there.noted]
    brought = [value for _, value in leaves(plain(back.body))]
    missing = []
    for place, value in leaves(plain(own.body)):
        way = names(place)
        if way[-1] in HARMLESS or is_among(value, brought) or back.lost:
            continue
        if not any(way[:len(path)] == path[:len(way)] for path in told):
            missing.append(f'{place} = {value[:80]}')
    return missing


def names(place):
    return [step for step in steps(place.replace('[]', '')) if isinstance(step, str)]


def is_among(value, brought):
    """A text may come back joined to another."""
    return value in brought or (value.startswith('"') and any(value[1:-1] in text for text in brought))


def unsteady(feature, client, provider):
    """Why translating is no function of its input, or None: the same bytes twice, and a turn more keeps the bytes before it."""
    body, model = feature[client]['body'], model_of(feature, provider)
    first = translate_request(client, provider, body, model)
    if translate_request_again(client, provider, body, model).text != first.text:
        return 'other bytes the second time'
    longer = with_a_turn_more(client, body)
    if first.refused or longer is None:
        return None
    more = translate_request(client, provider, longer, model)
    if more.refused:
        return None
    before, after = conversation(provider, first.body), conversation(provider, more.body)
    return None if after[:len(before)] == before else 'a turn more changed the turns before it'


NEXT_TURN = {'openai-chat': ('messages', 'content'), 'anthropic-messages': ('messages', 'content'),
             'openai-responses': ('input', 'content'), 'gemini-generate': ('contents', 'parts')}


def with_a_turn_more(client, body):
    """The body after an answer and another question; None where the last turn is not the user's."""
    turns = NEXT_TURN[client][0]
    if body[turns][-1].get('role') != 'user':
        return None
    text = (lambda role, words: {'role': role, 'content': words}) if turns != 'contents' else (
        lambda role, words: {'role': {'assistant': 'model'}.get(role, role), 'parts': [{'text': words}]})
    longer = copy.deepcopy(body)
    longer[turns] += [text('assistant', 'Well.'), text('user', 'Go on.')]
    return longer


def conversation(dialect, body):
    return [json.dumps(turn) for turn in body[NEXT_TURN[dialect][0]]]
