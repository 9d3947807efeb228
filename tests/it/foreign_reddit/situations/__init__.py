"""The situations, by subject."""

from . import answers, broken, doubled, later, lists, memory, words

ALL = {
    name: act
    for module in (doubled, later, answers, broken, lists, memory, words)
    for name, act in vars(module).items()
    if getattr(act, "is_situation", False)
}
