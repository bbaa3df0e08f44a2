#!/usr/bin/env python3
"""generated.py SASYNC_DIFF SASYNC_GEN: clusters that do not exist, with faults, for 100 seeds.

sasync-diff must find exactly the SAs that a plain reading of the generator's truth says are missing or stale on each
subordinate, in both protocols, and say of each of the primary's what would become of it.
"""
import json
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

SEEDS = range(1, 101)
DIFF, GEN = sys.argv[1], sys.argv[2]
# Options, and of how many of the seeds.
KINDS = (
    (["--ike", "2"], 100),
    (["--ike", "mixed", "--dialup", "0.5", "--duplicate", "0.05", "--reorder", "0.05"], 30),
    (["--ike", "1", "--members", "3"], 20),
)


def held(member):
    """What a member holds, by SPIs, each as often as it is listed."""
    ike, children = Counter(), Counter()
    for sa in member["ike_sas"]:
        ike[sa["initiator_spi"], sa["responder_spi"]] += 1
        for child in sa["child_sas"]:
            children[child["spi_in"], child["spi_out"]] += 1
    return ike, children


def found(document, kind):
    ike, children = Counter(), Counter()
    for difference in document["differences"]:
        if difference["kind"] != kind:
            continue
        if difference["object"] == "ike_sa":
            ike[difference["initiator_spi"], difference["responder_spi"]] += 1
        if difference["object"] == "child_sa":
            children[difference["spi_in"], difference["spi_out"]] += 1
    return ike, children


def check(protocol, seed, options, folder):
    truth, state = folder / "truth.jsonl", folder / "state.json"
    subprocess.run([GEN, "--protocol", protocol, "--tunnels", "12", "--loss", "0.06", "--seed", str(seed),
                    "--duration", "40s", "--rekey", "15s", "--delete", "0.3", *options, "-o", folder / "x.jsonl",
                    "--truth", truth], check=True, capture_output=True)
    last = truth.read_text().splitlines()[-1]
    state.write_text(last + "\n")
    primary, *subordinates = json.loads(last)["members"]
    here = held(primary)
    differing = twins = 0
    for subordinate in subordinates:
        run = subprocess.run([DIFF, "--json", "--all", "--roles", "primary,subordinate", f"{state}#{primary['name']}",
                              f"{state}#{subordinate['name']}"], capture_output=True, text=True)
        assert run.returncode in (0, 1), run.stderr
        document = json.loads(run.stdout)
        there = held(subordinate)
        where = (protocol, seed, options, subordinate["name"])
        for kind, ours, theirs in (("missing", here, there), ("extra", there, here)):
            for got, a, b in zip(found(document, kind), ours, theirs):
                assert got == a - b, (*where, kind, got, a - b)
                differing += (a - b).total()
        assert sum(document["outcomes"].values()) == here[1].total(), (*where, document["outcomes"])
        twins += max(there[0].values(), default=0) > 1
    return differing, twins


def main():
    total = twins = clusters = 0
    with tempfile.TemporaryDirectory() as folder:
        for protocol in ("fgcp-sync", "strongswan-ha"):
            for options, count in KINDS:
                if protocol == "strongswan-ha" and "--members" in options:
                    continue
                for seed in SEEDS[:count]:
                    differing, found_twins = check(protocol, seed, options, Path(folder))
                    total, twins, clusters = total + differing, twins + found_twins, clusters + 1
    # Faults that leave no trace would make the test one that cannot fail.
    assert total > 100 and twins > 3, (total, twins)
    print(f"{clusters} clusters, {total} SAs missing or stale, all found and nothing else; twins in {twins}")


main()
