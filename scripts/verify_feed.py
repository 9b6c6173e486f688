#!/usr/bin/env python3
"""Verify Commonwheel feeds from their files: manifest, checkpoint, tree, headers, and the commitments that bodies open.
Written from docs/protocol alone. Exit status: 0 if all that is held is sound, 1 if anything is not, 2 for a wrong call.
"""
import argparse, base64, contextlib, hashlib, io, itertools, json, os, pathlib, re, struct, sys, zlib

# BLAKE3. A step is half of a quarter round: the words of the state it joins, the message word, by how much it rotates.
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
MASK, TWICE, CHUNK_START, CHUNK_END, PARENT, ROOT = 0xFFFFFFFF, 0x100000001, 1, 2, 4, 8
STEPS, order = [], range(16)
for _ in range(7):
    for i in range(16):  # four columns, then four diagonals
        x, turn, rotations = i // 2 % 4, i // 8, (8, 7) if i % 2 else (16, 12)
        STEPS.append((x, 4 + (x + turn) % 4, 8 + (x + 2 * turn) % 4, 12 + (x + 3 * turn) % 4, order[i], *rotations))
    order = [order[p] for p in (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)]
def compress(chaining, block, counter, length, flags):  # the hot spot; a word times TWICE rotates by a shift
    m, v = struct.unpack("<16I", block), [*chaining, *IV[:4], counter & MASK, counter >> 32, length, flags]
    for ia, ib, ic, id_, word, rotate_d, rotate_b in STEPS:
        v[ia] = a = (v[ia] + v[ib] + m[word]) & MASK
        v[id_] = d = (v[id_] ^ a) * TWICE >> rotate_d & MASK
        v[ic] = c = (v[ic] + d) & MASK
        v[ib] = (v[ib] ^ c) * TWICE >> rotate_b & MASK
    return [v[i] ^ v[i + 8] for i in range(8)]
