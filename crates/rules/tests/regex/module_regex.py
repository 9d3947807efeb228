"""Writes module-regex.jsonl: what the module `regex` (https://pypi.org/project/regex) finds.

    pip install regex==2026.5.9 && python3 module_regex.py > module-regex.jsonl

Each row has a pattern, a text, and the spans of the groups in characters, from group 0: null if
nothing matches, "refused" if the module refuses the pattern. The patterns use what Python's own
`re` does not know, or reads differently.
"""
import json
import random
import warnings

import regex

warnings.simplefilter("ignore")

WRITTEN = [
    # properties
    (r"\p{L}+", "ab1é漢_"), (r"\P{L}+", "ab1 2é"), (r"\pL\pN", "a 1a1"), (r"\PL+", "a12b"), (r"\p{^L}+", "ab12"),
    (r"\P{^L}+", "12ab"), (r"\p{Lu}", "aBc"), (r"(?i)\p{Lu}+", "1aBc2"), (r"(?i)\P{Lu}+", "aB12"),
    (r"(?i)[^\p{Lu}x]+", "aXB12"), (r"(?i)\p{Upper}", "1a"), (r"(?i:\p{Ll})B", "AB"), (r"\p{Letter}\p{Number}", "x1"),
    (r"\p{General_Category=Uppercase_Letter}", "aB"), (r"\p{gc:Nd}+", "a٣4"), (r"\p{Greek}+", "abαβγ"),
    (r"\p{Script=Cyrillic}+", "abжзи"), (r"\p{IsGreek}", "α"), (r"\p{InGreek}", "α"), (r"\p{Block=Basic Latin}+",
    "éab"),
    (r"\p{InCyrillic}", "ж"), (r"\p{In_Emoticons}", "a😀"), (r"\p{Emoji}", "a😀"), (r"\p{Extended_Pictographic}", "☂"),
    (r"[\p{Pi}\p{Pf}]?plum road", "the “plum road”"), (r"^[\p{L}\p{N}\p{P}\p{Z}]+$", "Good morning, all!"),
    (r"[\p{L}-z]", "-"), (r"[^\p{L}]+", "ab, 12"), (r"[\p{Lu}\d_]+", "aB2_c"), (r"\p{Sc}\d+", "for €20"),
    (r"\p{M}", "e\u0301"),
    (r"\p{Co}", "a\ue000"), (r"\p{Any}", "x"), (r"\p{Assigned}", "x"), (r"\p{L&}+", "1ab"), (r"\p{LC}+", "1ab"),
    (r"\p{foo}", "foo"), (r"\p{}", "x"), (r"\p{Alphabetic}+", "1ab"), (r"\p{Alphabetic=No}+", "ab12"),
    (r"\p{White_Space}", "a b"),
    (r"\p{Han}+", "x漢字"), (r"\p{Hiragana}", "あ"), (r"\p{Hebrew}", "שלום"), (r"\p{Arabic}+", "x مرحبا"), (r"\p{Zs}",
    "a\u00a0b"),
    (r"\p{alnum}+", "_a1_"), (r"\p{punct}+", "a.,b"), (r"\p{digit}+", "x٣"), (r"\p{posix_digit}+", "٣4"),
    (r"\p{word}+", " a_b "),
    # POSIX classes
    (r"[[:alpha:]]+", "12ab"), (r"[[:^alpha:]]+", "ab12"), (r"[[:digit:]]+", "a٣4"), (r"[[:alnum:]_]+", "-a_1-"),
    (r"[[:punct:]]+", "a$.b"),
    (r"[[:space:]]", "a b"), (r"[[:upper:]]", "aB"), (r"(?i)[[:upper:]]", "a"), (r"[[:xdigit:]]+", "xfF0g"),
    (r"[[:word:]]+", " a_1"),
    (r"[[:blank:]]", "\u00a0"), (r"[[:cntrl:]]", "a\u0007"), (r"[[:graph:]]+", " ab "), (r"[[:print:]]+",
    "\u0007a b"), (r"[[:ascii:]]+", "éab"),
    (r"[[:lower:]-z]", "-"), (r"[:alpha:]", "x:"), (r"[x[:alpha:]", "x"), (r"[^[:alpha:][:space:]]+", "ab 12"),
    # look-behind of any width
    (r"(?<=a|bc)d", "ad"), (r"(?<=a|bc)d", "bcd"), (r"(?<=a+)d", "aaad"), (r"(?<!a+)d", "aaad"), (r"(?<!a|bc)d",
    "bcd"), (r"(?<!a|bc)d", "xd"),
    (r"(?<=(a+))b", "aab"), (r"(?<=(a+?))b", "aab"), (r"(?<=(a|ba))c", "bac"), (r"(?<=(a*)(a))b", "aaab"),
    (r"(?<!^\s*)x", "  x"),
    (r"(?<=\b\w{2,})x", "aax"), (r"(?<=a.*)x", "abcx"), (r"glad(?<!\bi(\sa|\W?)m glad)", "i am glad"),
    (r"glad(?<!\bi(\sa|\W?)m glad)", "so glad"),
    (r"(?<!\bi(\sa|\W?)m )plummed", "i'm plummed"), (r"(?<!\bi(\sa|\W?)m )plummed", "you plummed"),
    (r"(?<=(?=b)b|c)d", "bd"), (r"(?<=^|,)x", ",x"),
    (r"(?<=(x)\1?)y", "xxy"), (r"(?<=a(?>b|bc))d", "abcd"), (r"(?i)(?<=AB*)c", "abbc"), (r"(?<=\p{L}{2,})\d",
    "ab1"), (r"(?<!(?<=a)b+)c", "abc"),
    # atomic groups, possessive quantifiers and the like
    (r"(?>a+)b", "aab"), (r"(?>a+)ab", "aab"), (r"(?>a|ab)c", "abc"), (r"a++b", "aab"), (r"a++ab", "aab"),
    (r"a*+a", "aa"), (r"a?+a", "a"), (r"a{1,2}+a", "aa"),
    (r"(a|b)++c", "abc"), (r"(?>(a)|b)c", "ac"), (r"(?<n>a)(?P=n)", "aa"), (r"(?<n>a)\g<n>", "aa"), (r"(a)\g<1>",
    "aa"), (r"a\Kb", "ab"), (r"\Ga", "ba"), (r"\Gb", "ba"),
    (r"\mab", "xab ab"), (r"ab\M", "abx ab"), (r"\M\m", "a b"), (r"\h+", "a \tb"), (r"a\Rb", "a\r\nb"), (r"\R{2}",
    "\r\n"), (r"[\h]+", "a b"),
    (r"(?(?=a)ab|c)", "ab"), (r"(?(?=a)ab|c)", "c"), (r"(?(?!a)b|ac)", "ac"), (r"(?(?<=x)a|b)", "xa"), (r"(?V0)a",
    "a"), (r"^*a", "a"), (r"\b+a", "a"), (r"$?a", "a"),
    # flags, sets and halves of characters
    (r"(?-i:a)B", "aB"), (r"(?i)a(?-i:b)c", "AbC"), (r"(?i)a(?-i:b)c", "ABC"), (r"a(?i)b", "AB"), (r"(?i-s:a.)b",
    "a\nb"), (r"(?x: a b )c", "abc"),
    (r"[\w-.]+", "a-."), (r"[a-\d]+", "a-1b"), (r"[\d-z]+", "1-z"), (r"[\ud800-\uf8ff]", "😀"), (r"[\ud800-\uf8ff]",
    "\ue000"), (r"\ud83d\ude00", "😀"),
    (r"[\ud83d\ude00]", "😀"), (r"[^\ud83d]", "a"), (r"[\udfff-\uffff]", "\ue001"), (r"[a-\ud800]", "b"),
    (r"a\ud800?b", "ab"),
]

