#!/usr/bin/env python3
"""Verifies a record of Fortnight: two transparency logs, one of forecasts and one of outcomes.

    python3 verify.py ADDRESS [--checkpoint FILE] [--key FILE]

ADDRESS is a folder, or the http or https address of one. The checkpoints are those that you kept on an earlier day; the
key file has public keys, one per line. Needs Python 3.9 and pyarrow. Exits with 0 if every check passes, and with 1
otherwise. docs/record.md says what is recorded and how. Written from the specifications (RFC 6962, RFC 8032,
c2sp.org/tlog-tiles, /tlog-checkpoint, /signed-note); it shares no code with the program that writes the record.
"""

import argparse
import base64
import functools
import hashlib
import io
import itertools
import json
import pathlib
import re
import sys
from datetime import date, datetime, timezone
from urllib import error, request

import pyarrow.parquet

ROWS = {"forecasts": "forecasts/session={}/forecasts.parquet", "outcomes": "outcomes/session={}/outcomes.parquet"}
DASH = "\u2014 ".encode()  # begins a line with a signature
NOTE = re.compile(b"[^\n].*?\n\n(?:" + DASH + b"[^\n]*\n)+", re.DOTALL)
WIDTH = 256  # hashes or entries in a full tile
P, ORDER = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # of Ed25519
D = -121665 * pow(121666, -1, P) % P


class Finding(Exception):
    """A failed check."""


def expect(fits, path, reason):
    if not fits:
        raise Finding(f"{path}: {reason}")


def sha256(data):
    return hashlib.sha256(data).digest()


def read(address, path):
    if not address.startswith(("http://", "https://")):
        file = pathlib.Path(address, path)
        return file.read_bytes() if file.is_file() else None
    try:
        with request.urlopen(f"{address.rstrip('/')}/{path}", timeout=60) as answer:
            return answer.read()
    except error.HTTPError as answer:
        if answer.code in (403, 404):  # buckets return 403 for missing objects
            return None
        raise


def need(get, path):
    data = get(path)
    expect(data is not None, path, "it is missing")
    return data


# Ed25519 (RFC 8032): points are (X, Y, Z, T) with x = X/Z, y = Y/Z, xy = T/Z.


def point(data):
    number = int.from_bytes(data, "little")
    y, odd = number % 2**255, number >> 255
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and odd):
        return None
    x = x if x % 2 == odd else P - x
    return x, y, 1, x * y % P


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number, p):
    result = (0, 1, 1, 0)
    while number:
        result = add(result, p) if number & 1 else result
        p, number = add(p, p), number >> 1
    return result


BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


@functools.lru_cache(maxsize=65536)
def is_signed(public, text, signature):
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or a is None or r is None or s >= ORDER:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + text).digest(), "little") % ORDER
    (x1, y1, z1, _), (x2, y2, z2, _) = times(s, BASE), add(r, times(k, a))
    return (x1 * z2 - x2 * z1) % P == 0 and (y1 * z2 - y2 * z1) % P == 0


def parse_key(line, path):
    try:
        name, key_id, data = line.split("+", 2)
        data = base64.b64decode(data, validate=True)
        fits = len(data) == 33 and data[0] == 1 and sha256(f"{name}\n".encode() + data)[:4].hex() == key_id
    except ValueError:
        fits = False
    expect(fits, path, "it is not an Ed25519 key")
    return name, bytes.fromhex(key_id), data[1:]