def subtree_value(data, first, root_flag):  # the chaining value over data, whose first chunk has the number `first`
    if len(data) > 1024:  # the left side has the largest power of two of chunks that leaves some for the right
        left = 1024 << ((len(data) - 1) // 1024).bit_length() - 1
        halves = subtree_value(data[:left], first, 0) + subtree_value(data[left:], first + left // 1024, 0)
        return compress(IV, struct.pack("<16I", *halves), 0, 64, PARENT | root_flag)
    chaining, last = IV, max(0, len(data) - 1) // 64 * 64
    for at in range(0, last + 1, 64):
        block, flags = data[at:at + 64], (CHUNK_START if at == 0 else 0) | (CHUNK_END | root_flag if at == last else 0)
        chaining = compress(chaining, block.ljust(64, b"\0"), first, len(block), flags)
    return chaining
def domain_hash(domain, *parts):  # H of record.md §2, the network id being the first part
    return struct.pack("<8I", *subtree_value(b"commonwheel/v1/" + domain + b"\0" + b"".join(parts), 0, ROOT))

# Ed25519 as record.md §2 has it, on plain coordinates: slow, but a checkpoint has few signatures.
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D, ROOT_OF_MINUS_1 = -121665 * pow(121666, -1, P) % P, pow(2, (P - 1) // 4, P)
def add(p, q):
    (x1, y1), (x2, y2), k = p, q, D * p[0] * p[1] * q[0] * q[1]
    return (x1 * y2 + x2 * y1) * pow(1 + k, -1, P) % P, (y1 * y2 + x1 * x2) * pow(1 - k, -1, P) % P
def multiply(scalar, point):
    rest = multiply(scalar // 2, add(point, point)) if scalar else (0, 1)
    return add(rest, point) if scalar % 2 else rest
def admitted_point(key):  # refuses what is not canonical, no point or of small order, as points with x = 0 are
    sign, y = divmod(int.from_bytes(key, "little"), 1 << 255)
    xx = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    root = pow(xx, (P + 3) // 8, P)
    for x in (root, P - root, root * ROOT_OF_MINUS_1 % P, -root * ROOT_OF_MINUS_1 % P):
        if x * x % P == xx and x % 2 == sign and y < P and multiply(8, (x, y)) != (0, 1): return x, y
    raise ValueError("weak or malformed key")
BASE = admitted_point((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
def signature_holds(key, message, signature):
    (x, y), s = admitted_point(key), int.from_bytes(signature[32:], "little")
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y = r = add(multiply(s, BASE), multiply(k, (P - x, y)))
    encoded = (y + (x % 2 << 255)).to_bytes(32, "little")
    return len(signature) == 64 and s < L and encoded == signature[:32] and multiply(8, r) != (0, 1)

# Records and notes. What is malformed raises one of the errors that `recording`, below, turns into a fault.
WIDER = {24: (1, 24), 25: (2, 1 << 8), 26: (4, 1 << 16), 27: (8, 1 << 32)}  # bytes of a number, least that needs them
SIMPLE = {0xF4: object(), 0xF5: object(), 0xF6: None}  # not Python's booleans, which equal 0 and 1
def need(condition, otherwise):
    if not condition: raise ValueError(otherwise)
def decode(stream, depth=0):  # a CBOR item as record.md §1 has it; an outermost array must end the stream
    first = stream.read(1)[0]
    if first in SIMPLE: return SIMPLE[first]
    width, least = WIDER.get(first & 31, (0, 0))
    major, more = first >> 5, stream.read(width)
    value = int.from_bytes(more, "big") if width else first & 31
    shortest = first & 31 < 28 and len(more) == width and value >= least
    need(shortest and major in (0, 2, 3, 4, 5) and depth < 16 + (major < 4), "CBOR is not canonical")
    if major in (2, 3):
        content = stream.read(value)
        need(len(content) == value, "CBOR ends early")
        return content if major == 2 else content.decode()
    items = [decode(stream, depth + 1) for _ in range(value * max(0, major - 3))]
    keys = items[::2] if major == 5 else []
    in_order = all(type(key) is int for key in keys) and keys == sorted(set(keys))
    need(in_order and (depth or not stream.read(1)), "CBOR map out of order, or bytes behind the item")
    return value if major == 0 else items if major == 4 else dict(zip(keys, items[1::2]))
def manifest_writer(manifest, network, name):
    need(domain_hash(b"manifest", network, manifest).hex() == name, "its hash is not the directory's name")
    version, of, purpose, audience, writer, its_network, prologue = decode(io.BytesIO(manifest))
    feed, size, root = (of, 0, of) if prologue is None else prologue
    need(all(type(part) is bytes and len(part) == 32 for part in (of, writer, feed, root)) and type(size) is int
         and version == 1 and purpose in (0, 1) and audience in (0, 1) and its_network == network, "a field is wrong")
    return admitted_point(writer) and writer
COMMITS = {(4, 0, 15), (4, 1, 1), (5, 23, 5), (5, 26, 1), (5, 27, 2), (5, 28, 9), (5, 29, 2), (5, 30, 2)}
def commitment_in(header):  # the last field of these, as feed.md §7 has it: items of the leaf, its kind, its fields
    match leaf := decode(io.BytesIO(header)):
        case [1, int(k), [*_, c] as f, _] | [1, int(k), [_, [*_, c] as f], _, _] if (len(leaf), k, len(f)) in COMMITS: return c
def from_base64(text):
    need(base64.b64encode(base64.b64decode(text, validate=True)).decode() == text, "base64 is not canonical")
    return base64.b64decode(text)
def signed_head(note, origin, writer):
    form = rf"({re.escape(origin)}\n(0|[1-9][0-9]*)\n(\S+)\n)\n((?:— [^\s+\0-\x1f]+ \S+\n){{1,32}})"
    match = re.fullmatch(form, note.decode())
    need(match and len(note) <= 4096, "not a note with a head of this feed")
    size, root = int(match[2]), from_base64(match[3])
    lines = [(name, from_base64(value)) for name, value in re.findall(r"— (\S+) (\S+)\n", match[4])]
    need(size < 1 << 63 and len(root) == 32 and all(len(value) > 4 for _, value in lines), "malformed")
    key_id = hashlib.sha256(f"{origin}\n\1".encode() + writer).digest()[:4]
    own = [value[4:] for name, value in lines if name == origin and value[:4] == key_id]
    need(own and all(signature_holds(writer, match[1].encode(), value) for value in own), "not signed by the writer")
    return size, root

# Files: a dictionary of them by their path in the feed's directory, from which they are taken as they are read.
def take(files, path):
    need(path in files, f"there is no {path}")
    return files.pop(path).read_bytes()
def numbered(folder, n, mark=""):
    return (numbered(folder, n // 1000, "x") if n > 999 else folder) + f"/{mark}{n % 1000:03d}"
def tree_root(hashes):
    if len(hashes) < 2: return hashes[0] if hashes else hashlib.sha256(b"").digest()
    k = 1 << (len(hashes) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + tree_root(hashes[:k]) + tree_root(hashes[k:])).digest()
def read_level(files, level):
    paths = (numbered(f"tile/{level}", n) for n in itertools.count())
    full = [take(files, path) for path in itertools.takewhile(files.__contains__, paths)]
    part = [take(files, path) for path in [numbered(f"tile/{level}", len(full)) + ".part"] if path in files]
    lengths_fit = all(len(tile) == 8192 for tile in full) and all(len(tile) in range(32, 8192, 32) for tile in part)
    need(lengths_fit, f"a tile of level {level} has a wrong length")
    return [tile[i:i + 32] for tile in full + part for i in range(0, len(tile), 32)]
@contextlib.contextmanager
def recording(faults, what):
    try: yield
    except (ValueError, TypeError, IndexError, OverflowError, OSError) as error: faults.append(f"{what}: {error}")
def check_entries(data, first, tile, headers, faults):
    at = 0
    for i, leaf in enumerate(tile, first):
        end = at + 2 + int.from_bytes(data[at:at + 2], "big")
        need(end <= min(len(data), at + 2 + 4096), f"header {i} is cut off or too long")
        headers[i], at = data[at + 2:end], end
        if headers[i] and hashlib.sha256(b"\0" + headers[i]).digest() != leaf:
            faults.append(f"header {i}: its leaf hash is not the tile's")
    need(len(tile) < 256 or at == len(data), "bytes behind a full bundle")
def check_bodies(data, n, name, network, headers, bodies, faults):
    check = lambda part: struct.pack(">I", zlib.crc32(bytes.fromhex(name) + struct.pack(">Q", n) + part))
    need(data[:4] == b"CWB\1" and data[8:12] == check(data[:8]), "bad file header")
    at, named = 12, {0: 0, 1: 8, 3: 40}  # by the flags, how many bytes name the submission
    while at + 11 <= len(data):
        magic, place, flags, length = struct.unpack(">BBBI", data[at:at + 7])
        intact = magic == 0xCB and data[at + 7:at + 11] == check(data[at:at + 7])
        need(intact and flags in named and length <= 1 << 20, f"bad frame head at byte {at}")
        salt, position = at + 11 + named[flags], 256 * n + place
        body, end = salt + 32, salt + 32 + length
        if end + 4 > len(data): break  # a torn write, which was never acknowledged
        with recording(faults, f"body {position}"):
            own = flags == 3 and data[at + 11:at + 43].hex() == name  # this feed must not be named as another one
            need(data[end:end + 4] == check(data[at:end]) and not own, "its check or its submission's feed is wrong")
            need(position not in bodies and headers.get(position), "it has no header to check it by, or is there twice")
            opened = domain_hash(b"commit", network, data[salt:body], struct.pack(">Q", length), data[body:end])
            need(commitment_in(headers[position]) == [opened, max(6, (length - 1).bit_length())], "not as committed")
            bodies.add(position)
        at = end + 4

def verify(directory, network):
    name = os.path.basename(os.path.abspath(directory))
    faults, files, size, leaves, headers, bodies, writer = [], {}, 0, [], {}, set(), b""
    with recording(faults, "directory"):
        walk = os.walk(directory, onerror=lambda error: need(False, error))
        found = (pathlib.Path(folder, file) for folder, _, names in walk for file in names if not file.endswith(".new"))
        files = {str(path.relative_to(directory)): path for path in found if path.is_file()}
    with recording(faults, "manifest"):
        writer = manifest_writer(take(files, "manifest"), network, name)
    with recording(faults, "tiles"):
        leaves = hashes = read_level(files, 0)
        for level in range(1, 9):  # more than 2⁶³ leaves fill
            roots = [tree_root(hashes[i:i + 256]) for i in range(0, len(hashes) - 255, 256)]
            hashes = read_level(files, level)
            need(hashes == roots, f"level {level} is not the roots over the tiles below")
    with recording(faults, "checkpoint"):
        size, root = signed_head(take(files, "checkpoint"), f"commonwheel/{network.hex()[:16]}/feed/{name}", writer)
        need(size > len(leaves) or tree_root(leaves[:size]) == root, "its root is not that of the tiles")
    for n in range(-(-len(leaves) // 256)):
        tile, entries, bundle = leaves[256 * n:256 * n + 256], numbered("entries", n), numbered("bodies", n)
        with recording(faults, entries):
            check_entries(take(files, entries + ".part" * (len(tile) < 256)), 256 * n, tile, headers, faults)
        with recording(faults, bundle):
            if bundle in files: check_bodies(take(files, bundle), n, name, network, headers, bodies, faults)
    files.pop(numbered("entries", len(leaves) // 256) + ".part", None)  # all of it may be ahead of the tiles
    faults += [f"{path!r} belongs to nothing that is held" for path in sorted(files)]
    return {"feed": name, "signed": size, "held": len(leaves), "headers": sum(map(bool, headers.values())),
            "missing": list(headers.values()).count(b""), "bodies": len(bodies), "faults": faults}
def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("feeds", nargs="+", metavar="FEED_DIR")
    options = parser.parse_args()
    if not re.fullmatch("[a-z0-9-]{1,32}", options.network): parser.error("a network's name is 1 to 32 of a-z, 0-9, -")
    sys.stdout.reconfigure(errors="backslashreplace")  # directory names need not be text
    reports = [verify(directory, domain_hash(b"network", options.network.encode())) for directory in options.feeds]
    line = "{feed}: {signed} signed, {held} held, {headers} headers, {missing} missing, {bodies} bodies"
    for report in reports:
        print(json.dumps(report) if options.json else "\n  FAULT ".join([line.format(**report), *report["faults"]]))
    return 1 if any(report["faults"] for report in reports) else 0
if __name__ == "__main__": sys.exit(main())