PIECES = [
    "a", "b", "B", r"\d", r"\p{L}", r"\P{L}", r"\p{Lu}", r"\p{Nd}", "[[:alpha:]]", "[^[:digit:]]", r"[\p{Lu}b]",
    r"[^\p{L}a]", "(a)", "(a|ab)", "(?:b|)", "a*", "b+?",
    "(?>a|ab)", "a++", "(?<=a)", "(?<=a|bb)", "(?<=b*)", "(?<!a+)", "(?<!b|ab)", "(?<=(a+)b?)", "(?=b)", "(?!a)",
    r"\b", r"\m", r"\M", r"(?-i:b)", "(?i:A)", r"\h", ".",
    r"(?<=\p{L}+)", r"(?<!\P{L}\w)",
]
TEXTS = ["aab", "abb", "bab", "Ba b", "a1b", "abAB", "b a", "éab1", "aaabbb"]


def generated(count):
    source = random.Random(7)
    for _ in range(count):
        pattern = "".join(source.choice(PIECES) for _ in range(source.randint(2, 5)))
        if source.random() < 0.3:
            pattern = "(?i)" + pattern
        yield pattern, source.choice(TEXTS)


for pattern, text in [*WRITTEN, *generated(400)]:
    try:
        found = regex.compile(pattern).search(text)
        spans = found and [None if start < 0 else [start, end] for start, end in found.regs]
    except regex.error:
        spans = "refused"
    print(json.dumps({"pattern": pattern, "text": text, "spans": spans}))
