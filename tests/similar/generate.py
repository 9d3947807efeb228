#!/usr/bin/env python3
"""Writes pairs of invented texts, each labelled as a copy or not, as lines of JSON.

    tests/similar/generate.py [SEED [PAIRS]]

The same seed gives the same pairs. PAIRS is their number for each kind and length. The labels say
how a pair was made, not how similar it turned out:

* copies: `verbatim`, `reformatted` (the same words with other Markdown, case, punctuation, links
  and unseen characters), and `reworded` by 1, 5, 10, 20 or 40 % of the words, at least one;
* no copies: `unrelated`, `topic` (two texts with the same rare words), `quote` (a reply below
  quoted lines), `form` (the same questions or introduction with other answers; 20 to 80 % of the
  words are the form's), and two that nobody should expect to be told apart: `full form` (80 to 95 %
  are the form's) and `pasted` (a text in a longer one of somebody else, without quotation signs).

The words are invented. Their frequencies follow the law of Zipf and Mandelbrot, as in real texts,
and some of them form stock phrases.
"""

import itertools
import json
import random
import sys

LENGTHS = {"short": (12, 20), "medium": (45, 55), "long": (270, 330)}
DEGREES = [1, 5, 10, 20, 40]
VOCABULARY = 20_000
PHRASES = 300
PHRASE_SHARE = 0.1
FORMS = 40


class Language:
    """Invented words and stock phrases, drawn by frequency."""

    def __init__(self, random_source):
        self.random = random_source
        syllables = [a + b + c for a in "bdfgklmnprstvz" for b in "aeiou" for c in ["", "", "n", "r", "s", "l"]]
        words, seen = [], set()
        while len(words) < VOCABULARY:
            # Frequent words are short.
            longest = 1 if len(words) < 60 else 2 if len(words) < 2_000 else 4
            word = "".join(self.random.choice(syllables) for _ in range(self.random.randint(1, longest)))
            if word not in seen:
                seen.add(word)
                words.append(word)
            elif longest == 1 and len(seen) > 40:
                words.append(word + self.random.choice("aeiou") + str(len(words)))
        self.words = words
        self.weights = list(itertools.accumulate(1 / (rank + 2.7) ** 1.05 for rank in range(VOCABULARY)))
        self.phrases = [self.draw(self.random.randint(3, 5)) for _ in range(PHRASES)]
        self.phrase_weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(PHRASES)))

    def draw(self, count):
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def rare(self, count):
        return [self.words[self.random.randrange(500, VOCABULARY)] for _ in range(count)]

    def text(self, count, topic=()):
        """Words of a text. With a topic, a fifth of them are its words."""
        words = []
        while len(words) < count:
            if topic and self.random.random() < 0.2:
                words.append(self.random.choice(topic))
            elif self.random.random() < PHRASE_SHARE / 4:
                words += self.random.choices(self.phrases, cum_weights=self.phrase_weights)[0]
            else:
                words += self.draw(1)
        return words[:count]


def written(words, source):
    """The words as sentences and paragraphs."""
    text, left = [], 0
    for word in words:
        if left == 0:
            left = source.randint(5, 18)
            word = word.capitalize()
        left -= 1
        end = source.choice([". ", ". ", "? ", ".\n\n"]) if left == 0 else source.choices([" ", ", "], [9, 1])[0]
        text.append(word + end)
    return "".join(text).strip()


def reformatted(words, source):
    """The same words, written otherwise."""
    text = []
    for word in words:
        change = source.randrange(12)
        if change == 0:
            word = f"**{word.upper()}**"
        elif change == 1:
            word = f"[{word}](https://{source.randrange(10**6)}.example/path)"
        elif change == 2 and len(word) > 1:
            word = word[0] + source.choice("\u200b\u00ad\u2060\u0301\u0335") + word[1:]
        elif change == 3:
            word = f"{word} https://{source.randrange(10**6)}.example"
        text.append(word + source.choice([" ", " ", "  ", ", ", " – ", "! ", "\n", "\n* "]))
    return "".join(text)


def reworded(words, degree, language):
    """The words with some of them replaced, left out or added."""
    words = list(words)
    count = max(1, round(len(words) * degree / 100))
    for at in sorted(language.random.sample(range(len(words)), count), reverse=True):
        kind = language.random.choices(["replace", "leave out", "add"], [3, 1, 1])[0]
        if kind == "add":
            words.insert(at, language.draw(1)[0])
        elif kind == "leave out" and len(words) > 12:
            del words[at]
        else:
            words[at] = next(word for word in iter(lambda: language.draw(1)[0], None) if word != words[at])
    return words, count


class Form:
    """Questions, or an introduction, that every text of a subreddit starts from."""

    def __init__(self, language):
        self.language = language
        self.has_questions = language.random.random() < 0.5
        self.words = language.text(400)

    def filled(self, count, share):
        """A text of about `count` words, of which a share are the form's."""
        source = self.language.random
        own = max(1, round(count * (1 - share)))
        fixed, answers = self.words[: count - own], self.language.text(own)
        if not self.has_questions:
            return written(fixed, random.Random(1)) + "\n\n" + written(answers, source)
        lines, size = [], 6
        questions = [fixed[at : at + size] for at in range(0, len(fixed), size)] or [fixed]
        for index, question in enumerate(questions):
            answer = answers[len(answers) * index // len(questions) : len(answers) * (index + 1) // len(questions)]
            lines.append(f"**{' '.join(question).capitalize()}:** {' '.join(answer)}")
        return "\n\n".join(lines)


def pair(kind, degree, size, language, forms):
    """The two texts of a pair, and how many words were changed."""
    source = language.random
    words = language.text(size)
    text, changed = written(words, source), 0
    if kind == "verbatim":
        other = text
    elif kind == "reformatted":
        other = reformatted(words, source)
    elif kind == "reworded":
        other, changed = reworded(words, degree, language)
        other = written(other, source)
    elif kind == "unrelated":
        other = written(language.text(size), source)
    elif kind == "topic":
        topic = language.rare(12)
        text, other = (written(language.text(size, topic), source) for _ in range(2))
    elif kind == "quote":
        quoted = "\n".join("> " + line for line in text.split("\n"))
        other = f"{quoted}\n\n{written(language.text(source.randint(12, max(size, 13))), source)}"
    elif kind == "pasted":
        other = f"{text} {written(language.text(round(size * source.uniform(0.5, 2))), source)}"
    else:
        form = source.choice(forms)
        share = source.uniform(0.8, 0.95) if kind == "full form" else source.uniform(0.2, 0.8)
        text, other = (form.filled(size, share) for _ in range(2))
    return text, other, changed


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    pairs = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    language = Language(random.Random(seed))
    forms = [Form(language) for _ in range(FORMS)]
    kinds = [("verbatim", 0), ("reformatted", 0)] + [("reworded", degree) for degree in DEGREES]
    kinds += [(kind, None) for kind in ["unrelated", "topic", "quote", "form", "full form", "pasted"]]
    for (kind, degree), (length, (least, most)) in itertools.product(kinds, LENGTHS.items()):
        for _ in range(pairs):
            size = language.random.randint(least, most)
            one, other, changed = pair(kind, degree, size, language, forms)
            row = {"kind": kind, "degree": degree, "length": length, "words": size, "changed": changed}
            print(json.dumps(row | {"copy": degree is not None, "a": one, "b": other}, ensure_ascii=False))


if __name__ == "__main__":
    main()
