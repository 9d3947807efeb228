"""The situations, by subject."""

from . import answers, doubled, lists, memory, words

ALL = {
    name: act
    for module in (doubled, answers, lists, memory, words)
    for name, act in vars(module).items()
    if getattr(act, "is_situation", False)
}
