#!/usr/bin/env python3
"""generated.py SASYNC_DIFF SASYNC_GEN: clusters that do not exist, with faults, for 100 seeds.

sasync-diff must find exactly the SAs that a plain reading of the generator's truth says are missing or stale on each
subordinate, in both protocols.
"""
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SEEDS = range(1, 101)
DIFF, GEN = sys.argv[1], sys.argv[2]


def held(member):
    """What a member holds: IKE SAs by their SPIs; children by the IKE SA's and their own."""
    ike, children = {}, {}
    for sa in member["ike_sas"]:
        name = (sa["initiator_spi"], sa["responder_spi"])
        ike[name] = ike.get(name, 0) + 1
        for child in sa["child_sas"]:
            children[child["spi_in"]] = name
    return ike, children


def only_in(here, there):
    """Missing there: IKE SAs, and children of those that both hold."""
    ike, children = here
    other_ike, other_children = there
    sas = {name for name in ike if name not in other_ike}
    spis = {spi for spi, name in children.items() if spi not in other_children}
    return sas, spis


def found(document, kind):
    sas, spis = set(), set()
    for difference in document["differences"]:
        if difference["kind"] != kind:
            continue
        if difference["object"] == "ike_sa":
            sas.add((difference["initiator_spi"], difference["responder_spi"]))
        if difference["object"] == "child_sa":
            spis.add(difference["spi_in"])
    return sas, spis


def check(protocol, seed, folder):
    truth, state = folder / "truth.jsonl", folder / "state.json"
    subprocess.run([GEN, "--protocol", protocol, "--tunnels", "12", "--loss", "0.06", "--seed", str(seed), "--ike", "2",
                    "--duration", "40s", "--rekey", "15s", "--delete", "0.3", "-o", folder / "x.jsonl", "--truth", truth],
                   check=True, capture_output=True)
    last = truth.read_text().splitlines()[-1]
    state.write_text(last + "\n")
    members = json.loads(last)["members"]
    differing = 0
    primary = members[0]
    for subordinate in members[1:]:
        run = subprocess.run([DIFF, "--json", "--roles", "primary,subordinate", f"{state}#{primary['name']}",
                              f"{state}#{subordinate['name']}"], capture_output=True, text=True)
        assert run.returncode in (0, 1), run.stderr
        document = json.loads(run.stdout)
        here, there = held(primary), held(subordinate)
        for kind, (sas, spis) in (("missing", only_in(here, there)), ("extra", only_in(there, here))):
            got_sas, got_spis = found(document, kind)
            # Children of an IKE SA that is missing or extra as a whole are not told one by one.
            whole = {spi for spi in spis if (here if kind == "missing" else there)[1][spi] in sas}
            assert got_sas == sas, (protocol, seed, kind, got_sas ^ sas)
            assert got_spis == spis - whole, (protocol, seed, kind, got_spis ^ (spis - whole))
            differing += len(sas) + len(spis)
    return differing


def main():
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        for protocol in ("fgcp-sync", "strongswan-ha"):
            for seed in SEEDS:
                total += check(protocol, seed, Path(folder))
    # Faults that leave no trace would make the test one that cannot fail.
    assert total > 100, total
    print(f"{2 * len(SEEDS)} clusters, {total} SAs missing or stale, all found and nothing else")


main()
