#!/usr/bin/env python3
"""Validates JSON Lines, or one JSON document, against a JSON Schema (draft 2020-12).

    validate.py SCHEMA FILE...             every line must be valid
    validate.py --invalid SCHEMA FILE...   every line must be refused
    validate.py --document SCHEMA FILE...  every FILE is one document

FILE may be - for standard input. Status 0: all is as it must be; 1: something is not, or nothing could be checked.
"""

import argparse
import json
import sys

try:
    from jsonschema import Draft202012Validator
except ImportError:
    sys.exit("validate.py: the Python package jsonschema is missing (Debian: apt-get install python3-jsonschema)")


def no_repeated_keys(pairs):
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice")
    return result


def documents(path, whole):
    """Yields (line number, document); the document of a line that is no JSON is the error."""
    with sys.stdin if path == "-" else open(path, encoding="utf-8") as source:
        for number, text in [(1, source.read())] if whole else enumerate(source, 1):
            if not text.strip():
                continue
            try:
                yield number, json.loads(text, object_pairs_hook=no_repeated_keys)
            except ValueError as error:
                yield number, error


def fault_of(validator, document):
    if isinstance(document, ValueError):
        return str(document)
    # The deepest error names the key; the outer ones only say that nothing fitted.
    error = max(validator.iter_errors(document), key=lambda e: len(e.absolute_path), default=None)
    return None if error is None else f"{error.json_path}: {error.message}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("schema")
    parser.add_argument("files", nargs="+", metavar="file")
    parser.add_argument("--invalid", action="store_true", help="every line must be refused")
    parser.add_argument("--document", action="store_true", help="every FILE is one document")
    arguments = parser.parse_args()

    with open(arguments.schema, encoding="utf-8") as source:
        schema = json.load(source)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)

    count = wrong = 0
    for path in arguments.files:
        before = count
        for number, document in documents(path, arguments.document):
            count += 1
            fault = fault_of(validator, document)
            if (fault is None) != arguments.invalid:
                continue
            wrong += 1
            print(f"{path}:{number}: {fault or 'is valid and must not be'}", file=sys.stderr)
        if count == before:
            sys.exit(f"validate.py: {path}: nothing to validate")
    print(f"{count} documents, {wrong} not as they must be")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
