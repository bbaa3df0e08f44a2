#!/usr/bin/env python3
"""Writes what the benchmark of sasync-diff reads: two state documents, or a dump as a gateway prints it.

state_files.py documents IKE_SAS OUT_A OUT_B   one IKE SA with one child each; B misses one in 10,000
state_files.py one-name IKE_SAS OUT_A OUT_B    the same, all of one name, and B has other SPIs throughout
state_files.py dump SAMPLE MEGABYTES OUT       the sample's entries over and over, each time with other SPIs
"""
import re
import sys

IKE_SA = (
    '{{"name":"site-{n}","version":2,"initiator_spi":"{i:016x}","responder_spi":"{r:016x}","initiator":true,'
    '"state":"{state}","local":{{"address":"198.51.100.1","port":500,"id":"gw.example"}},'
    '"remote":{{"address":"100.{a}.{b}.{c}","port":500,"id":"site-{n}.example"}},"encryption":"aes-cbc-128",'
    '"integrity":"hmac-sha2-256-128","prf":"prf-hmac-sha2-256","dh_group":"ecp-256","message_id":{{"send":2}},'
    '"child_sas":[{{"name":"net","state":"installed","spi_in":"{spi_in:08x}","spi_out":"{spi_out:08x}","protocol":"esp",'
    '"mode":"tunnel","encapsulation":"none","encryption":"aes-cbc-128","integrity":"hmac-sha2-256-128","dh_group":"",'
    '"esn":false,"local_ts":["192.168.0.0/16"],"remote_ts":["10.{a}.{b}.{c}/32"]}}]}}'
)
MISSING_ONE_IN = 10_000


def write_document(path, count, name, role, segments, state, leave_out, tunnel=None, shift=0):
    with open(path, "w", encoding="ascii") as out:
        out.write('{"format":"sasync-state/1","members":[{"name":"%s","role":"%s","active_segments":%s,"ike_sas":['
                  % (name, role, segments))
        comma = ""
        for n in range(count):
            if leave_out and n % MISSING_ONE_IN == 0:
                continue
            out.write(comma + IKE_SA.format(
                n=n if tunnel is None else tunnel, i=(0xF2DB471907F7E261 + shift) ^ n * 0x9E3779B1,
                r=0xF384A240C310CF9D ^ n * 0x85EBCA77, state=state,
                a=n >> 16 & 255, b=n >> 8 & 255, c=n & 255, spi_in=0x10000000 + shift + n, spi_out=0x80000000 + n))
            comma = ",\n"
        out.write("]}]}\n")


# Where a dump has SPIs and tunnel names, and what stands there when it is written with another number.
PLACES = {
    "ip-": ((r"spi 0x[0-9a-f]{8}\(\d+\)", lambda n, old: f"spi 0x{n:08x}({n})"),),
    "setkey": ((r"spi=\d+\(0x[0-9a-f]{8}\)", lambda n, old: f"spi={n}(0x{n:08x})"),),
    "ipsecctl": ((r"(?<=spi )0x[0-9a-f]{8}", lambda n, old: f"0x{n:08x}"),),
    "gateway-list": ((r"(?<=^name: )\S+", lambda n, old: f"{old}{n}"), (r"(?<= )[0-9a-f]{16}(?=/)", lambda n, old: f"{n:016x}")),
    "tunnel-list": ((r"(?<=^name=)\S+", lambda n, old: f"{old}{n}"), (r"(?<=spi=)[0-9a-f]{8}", lambda n, old: f"{n:08x}")),
    "swanctl": ((r"(?<=tor-spi=)[0-9a-f]{16}|(?<=der-spi=)[0-9a-f]{16}|(?<=spi = )[0-9a-f]{16}|[0-9a-f]{16}(?=_[ir])",
                 lambda n, old: f"{n:016x}"),
                (r"(?<=spi-in=)[0-9a-f]{8}|(?<=spi-out=)[0-9a-f]{8}|(?<=spi-in = )[0-9a-f]{8}|(?<=spi-out = )[0-9a-f]{8}"
                 r"|(?<= in  )[0-9a-f]{8}|(?<= out )[0-9a-f]{8}", lambda n, old: f"{n:08x}")),
}


def write_dump(sample, megabytes, path):
    with open(sample, encoding="ascii") as file:
        text = file.read()
    places = next(value for name, value in PLACES.items() if name in sample)
    found = sorted((match.start(), match.end(), write) for pattern, write in places
                   for match in re.finditer(pattern, text, flags=re.MULTILINE))
    written, number = 0, 0x10000000
    with open(path, "w", encoding="ascii") as out:
        while written < megabytes * 1_000_000:
            turn, at = [], 0
            for start, end, write in found:
                # The two lines of an SA that ipsecctl prints have one SPI.
                number += "ipsecctl" not in sample or not text[:start].endswith("sa: spi ")
                turn += text[at:start], write(number, text[start:end])
                at = end
            written += out.write("".join(turn) + text[at:])


def main(arguments):
    match arguments:
        case ["documents", count, a, b]:
            write_document(a, int(count), "a", "shared", "[1]", "established", False)
            write_document(b, int(count), "b", "shared", "[]", "passive", True)
        case ["one-name", count, a, b]:
            write_document(a, int(count), "a", "shared", "[1]", "established", False, "dialup")
            write_document(b, int(count), "b", "shared", "[]", "passive", False, "dialup", 0x20000000)
        case ["dump", sample, megabytes, out]:
            write_dump(sample, float(megabytes), out)
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
