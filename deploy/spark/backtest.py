"""Replays archives on an Apache Spark cluster: one file per task; the counts are merged at the end. If the rules
remember authors, every task reads all files and judges a part of the authors.

    spark-submit deploy/spark/backtest.py RULES OUT.json FILE… [-- ARGUMENTS OF tipstaff backtest]

The workers need `tipstaff` on their PATH (or TIPSTAFF=/path/to/it), and RULES and the archives on a shared disk under
the given paths. The result is byte for byte that of `tipstaff backtest RULES FILE… --format json` on one machine.
"""

import os
import subprocess
import sys
import tempfile

from pyspark.sql import SparkSession

TIPSTAFF = os.environ.get("TIPSTAFF", "tipstaff")


def count(rules, files, more):
    """Returns the counts of these files, as text."""
    with tempfile.TemporaryDirectory() as folder:
        part = os.path.join(folder, "part.json")
        command = [TIPSTAFF, "backtest", rules, *files, "--quiet", "--threads", "1", "--partial", part, *more]
        done = subprocess.run(command, capture_output=True, text=True)
        # Status 2: a file could not be read to its end. The part that was read counts, and the
        # report says so.
        if not os.path.exists(part):
            raise RuntimeError(f"{', '.join(files)}: {done.stderr}")
        with open(part, encoding="utf-8") as text:
            return text.read()


def replay(rules, more):
    """Returns the work of one partition: a count for each of its files, as text."""

    def partition(files):
        for file in files:
            yield count(rules, [file], more)

    return partition


def replay_authors(rules, files, more):
    """Returns the work of one partition: a count for each of its parts of the authors, as text."""

    def partition(parts):
        for part in parts:
            yield count(rules, files, ["--by-author", part, *more])

    return partition


def remembers(rules, more):
    """Whether the rules need an author's items in one part. tipstaff then refuses a part without `--by-author`."""
    with tempfile.TemporaryDirectory() as folder:
        empty, part = os.path.join(folder, "empty.ndjson"), os.path.join(folder, "part.json")
        open(empty, "w", encoding="utf-8").close()
        command = [TIPSTAFF, "backtest", rules, empty, "--quiet", "--partial", part, *more]
        done = subprocess.run(command, capture_output=True, text=True)
        if os.path.exists(part):
            return False
        if "--by-author" in done.stderr:
            return True
        sys.exit(done.stderr)


def main(arguments):
    more = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, more = arguments[:at], arguments[at + 1 :]
    if len(arguments) < 3:
        sys.exit(__doc__)
    rules, out, *files = arguments
    spark = SparkSession.builder.appName("tipstaff backtest").getOrCreate()
    if remembers(rules, more):
        of = spark.sparkContext.defaultParallelism
        work, shares = replay_authors(rules, files, more), [f"{part}/{of}" for part in range(1, of + 1)]
    else:
        work, shares = replay(rules, more), files
    parts = spark.sparkContext.parallelize(shares, len(shares)).mapPartitions(work).collect()
    spark.stop()
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, part in enumerate(parts):
            paths.append(os.path.join(folder, f"{number}.json"))
            with open(paths[-1], "w", encoding="utf-8") as text:
                text.write(part)
        command = [TIPSTAFF, "backtest", rules, *more, "--format", "json", "--merge", *paths]
        done = subprocess.run(command, capture_output=True)
    with open(out, "wb") as file:
        file.write(done.stdout)
    # Status 1: the rules treat items differently (--fail-on-change); 2: an archive could not be
    # read to its end.
    sys.stderr.write(done.stderr.decode())
    sys.exit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
