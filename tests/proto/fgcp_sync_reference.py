#!/usr/bin/env python3
"""Reads the examples of docs/protocols/fgcp-sync.md with nothing but what that page says (and no code of the program):
header, length, CRC-32C, authenticator, and the TLVs by the page's own tables.

    fgcp_sync_reference.py PAGE
"""

import hashlib
import hmac
import json
import re
import struct
import sys

PASSWORD = b"correct horse battery staple"


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def authenticator(message):
    extracted = hmac.new(b"sasync-ref/1", PASSWORD, hashlib.sha256).digest()
    key = hmac.new(extracted, b"fgcp-sync message authentication\x01", hashlib.sha256).digest()
    return key, hmac.new(key, message, hashlib.sha256).digest()


def tables(page):
    messages = {int(n): (name, event) for n, name, event in re.findall(r"^\| (\d+) \| ([A-Z_]+) \| (\w+) \|", page, re.M)}
    tlvs = {int(n, 16): (name, form) for n, name, form in re.findall(r"^\| 0x(\w\w) \| (\w+) \| ([\w ]+) \|", page, re.M)}
    enums = {field: dict((int(n), name) for n, name in re.findall(r"(\d+) (\w+)", row))
             for field, row in re.findall(r"^\| (\w+) \| (0 [\w, ]+) \|$", page, re.M)}
    return messages, tlvs, enums


def check_value(name, form, value, said, enums):
    """Compares the formats that need no notation of their own."""
    if form in ("u8", "u16", "u32", "u64"):
        number = int.from_bytes(value, "little")
        assert len(value) == int(form[1:]) // 8, name
        spellings = (number, str(number), f"{number:0{2 * len(value)}x}")
        assert said in spellings or form == "u8", (name, number, said)
    elif form == "flag":
        assert value in (b"\0", b"\1") and said == (value == b"\1"), name
    elif form == "enum":
        assert enums[name][value[0]] == said, (name, value, said)
    elif form == "text":
        assert value.decode() == said, name
    elif form in ("secret", "octets"):
        assert value.hex() == said, name
    elif form == "ike_id":
        assert value[0] == said["version"] and value[1] == said["initiator"], name
        assert value[2:].hex() == said["initiator_spi"] + said["responder_spi"], name


def check_example(message, said, authenticated, page_tables):
    messages, tlvs, enums = page_tables
    magic, version, kind, flags, vcluster, group, length, serial, sequence, crc = struct.unpack_from("<4sBBBBHH16sII", message)
    assert (magic, version, length) == (b"\xd5SAR", 1, len(message))
    assert messages[kind][1] == said["event"]
    assert (vcluster, group, sequence) == (said["virtual_cluster"], said["group"], said["sync_sequence"])
    assert serial.rstrip(b"\0").decode() == said["member"]
    assert bool(flags & 2) == said.get("resync", False)
    without_checksum = message[:32] + bytes(4) + message[36:]
    assert crc32c(without_checksum) == crc
    end = len(message) - (32 if flags & 1 else 0)
    assert bool(flags & 1) == authenticated
    if authenticated:
        assert authenticator(without_checksum[:end])[1] == message[end:]
    at, seen, flat = 36, 0, {**said, **said.get("proposal", {}), **said.get("keys", {})}
    while at < end:
        number, size = struct.unpack_from("<HH", message, at)
        name, form = tlvs[number]
        check_value(name, form, message[at + 4:at + 4 + size], flat[name], enums)
        at, seen = at + 4 + size, seen + 1
    assert at == end
    return seen


def main():
    with open(sys.argv[1], encoding="utf-8") as source:
        page = source.read()
    page_tables = tables(page)
    assert crc32c(b"123456789") == 0xE3069283
    assert authenticator(b"")[0].hex() in page
    pattern = r"^### 10\.\d+ (\w+) \(\d+\)(, authenticated)?$.*?^```json\n(.*?)^```.*?^```text\n(.*?)^```"
    examples = re.findall(pattern, page, re.M | re.S)
    tlvs = 0
    for name, authenticated, text, hexdump in examples:
        message = bytes.fromhex("".join(line.split(";")[0] for line in hexdump.splitlines()))
        try:
            tlvs += check_example(message, json.loads(text.replace("\n", "")), bool(authenticated), page_tables)
        except AssertionError:
            print(f"in the example {name}:", file=sys.stderr)
            raise
    assert {name for name, _, _, _ in examples} == {name for name, _ in page_tables[0].values()}
    print(f"{len(examples)} examples, {tlvs} TLVs")


if __name__ == "__main__":
    main()
