#!/usr/bin/env python3
"""Writes what the benchmark of sasync-diff reads: two state documents, or a dump as `ip -s xfrm state` prints it.

state_files.py documents IKE_SAS OUT_A OUT_B   one IKE SA with one child each; B misses one in 10,000
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


def write_document(path, count, name, role, segments, state, leave_out):
    with open(path, "w", encoding="ascii") as out:
        out.write('{"format":"sasync-state/1","members":[{"name":"%s","role":"%s","active_segments":%s,"ike_sas":['
                  % (name, role, segments))
        comma = ""
        for n in range(count):
            if leave_out and n % MISSING_ONE_IN == 0:
                continue
            out.write(comma + IKE_SA.format(
                n=n, i=0xF2DB471907F7E261 ^ n * 0x9E3779B1, r=0xF384A240C310CF9D ^ n * 0x85EBCA77, state=state,
                a=n >> 16 & 255, b=n >> 8 & 255, c=n & 255, spi_in=0x10000000 + n, spi_out=0x80000000 + n))
            comma = ",\n"
        out.write("]}]}\n")


def write_dump(sample, megabytes, path):
    with open(sample, encoding="ascii") as file:
        text = file.read()
    # Between the places where SPIs and tunnel names stand; those are counted on.
    pieces = re.split(r"(?<=spi=)([0-9a-f]{8})\b|(?<=spi-in=)([0-9a-f]{8})\b|(?<=spi-out=)([0-9a-f]{8})\b"
                      r"|(spi 0x[0-9a-f]{8}\(\d+\))|(?<=tor-spi=)([0-9a-f]{16})\b|(?<=der-spi=)([0-9a-f]{16})\b"
                      r"|(?<=^name=)(\S+)", text, flags=re.MULTILINE)
    kinds = 7
    written, number = 0, 0x10000000
    with open(path, "w", encoding="ascii") as out:
        while written < megabytes * 1_000_000:
            turn = [pieces[0]]
            for at in range(1, len(pieces), kinds + 1):
                number += 1
                kind = next(k for k in range(kinds) if pieces[at + k] is not None)
                turn.append(("%08x" % number, "%08x" % number, "%08x" % number, "spi 0x%08x(%d)" % (number, number),
                             "%016x" % number, "%016x" % number, "%s%d" % (pieces[at + kind], number))[kind])
                turn.append(pieces[at + kinds])
            written += out.write("".join(turn))


def main(arguments):
    match arguments:
        case ["documents", count, a, b]:
            write_document(a, int(count), "a", "shared", "[1]", "established", False)
            write_document(b, int(count), "b", "shared", "[]", "passive", True)
        case ["dump", sample, megabytes, out]:
            write_dump(sample, int(megabytes), out)
        case _:
            sys.exit(__doc__)


main(sys.argv[1:])
