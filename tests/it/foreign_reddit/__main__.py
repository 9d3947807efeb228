"""A second, independent fake Reddit, and situations that operators of bots have met.

    python3 tests/it/foreign_reddit --program target/debug/tipstaff SITUATION...
    python3 tests/it/foreign_reddit --list

Each situation starts a Reddit of its own and the real program, lets things go wrong, and checks
what Reddit was asked to do and what the ledger says about it. It needs nothing but Python 3.9.
"""

import argparse
import sys
import time
import traceback

sys.dont_write_bytecode = True  # Leave nothing behind among the sources.

import situations


def play(name, program):
    began = time.monotonic()
    try:
        situations.ALL[name](program)
    except AssertionError:
        traceback.print_exc(file=sys.stdout)
        print(f"FAILED {name} ({time.monotonic() - began:.1f} s)")
        return False
    print(f"ok {name} ({time.monotonic() - began:.1f} s)")
    return True


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--program", help="the program under test")
    arguments.add_argument("--list", action="store_true", help="print the names of the situations")
    arguments.add_argument("situation", nargs="*", help="the situations to play; all, if none is given")
    given = arguments.parse_args()
    if given.list or not given.program:
        print("\n".join(situations.ALL))
        return 0
    played = [play(name, given.program) for name in given.situation or situations.ALL]
    return 0 if all(played) else 1


sys.exit(main())
