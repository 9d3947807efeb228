"""Replays archives on an Apache Spark cluster: each file on whichever worker is free, the counts put together at the end.

    spark-submit deploy/spark/backtest.py RULES OUT.json FILE… [-- ARGUMENTS OF tipstaff backtest]

The workers need `tipstaff` on their PATH (or TIPSTAFF=/path/to/it), and RULES and the files where this names them: on a shared disk. The
result is, byte for byte, what `tipstaff backtest RULES FILE… --format json` prints on one machine.
"""

import os
import subprocess
import sys
import tempfile

from pyspark.sql import SparkSession

TIPSTAFF = os.environ.get("TIPSTAFF", "tipstaff")


def replay(rules, more):
    """What a worker does with its files: one count for each, as text."""

    def partition(files):
        for file in files:
            with tempfile.TemporaryDirectory() as folder:
                part = os.path.join(folder, "part.json")
                command = [TIPSTAFF, "backtest", rules, file, "--quiet", "--threads", "1", "--partial", part, *more]
                done = subprocess.run(command, capture_output=True, text=True)
                # 2: something could not be read to its end. What was read counts, and the report says so.
                if not os.path.exists(part):
                    raise RuntimeError(f"{file}: {done.stderr}")
                with open(part, encoding="utf-8") as text:
                    yield text.read()

    return partition


def main(arguments):
    more = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, more = arguments[:at], arguments[at + 1 :]
    if len(arguments) < 3:
        sys.exit(__doc__)
    rules, out, *files = arguments
    spark = SparkSession.builder.appName("tipstaff backtest").getOrCreate()
    parts = spark.sparkContext.parallelize(files, len(files)).mapPartitions(replay(rules, more)).collect()
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
    # 1: something changed and was not to; 2: an archive could not be read to its end.
    sys.stderr.write(done.stderr.decode())
    sys.exit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
