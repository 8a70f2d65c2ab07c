"""Reads which blocks and attributes a Terraform file has; relies on the form that `terraform fmt` gives it."""

import re

BLOCK = re.compile(r'^(\w+)((?: "[^"]*")*) \{(\})?$')
ATTRIBUTE = re.compile(r"^([\w\"-]+)\s+= (.*)$")


def depth(text):
    """Returns by how much a line opens more brackets than it closes, outside of strings."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", text)
    return sum(bare.count(one) for one in "([{") - sum(bare.count(one) for one in ")]}")


def read(text):
    """Returns the top-level blocks, each as (kind, labels, attributes, blocks)."""
    lines = iter(line.split(" # ")[0].strip() for line in text.splitlines())
    return read_body(lines)[1]


def read_body(lines):
    attributes, blocks = {}, []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        if line == "}":
            break
        if (found := ATTRIBUTE.match(line)) and not BLOCK.match(line):
            name, value = found.groups()
            opened = depth(value)
            while opened > 0:
                more = next(lines)
                opened += depth(more)
                value += "\n" + more
            attributes[name] = value
            continue
        found = BLOCK.match(line)
        if not found:
            raise ValueError(f"neither a block nor an attribute: {line}")
        kind, labels, empty = found.groups()
        labels = re.findall(r'"([^"]*)"', labels)
        inner = ({}, []) if empty else read_body(lines)
        if kind == "dynamic":
            # What counts is the block that it makes.
            content = next(block for block in inner[1] if block[0] == "content")
            kind, labels, inner = labels[0], [], content[2:]
        blocks.append((kind, labels, *inner))
    return attributes, blocks