def open_checkpoint(note, key, path):
    """Checks the signature and returns (size, root, session, when it was sealed, digest of the file of rows)."""
    name, key_id, public = key
    text, _, signatures = note.rpartition(b"\n\n")
    text, ours = text + b"\n", []
    for line in signatures.splitlines():
        try:
            signer, signature = line.removeprefix(DASH).decode().split(" ")
            signature = base64.b64decode(signature, validate=True)
        except ValueError:
            raise Finding(f"{path}: a signature cannot be read") from None
        expect(line.startswith(DASH), path, "a line is no signature")
        if signer == name and signature[:4] == key_id:
            ours.append(is_signed(public, text, signature[4:]))
    expect(note.endswith(b"\n") and ours and all(ours), path, "it is not signed with the key of the log")
    try:
        _, size, root, session, sealed, rows = text.decode().splitlines()
        expected = f"{name}\n{int(size)}\n{root}\nsession {session[8:]}\nsealed {sealed[7:]}\nrows {rows[5:]}\n"
        time = datetime.strptime(sealed[7:], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
        expect(text.decode() == expected, path, "it is not a checkpoint of this log")
        return int(size), base64.b64decode(root, validate=True), session[8:], time, rows[5:]
    except ValueError:
        raise Finding(f"{path}: it is not a checkpoint") from None


def tile_path(kind, index, width):
    name = f"{index % 1000:03}"
    while index >= 1000:
        index //= 1000
        name = f"x{index % 1000:03}/{name}"
    return f"tile/{kind}/{name}" + (f".p/{width}" if width < WIDTH else "")


def tiles(count):
    return [(index, min(WIDTH, count - index * WIDTH)) for index in range(-(-count // WIDTH))]


def recompute(leaves, sizes):
    """Returns the hashes on the levels that tiles hold, and the roots at these sizes."""
    levels, roots, stack = {}, {}, []  # the stack holds full subtrees from left to right: (height, hash)
    for size, subtree in enumerate(leaves, 1):
        height = 0
        levels.setdefault(0, []).append(subtree)
        while stack and stack[-1][0] == height:
            height, subtree = height + 1, sha256(b"\1" + stack.pop()[1] + subtree)
            if height % 8 == 0:
                levels.setdefault(height // 8, []).append(subtree)
        stack.append((height, subtree))
        if size in sizes:
            subtrees = [subtree for _, subtree in reversed(stack)]
            roots[size] = functools.reduce(lambda right, left: sha256(b"\1" + left + right), subtrees)
    return levels, roots


def read_entries(get, folder, size):
    entries = []
    for index, width in tiles(size):
        path = folder + tile_path("entries", index, width)
        data, before = need(get, path), len(entries)
        while data:
            end = 2 + int.from_bytes(data[:2], "big")
            expect(end <= len(data), path, "it is truncated")
            entries.append(data[2:end])
            data = data[end:]
        expect(len(entries) - before == width, path, f"expected {width} entries")
    return entries


@functools.lru_cache(maxsize=64)
def read_rows(session, data, path):
    """Returns the entries of the rows of a file, and when the newest row was made."""
    try:
        rows, entries = pyarrow.parquet.ParquetFile(io.BytesIO(data)).read().to_pylist(), []
        for row in rows:
            row |= {"session": session} | ({"inputs": row["inputs"].hex()} if "inputs" in row else {})
            text = json.dumps(row, sort_keys=True, separators=(",", ":"))
            digest = base64.b64encode(sha256(text.encode())).decode().rstrip("=")
            entries.append(f"{session} {row['symbol']} {digest}".encode())
        return entries, max((row.get("made_at", 0) for row in rows), default=0)
    except Exception as error:  # pyarrow raises many kinds
        raise Finding(f"{path}: it cannot be read: {error}") from None


def verify_log(get, log, kept, keys):
    folder = f"log/{log}/"
    if not kept and get(folder + "key") is None and get(folder + "checkpoint") is None:
        return None
    path = folder + "key"
    line = need(get, path).decode(errors="replace")
    key = parse_key(line[:-1], path)
    expect(line.endswith("\n") and key[0].endswith(f"/{log}") and (not keys or key in keys), path, "it is another key")
    path = folder + "checkpoint"
    newest = open_checkpoint(need(get, path), key, path)
    older = [open_checkpoint(note, key, "the older checkpoint") for note in kept]
    expect(all(old[0] <= newest[0] for old in older), path, "it has fewer leaves than the older checkpoint")
    sessions, last, entries = {}, ("", ""), read_entries(get, folder, newest[0])
    for entry in entries:
        try:
            session, symbol, _ = entry.decode().split(" ")
            fits = date.fromisoformat(session).isoformat() == session
        except ValueError:
            fits = False
        expect(fits, folder, f"{entry!r} is not an entry")
        expect(last < (session, symbol), folder, f"{symbol} of {session} is out of order or backdated")
        last = session, symbol
        sessions.setdefault(session, []).append(entry)
    ends = dict(zip(sessions, itertools.accumulate(len(own) for own in sessions.values())))
    sizes = {*ends.values(), *(old[0] for old in older)}
    levels, roots = recompute([sha256(b"\0" + entry) for entry in entries], sizes)
    for level, hashes in levels.items():
        for index, width in tiles(len(hashes)):
            path = folder + tile_path(level, index, width)
            expected = b"".join(hashes[index * WIDTH : index * WIDTH + width])
            expect(need(get, path) == expected, path, "its hashes do not match the entries")
    for size, root, until, *_ in older:
        expect(roots.get(size) == root, folder, f"the leaves up to {until} do not match the older checkpoint")
        late = [session for session in sessions if ends[session] > size and session <= until]
        expect(not late, folder, f"{late} recorded after the older checkpoint: backdated")
    signed = before = None
    for session in sessions:
        path = f"{folder}checkpoints/{session}"
        signed = open_checkpoint(need(get, path), key, path)
        size, root, of, sealed, digest = signed
        expect((size, root, of) == (ends[session], roots[ends[session]], session), path, "it does not match the leaves")
        expect(sealed.date() >= date.fromisoformat(session), path, "it was sealed before the session")
        expect(before is None or before <= sealed, path, "it was sealed before the previous session")
        before, path = sealed, ROWS[log].format(session)
        data = need(get, path)
        expect(sha256(data).hex() == digest, path, "its digest does not match the checkpoint")
        rows, made_at = read_rows(session, data, path)
        expect(rows == sessions[session], path, "its rows do not match the leaves")
        expect(made_at <= sealed.timestamp(), path, "a row was made after the session was sealed")
    expect(signed == newest, folder + "checkpoint", "it is not the checkpoint of the last session")
    return f"{log}: {newest[0]:,} rows on {len(sessions):,} trading days, the last {newest[2]}; verified"


def verify(get, notes, keys):
    """Returns the verified logs and the failed checks, as lines."""
    sound, findings = [], []
    origins = [note.split(b"\n")[0].decode(errors="replace") for note in notes]
    if not all(origin.endswith(tuple(f"/{log}" for log in ROWS)) for origin in origins):
        sys.exit("an older checkpoint belongs to neither log")
    for log in ROWS:
        try:
            kept = [note for origin, note in zip(origins, notes) if origin.endswith(f"/{log}")]
            sound.append(verify_log(get, log, kept, keys))
        except Finding as finding:
            findings.append(str(finding))
    return [line for line in sound if line], findings


def main():
    parser = argparse.ArgumentParser(description="Verifies a record of Fortnight.")
    parser.add_argument("address", help="a folder, or the http or https address of one")
    parser.add_argument("--checkpoint", help="file of checkpoints kept on an earlier day")
    parser.add_argument("--key", help="file of public keys, one per line")
    parser.add_argument("--changes", action="store_true", help="verify once for each line of standard input: paths "
                        "and the new objects there, in base64; null removes one")
    args = parser.parse_args()
    notes = NOTE.findall(pathlib.Path(args.checkpoint).read_bytes()) if args.checkpoint else []
    if args.checkpoint and not notes:
        sys.exit(f"{args.checkpoint} has no checkpoint")
    keys = [parse_key(line, args.key) for line in pathlib.Path(args.key).read_text().split()] if args.key else []
    get = functools.partial(read, args.address)
    if args.changes:
        get = functools.cache(get)
        for line in sys.stdin:
            new = {path: None if data is None else base64.b64decode(data) for path, data in json.loads(line).items()}
            _, findings = verify(lambda path: new[path] if path in new else get(path), notes, keys)
            print("; ".join(findings) or "sound", flush=True)
        return 0
    sound, findings = verify(get, notes, keys)
    print("\n".join(sound + findings) or "There is no record here.")
    return 0 if sound and not findings else 1


if __name__ == "__main__":
    sys.exit(main())
