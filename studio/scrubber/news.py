"""What is told to a component that is on the page already, by an element that shows nothing itself."""

from itertools import count

_turns = count(1)


def fresh() -> dict[str, int]:
    """A mark that nothing told before bears.

    An element without a key is known by its data, and the browser hears of the same data once: within a run, and in the
    next run too if that one began before the page had put away what came earlier.
    """
    return {"turn": next(_turns)}
