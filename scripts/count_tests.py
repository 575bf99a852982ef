#!/usr/bin/env python3
"""Counts the results of test runs.

Usage: scripts/count_tests.py read FORMAT FILE   prints a line "suite, group, passed, failed, ignored" (tabs) for
                                                 each suite of one run's output; FORMAT: nextest, libtest or node
       scripts/count_tests.py sum FILE           prints a table of such lines and, last, "N passed, N failed";
                                                 exit code 1 if anything failed or a suite ran no test

A suite is a file or folder of tests/, "unit" for the tests in src/, "examples" for those in documentation.
Suites that run on both stores are also counted by group: the store that a test's name contains.
"""

import collections
import json
import re
import sys

STORES = ("sqlite", "mongo")
# Suites that must have run at least one test.
REQUIRED = ("unit", "tidy", "store", "api", "browser")
PASSED, FAILED, IGNORED = range(3)


class Counts:
    def __init__(self):
        self.rows = collections.defaultdict(lambda: [0, 0, 0])

    def add(self, suite, test, outcome):
        self.rows[suite, group_of(test)][outcome] += 1

    def print(self):
        for (suite, group), counts in self.rows.items():
            print(suite, group, *counts, sep="\t")


def group_of(test):
    """The store in a test's name, such as `sqlite::list_is_paged` or `carts::on_mongo`, or empty."""
    words = re.split(r"[^a-z]+", test.lower())
    return next((store for store in STORES if store in words or store + "db" in words), "")


def read_nextest(lines):
    """One JSON object per line; a test's name is `package::binary$name`."""
    outcomes = {"ok": PASSED, "failed": FAILED, "timeout": FAILED, "ignored": IGNORED}
    counts = Counts()
    for line in lines:
        event = json.loads(line)
        if event["type"] == "test" and event["event"] in outcomes:
            binary, _, test = event["name"].partition("$")
            package, _, target = binary.partition("::")
            # Tests of the library and of the program have the package's name.
            suite = "unit" if target in ("", package) or target.startswith("bin/") else target
            counts.add(suite, test, outcomes[event["event"]])
    return counts


def read_libtest(lines):
    """The output of `cargo test`: a line for each binary, then one for each test."""
    outcomes = {"ok": PASSED, "FAILED": FAILED, "ignored": IGNORED}
    counts, suite = Counts(), "unit"
    for line in lines:
        if re.match(r"\s+Running unittests ", line):
            suite = "unit"
        elif binary := re.match(r"\s+Running tests/(\w+)", line):
            suite = binary[1]
        elif re.match(r"\s+Doc-tests ", line):
            suite = "examples"
        elif test := re.match(r"test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)\b", line):
            counts.add(suite, test[1], outcomes[test[2]])
    return counts


def read_node(lines):
    """The last lines of node's "spec" reporter; a cancelled test counts as failed."""
    outcomes = {"pass": PASSED, "fail": FAILED, "cancelled": FAILED, "skipped": IGNORED, "todo": IGNORED}
    counts = Counts()
    for line in lines:
        if closing := re.match(r"ℹ (\w+) (\d+)$", line):
            outcome = outcomes.get(closing[1])
            if outcome is not None:
                counts.rows["browser", ""][outcome] += int(closing[2])
    return counts


def read(kind, path):
    readers = {"nextest": read_nextest, "libtest": read_libtest, "node": read_node}
    with open(path, encoding="utf-8", errors="replace") as lines:
        readers[kind](lines).print()


def sum_up(path):
    suites = collections.defaultdict(lambda: collections.defaultdict(lambda: [0, 0, 0]))
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            suite, group, *numbers = line.rstrip("\n").split("\t")
            total = suites[suite][group]
            for outcome, number in enumerate(numbers):
                total[outcome] += int(number)

    for suite in REQUIRED:
        if not any(total[PASSED] + total[FAILED] for total in suites[suite].values()):
            suites[suite]["no test ran"][FAILED] += 1

    print(f"{'':24}{'passed':>8}{'failed':>8}{'ignored':>8}")
    grand = [0, 0, 0]
    for suite, groups in suites.items():
        total = [sum(numbers) for numbers in zip(*groups.values())]
        grand = [sum(numbers) for numbers in zip(grand, total)]
        print_row(suite, total)
        for group in sorted(filter(None, groups)):
            print_row("  " + group, groups[group])
    print(f"\n{grand[PASSED]} passed, {grand[FAILED]} failed")
    return 1 if grand[FAILED] else 0


def print_row(name, counts):
    print(f"{name:24}" + "".join(f"{number:8}" for number in counts))


if __name__ == "__main__":
    if sys.argv[1] == "read":
        read(sys.argv[2], sys.argv[3])
    else:
        sys.exit(sum_up(sys.argv[2]))
