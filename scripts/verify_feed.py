#!/usr/bin/env python3
"""Verifies feeds from their files, as docs/protocol/feed.md §7 describes; written from docs/protocol alone.

Exit status: 0 if all that is held is sound, 1 if anything is not, 2 for a wrong call."""
import argparse, base64, hashlib, json, pathlib, re, struct, sys, zlib

MASK, START, END, PARENT, ROOT = 0xFFFFFFFF, 1, 2, 4, 8  # BLAKE3, unkeyed
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
LANES = [(i, 4 + (i + s) % 4, 8 + (i + 2 * s) % 4, 12 + (i + 3 * s) % 4) for s in (0, 1) for i in range(4)]
ROUNDS = [list(range(16))]
while len(ROUNDS) < 7:
    ROUNDS.append([ROUNDS[-1][i] for i in (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)])

def compress(value, block, counter, flags):
    m = struct.unpack("<16I", block.ljust(64, b"\0"))
    v = [*value, *IV[:4], counter, 0, len(block), flags]  # No body has 2^32 chunks.
    for order in ROUNDS:
        for (a, b, c, d), x, y in zip(LANES, order[::2], order[1::2]):
            for word, first, second in ((m[x], 16, 12), (m[y], 8, 7)):
                v[a] = v[a] + v[b] + word & MASK
                t = v[d] ^ v[a]
                v[d] = (t >> first | t << 32 - first) & MASK
                v[c] = v[c] + v[d] & MASK
                t = v[b] ^ v[c]
                v[b] = (t >> second | t << 32 - second) & MASK
    return [v[i] ^ v[i + 8] for i in range(8)]

