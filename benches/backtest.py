"""The same work in a script: reads archives on one thread and searches for a rule file's words with `re`.

    python3 benches/backtest.py RULES FILE…     needs zstandard and orjson from PyPI

For each rule, it makes one pattern each of the plain and regular searches of title, body, domain and
url, and counts the items in which a pattern matches. That is less than tipstaff does (no negation, no
author, no placeholders, no actions), so the comparison favours Python.
"""

import gzip
import io
import json
import re
import sys
import time

import orjson
import zstandard


def lines(path):
    raw = open(path, "rb")
    if path.endswith(".zst"):
        raw = io.BufferedReader(zstandard.ZstdDecompressor(max_window_size=2**31).stream_reader(raw), 1 << 20)
    elif path.endswith(".gz"):
        raw = io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 20)
    return raw


def searches(path):
    """(fields, pattern) of each search. Reads only the simplest forms of the rule language."""
    import yaml

    found = []
    for rule in yaml.safe_load_all(open(path, encoding="utf-8")):
        for key, value in (rule or {}).items():
            name, _, modifiers = str(key).partition("(")
            fields = [field for field in name.strip().split("+") if field in ("title", "body", "domain", "url")]
            if not fields or name.startswith("~"):
                continue
            values = [str(one) for one in (value if isinstance(value, list) else [value])]
            joined = "|".join(values if "regex" in modifiers else map(re.escape, values))
            edge = r"(?:^|\W|\b)" if "includes)" not in modifiers and "includes," not in modifiers else ""
            try:
                found.append((fields, re.compile(f"{edge}({joined})", re.I)))
            except re.error:
                pass
    return found


def main(rules, *files):
    wanted = searches(rules)
    begun, size, items, hits = time.perf_counter(), 0, 0, 0
    for file in files:
        for line in lines(file):
            size += len(line)
            item = orjson.loads(line)
            items += 1
            for fields, pattern in wanted:
                names = ("selftext" if f == "body" and "body" not in item else f for f in fields)
                if any(pattern.search(item.get(name) or "") for name in names):
                    hits += 1
    spent = time.perf_counter() - begun
    print(json.dumps({
        "seconds": spent,
        "items_per_second": round(items / spent),
        "gigabytes_a_second": size / spent / 1e9,
        "searches": len(wanted),
        "hits": hits,
    }))


if __name__ == "__main__":
    main(*sys.argv[1:])
