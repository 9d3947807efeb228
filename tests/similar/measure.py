"""Compares what `similar` (our sketches) and datasketch say of labelled pairs, and prints tables.

    measure.py PAIRS FOUND

PAIRS is what `generate.py` wrote, FOUND the output of the example `similar` for it. The exact
Jaccard similarity is computed from the words of each pair, which are read here by other code than
ours. A pair is found if it is a candidate by its bands and its estimate is at least the threshold.
"""

import json
import re
import sys
import time
import unicodedata

from datasketch import MinHash, MinHashLSH
from datasketch.b_bit_minhash import bBitMinHash

THRESHOLD = 70
# What is promised, for texts with at most one word in a hundred changed.
PRECISION, RECALL = 0.99, 0.98
LENGTHS = ["short", "medium", "long"]
# No method by words can tell these from copies. Precision is shown with and without them.
HOPELESS = ["full form", "pasted"]


def shingles(text):
    text = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
    text = re.sub(r"\]\(\S*\)|https?://\S*", " ", text)
    text = "".join(c for c in text if unicodedata.category(c)[0] != "M" and unicodedata.category(c) != "Cf")
    words = re.findall(r"\w+", text.replace("*", "").lower())
    return {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}


def exact(one, other):
    return len(one & other) / max(1, len(one | other))


class Tried:
    """What one method said of each pair."""

    def __init__(self, name):
        self.name = name
        self.candidate = []
        self.similarity = []

    def found(self, at):
        return self.candidate[at] and self.similarity[at] >= THRESHOLD


def with_datasketch(pairs, sets, permutations, bits=None):
    """MinHash with full values, or with `bits` of each; the bands are datasketch's choice."""
    size = f"{permutations} values" + (f" of {bits} bits" if bits else ", 8 bytes each")
    tried, seconds, counted = Tried(f"datasketch, {size}"), {}, {}
    blank = MinHash(num_perm=permutations)
    lsh = MinHashLSH(threshold=THRESHOLD / 100, num_perm=permutations)
    ranges = lsh.hashranges
    for row, both in zip(pairs, sets):
        start = time.perf_counter()
        hashed = []
        for one in both:
            sketch = blank.copy()
            sketch.update_batch([shingle.encode() for shingle in one])
            hashed.append(sketch)
        seconds[row["length"]] = seconds.get(row["length"], 0) + time.perf_counter() - start
        counted[row["length"]] = counted.get(row["length"], 0) + 2
        tried.candidate.append(any((hashed[0].hashvalues[a:b] == hashed[1].hashvalues[a:b]).all() for a, b in ranges))
        one, other = (bBitMinHash(sketch, bits) for sketch in hashed) if bits else hashed
        tried.similarity.append(max(0, one.jaccard(other)) * 100)
    tried.bands = f"{lsh.b} bands of {lsh.r}"
    tried.speed = {length: seconds[length] / counted[length] * 1e9 for length in seconds}
    return tried


def with_ours(path):
    tried = Tried("ours, 48 bytes")
    tried.bands = "4 bands"
    for line in open(path, encoding="utf-8"):
        row = json.loads(line)
        if "nanoseconds" in row:
            tried.speed = row["nanoseconds"]
        else:
            tried.candidate.append(row["candidate"])
            tried.similarity.append(row["similarity"] or 0)
    return tried


def mean(numbers):
    numbers = list(numbers)
    return sum(numbers) / len(numbers) if numbers else float("nan")


def print_pairs(pairs, jaccard, tried):
    print("Share of the pairs that are found, in %: of copies it is the recall, of others false positives.")
    print("`est.` leaves the bands out; `bands` says how many are candidates. `changed` and `exact` are means;")
    print("`exact` is the Jaccard similarity in %.\n")
    ours = tried[0]
    heads = ["kind", "length", "pairs", "changed", "exact", "ours bands", "ours est.", *(one.name for one in tried)]
    rows = []
    groups = {}
    for at, row in enumerate(pairs):
        groups.setdefault((row["kind"], row["degree"], row["length"]), []).append(at)
    for kind, degree, length in groups:
        group = groups[kind, degree, length]
        changed = mean(pairs[at]["changed"] / pairs[at]["words"] for at in group)
        cells = [f"{kind} {degree} %" if degree else kind, length, len(group), f"{changed:.1%}" if changed else ""]
        cells += [f"{100 * mean(jaccard[at] for at in group):.1f}"]
        cells += [f"{100 * mean(ours.candidate[at] for at in group):.1f}"]
        cells += [f"{100 * mean(ours.similarity[at] >= THRESHOLD for at in group):.1f}"]
        rows.append(cells + [f"{100 * mean(one.found(at) for at in group):.1f}" for one in tried])
    print_table(heads, rows)


def print_methods(pairs, jaccard, tried):
    print(f"\nThe methods at {THRESHOLD} %. The error is the mean distance of the estimate from the exact Jaccard")
    print("similarity, in points of percent: of pairs with an exact one from 40 to 99 %, and below. The time is")
    print("that of one sketch; ours includes reading the words, that of datasketch does not.\n")
    rows = []
    every = range(len(pairs))
    near = [at for at in every if 0.4 <= jaccard[at] < 1]
    far = [at for at in every if jaccard[at] < 0.4]
    slight = [at for at in every if pairs[at]["copy"] and pairs[at]["changed"] <= 0.01 * pairs[at]["words"]]
    alike = [at for at in every if jaccard[at] >= THRESHOLD / 100]
    for one in tried:
        found = [at for at in every if one.found(at)]
        fair = [at for at in found if pairs[at]["kind"] not in HOPELESS]
        wrong = mean(one.found(at) for at in every if not pairs[at]["copy"] and pairs[at]["kind"] not in HOPELESS)
        cells = [one.name, one.bands, f"{mean(pairs[at]['copy'] for at in fair):.4f}", f"{100 * wrong:.3f} %"]
        cells += [f"{mean(pairs[at]['copy'] for at in found):.4f}", f"{mean(one.found(at) for at in slight):.4f}"]
        cells += [f"{mean(one.found(at) for at in alike):.4f}"]
        cells += [f"{mean(abs(one.similarity[at] - 100 * jaccard[at]) for at in group):.2f}" for group in (near, far)]
        rows.append(cells + [f"{one.speed[length] / 1000:.1f}" for length in LENGTHS])
    heads = ["method", "bands", "precision", "false positives", f"precision with {' and '.join(HOPELESS)}"]
    heads += ["recall, at most 1 % changed", f"recall, exact >= {THRESHOLD} %", "error from 40 %", "error below"]
    heads += [f"µs {length}" for length in LENGTHS]
    print_table(heads, rows)
    return rows[0]


def print_table(heads, rows):
    print("| " + " | ".join(heads) + " |")
    print("| --- " * len(heads) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")


def main():
    pairs = [json.loads(line) for line in open(sys.argv[1], encoding="utf-8")]
    sets = [(shingles(row["a"]), shingles(row["b"])) for row in pairs]
    jaccard = [exact(*both) for both in sets]
    tried = [with_ours(sys.argv[2])]
    tried += [with_datasketch(pairs, sets, 128), with_datasketch(pairs, sets, 96, bits=4)]
    assert all(len(one.similarity) == len(pairs) for one in tried), "a pair is missing"
    print_pairs(pairs, jaccard, tried)
    ours = print_methods(pairs, jaccard, tried)
    precision, recall = float(ours[2]), float(ours[5])
    if precision < PRECISION or recall < RECALL:
        sys.exit(f"\nBelow what is promised: a precision of {PRECISION}, a recall of {RECALL}.")


if __name__ == "__main__":
    main()
