"""Places in JSON, named as the translators name them: "messages[2].content[0].text"."""
import copy
import re

MISSING = object()


def steps(place):
    return [int(index) if index else name for name, index in re.findall(r'([^.\[\]]+)(?![^\[]*\])|\[(\d+)\]', place)]


def value_at(document, place):
    for step in steps(place):
        if isinstance(step, int) != isinstance(document, list):
            return MISSING
        if isinstance(step, int):
            if step >= len(document):
                return MISSING
        elif not isinstance(document, dict) or step not in document:
            return MISSING
        document = document[step]
    return document


def without(document, places):
    """A copy that lacks these places."""
    document = copy.deepcopy(document)
    for place in sorted(places, key=steps_in_order, reverse=True):  # the last element of a list first
        *way, last = steps(place)
        holder = document
        for step in way:
            holder = holder[step]
        del holder[last]
    return document


def steps_in_order(place):
    return [(isinstance(step, int), step) for step in steps(place)]


def related(one, other):
    """Whether one place holds the other."""
    one, other = steps(one), steps(other)
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