def subtree(data, chunk, flags):
    """Returns the chaining value of data that starts with this chunk; flags is ROOT for the whole input."""
    if len(data) <= 1024:
        value, last = IV, max(len(data) - 1, 0) // 64 * 64
        for at in range(0, last + 64, 64):
            value = compress(value, data[at:at + 64], chunk, (at == 0) * START | (at == last) * (END | flags))
        return value
    left = 1024 << ((len(data) - 1) // 1024).bit_length() - 1
    values = subtree(data[:left], chunk, 0) + subtree(data[left:], chunk + left // 1024, 0)
    return compress(IV, struct.pack("<16I", *values), 0, PARENT | flags)

def blake3(*parts):
    return struct.pack("<8I", *subtree(b"".join(parts), 0, ROOT))

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493  # Ed25519, strict
D = -121665 * pow(121666, -1, P) % P

def add(p, q):
    k = D * p[0] * q[0] * p[1] * q[1] % P
    return ((p[0] * q[1] + p[1] * q[0]) * pow(1 + k, -1, P) % P, (p[1] * q[1] + p[0] * q[0]) * pow(1 - k, -1, P) % P)

def multiply(scalar, point):
    doubled = multiply(scalar // 2, add(point, point)) if scalar > 1 else (0, 1)
    return add(doubled, point) if scalar % 2 else doubled

def point(data):
    """Returns the point that these are the canonical bytes of, unless it is of small order."""
    sign, y = divmod(int.from_bytes(data, "little"), 2**255)
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(xx, (P + 3) // 8, P)
    x = x if x * x % P == xx else x * pow(2, (P - 1) // 4, P) % P
    x = x if x % 2 == sign else P - x
    return (x, y) if len(data) == 32 and max(x, y) < P and x * x % P == xx and multiply(8, (x, y)) != (0, 1) else None

BASE = point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def signature_holds(key, message, signature):
    a, r, s = point(key), point(signature[:32]), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    return a and r and len(signature) == 64 and s < L and add(multiply(s, BASE), multiply(k, (P - a[0], a[1]))) == r

def item(data, at=0, depth=0):
    """Returns the item of the profile of CBOR at a position, and where it ends."""
    major, low = divmod(data[at], 32)
    width = 1 << low - 24 if 24 <= low < 28 else 0
    value, at = int.from_bytes(data[at + 1:at + 1 + width], "big") if width else low, at + 1 + width
    if (low > 27 or at > len(data) or major in (1, 6) or width and value < (24 if width == 1 else 1 << 4 * width)
            or major in (2, 3) and value > len(data) - at or major in (4, 5) and depth == 16):
        raise ValueError("no canonical CBOR")
    if major in (0, 7):
        return (value if major == 0 else {20: False, 21: True, 22: None}[low]), at
    if major in (2, 3):
        return (data[at:at + value] if major == 2 else data[at:at + value].decode()), at + value
    items = []
    for _ in range(value * (major - 3)):
        member, at = item(data, at, depth + 1)
        items.append(member)
    keys = items[::2] if major == 5 else []
    if any(type(key) is not int for key in keys) or keys != sorted(set(keys)) or depth == 0 and at != len(data):
        raise ValueError("map keys out of order, or bytes behind the item")
    return items, at

def commitment(leaf):
    """Returns what a leaf says of its body, [hash, bucket], or None."""
    (version, kind, content, *_), _ = item(leaf)
    path = {0: (14,), 1: (0,), 23: (1, 4)}.get(kind if version == 1 else None, ())
    for at in path:
        content = content[at]
    return content if path else None

def sha256(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def root(hashes):
    left = 1 << (len(hashes) - 1).bit_length() - 1 if len(hashes) > 1 else 0
    return sha256(b"\1", root(hashes[:left]), root(hashes[left:])) if left else (hashes or [sha256()])[0]

class Feed:
    def __init__(self, directory, network):
        self.dir, self.network, self.faults, self.claims = pathlib.Path(directory).resolve(), network, [], {}
        self.facts = dict(feed=self.dir.name, size=0, held=0, headers=0, missing=0, bodies=0, faults=self.faults)
        for step in (self.manifest, self.checkpoint, self.tree, self.entries, self.bodies):
            self.attempt(step.__name__, step)

    def check(self, holds, where, what):
        return holds or self.faults.append(f"{where}: {what}")

    def attempt(self, where, step, *inputs):
        try:
            return step(*inputs)
        except (ValueError, OSError, TypeError, LookupError, AttributeError) as error:
            self.check(False, where, f"{type(error).__name__}: {error}")

    def file(self, series, number):
        path = self.dir / series / re.sub("(...)(?=.)", r"x\1/", f"{number:0{(len(str(number)) + 2) // 3 * 3}}")
        return next((f.read_bytes() for f in (path, path.with_name(path.name + ".part")) if f.is_file()), b"")

    def manifest(self):
        data = (self.dir / "manifest").read_bytes()
        self.id = blake3(b"commonwheel/v1/manifest\0", self.network, data)
        self.check(self.id.hex() == self.dir.name, "manifest", f"is of feed {self.id.hex()}")
        (version, _, purpose, audience, self.writer, network, _), _ = item(data)
        known = version == 1 and {purpose, audience} <= {0, 1} and len(data) <= 1024
        self.check(known and network == self.network, "manifest", "not of version 1, or of another network")

    def checkpoint(self):
        text, _, lines = (self.dir / "checkpoint").read_bytes().decode().rpartition("\n\n")
        name = f"commonwheel/{self.network[:8].hex()}/feed/{self.id.hex()}"
        key_id = sha256(name.encode(), b"\n\1", self.writer)[:4]
        found = re.findall(f"\u2014 {name} (.*)\n", lines)
        blobs = [b for b in map(base64.b64decode, found) if b[:4] == key_id and base64.b64encode(b).decode() in found]
        held = [signature_holds(self.writer, text.encode() + b"\n", blob[4:]) for blob in blobs]
        self.check(held and all(held), "checkpoint", "not signed by the feed's writer")
        self.facts["size"], self.root = int(text.split("\n")[1]), base64.b64decode(text.split("\n")[2])
        encoded = base64.b64encode(self.root).decode()
        self.check(text == f"{name}\n{self.facts['size']}\n{encoded}", "checkpoint", "no head of this feed")

    def tree(self):
        level, expected = 0, None
        while expected != []:
            row = b""
            while len(row) % 8192 == 0 and (tile := self.file(f"tile/{level}", len(row) // 8192)):
                row += tile
            hashes = [row[at:at + 32] for at in range(0, len(row), 32)]
            self.hashes = self.hashes if level else hashes
            self.check(expected in (None, hashes), f"tile/{level}", "not the roots over the tiles below")
            level, expected = level + 1, [root(hashes[at:at + 256]) for at in range(0, len(hashes) - 255, 256)]
        self.facts["held"], size = len(self.hashes), self.facts["size"]
        if self.check(len(self.hashes) >= size, "tree", f"only {len(self.hashes)} of {size} leaves are held"):
            self.check(root(self.hashes[:size]) == self.root, "tree", "its root is not the signed one")

    def entries(self):
        for number in range((len(self.hashes) + 255) // 256):
            data, at, hashes = self.file("entries", number), 0, self.hashes[256 * number:256 * number + 256]
            for index, expected in enumerate(hashes, 256 * number):
                start, at, where = at + 2, at + 2 + int.from_bytes(data[at:at + 2], "big"), f"entry {index}"
                if start == at <= len(data):
                    self.facts["missing"] += 1
                elif self.check(at <= len(data) and sha256(b"\0", data[start:at]) == expected, where, "another leaf"):
                    self.facts["headers"] += 1
                    self.claims[index] = self.attempt(where, commitment, data[start:at])
            self.check(at == len(data) or len(hashes) < 256, f"entries/{number}", "bytes behind the last entry")

    def bodies(self):
        for number in range((len(self.hashes) + 255) // 256):
            data, at, prefix = self.file("bodies", number), 12, self.id + struct.pack(">Q", number)
            crc = lambda start, end: struct.pack(">I", zlib.crc32(prefix + data[start:end]))
            self.check(not data or data[:4] == b"CWB\1" and data[8:12] == crc(0, 8), f"bodies/{number}", "not the header of this bundle")
            while at + 11 <= len(data):
                magic, place, flags, length = struct.unpack_from(">BBBI", data, at)
                sound = magic == 0xCB and data[at + 7:at + 11] == crc(at, at + 7)
                salt = at + 11 + 32 * (flags // 2) + 8 * (flags % 2)
                end, where = salt + 32 + length, f"body {256 * number + place}"
                if not self.check(sound, f"bodies/{number}", f"no frame at byte {at}") or end + 4 > len(data):
                    break
                parts = self.network, data[salt:salt + 32], struct.pack(">Q", length), data[salt + 32:end]
                opened = [blake3(b"commonwheel/v1/commit\0", *parts), max(6, (length - 1).bit_length())]
                self.check(data[end:end + 4] == crc(at, end), where, "its frame is damaged")
                if self.check(self.claims.pop(256 * number + place, None) == opened, where, "opens no commitment"):
                    self.facts["bodies"] += 1
                at = end + 4

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("feed", nargs="+", help="directory of a feed")
    parser.add_argument("--network", required=True, help="name of the network")
    parser.add_argument("--json", action="store_true", help="print facts and faults as JSON")
    args = parser.parse_args()
    network = blake3(b"commonwheel/v1/network\0", args.network.encode())
    reports = [Feed(directory, network).facts for directory in args.feed]
    summary = "{feed}: {size} signed, {held} held, {headers} headers, {missing} missing, {bodies} bodies".format
    for report in reports:
        print(json.dumps(report) if args.json else "\n  FAULT ".join([summary(**report), *report["faults"]]))
    sys.exit(any(report["faults"] for report in reports))
