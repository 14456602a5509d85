"""What to try next: from what is right, wrong and not given yet."""

from app.check.matching import Where
from app.check.questions import PlaceAnswer
from app.check.together import CheckAllAnswer, NamedAnswer, title_of
from app.engine.network import Trace
from app.text.sentences import listed

MAX_NAMED = 3
"""Arrays that one piece of advice names."""


def next_steps(trace: Trace, answer: CheckAllAnswer) -> list[str]:
    """Pieces of advice, the nearest first."""
    wrong = [each for each in answer["arrays"] if not each["check"]["right"]]
    if not wrong:
        return _where_all_are_right(trace, answer)
    first = wrong[0]
    steps = []
    if first["check"]["mistakes"]:
        steps.append(
            f"Begin with {first['title']}: mend the line above, run your code, and paste again."
        )
    elif above := _just_above(trace, answer, first):
        what = title_of(trace, above)
        steps.append(
            f"Paste the gradient of the {what} too: if that is right, the mistake is in the one "
            f"step from there to {first['title']}."
        )
    else:
        steps.append(
            f"Everything above {first['title']} that you gave is right, so the mistake is in the "
            "one step that makes it. Print its terms for one cell, and compare them with the "
            "inspector’s."
        )
    heirs = [each["title"] for each in wrong if each["inherits"]]
    if heirs:
        many = "follows" if len(heirs) == 1 else "follow"
        steps.append(
            f"{_capital(listed(heirs, MAX_NAMED))} {many} from the wrong gradient above by right "
            "steps: nothing has to be mended there."
        )
    return steps


def _where_all_are_right(trace: Trace, answer: CheckAllAnswer) -> list[str]:
    if not answer["arrays"]:
        return []
    if not answer["missing"]:
        return [
            "Every parameter’s gradient is right, for this network and these numbers. Other "
            "numbers may take other branches: try a second network, with stride, padding or ties."
        ]
    names = [title_of(trace, Where(**each)) for each in answer["missing"]]
    return [f"Not looked at yet: {listed(names, 6)}. Paste these too."]


def _just_above(trace: Trace, answer: CheckAllAnswer, first: NamedAnswer) -> Where | None:
    """The gradient that arrives at the step that makes an array, if it was not given."""
    place: PlaceAnswer = first["of"]
    if place["parameter"] is not None:
        above = place["layer"]
    else:
        reader = trace.network.reader_of(place["layer"])
        if reader is None:
            return None
        above = reader
    given = {(each["of"]["layer"], each["of"]["parameter"]) for each in answer["arrays"]}
    return None if (above, None) in given else Where(above, None)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
