"""The Merkle tree of RFC 9162 §2.1 (the same as RFC 6962 §2.1), for any 32-byte hash function. Pure.

A *node* is a complete subtree: (level, idx) stands over the leaves idx·2^level … (idx+1)·2^level − 1; level 0 is a leaf hash.
A node never changes once its leaves are there, so nodes can be stored insert-only; the tree of any size is put together
from O(log size) of them, and so is each proof. A *range* (start, end) is the subtree over the leaves start … end − 1.
"""

from collections.abc import Callable, Iterable, Sequence

Node = tuple[int, int]
Range = tuple[int, int]
Hash = Callable[[bytes], bytes]


def hash_leaf(h: Hash, data: bytes) -> bytes:
    """RFC 9162 §2.1.1: HASH(0x00 || d)."""
    return h(b"\x00" + data)


def hash_node(h: Hash, left: bytes, right: bytes) -> bytes:
    """RFC 9162 §2.1.1: HASH(0x01 || left || right)."""
    return h(b"\x01" + left + right)


def split_range(start: int, end: int) -> list[Node]:
    """The nodes that make up a range, left to right. `start` must be a multiple of the largest power of two in the range,
    as it is for every subtree of the RFC's tree."""
    nodes = []
    while start < end:
        level = (end - start).bit_length() - 1
        nodes.append((level, start >> level))
        start += 1 << level
    return nodes


def fold(h: Hash, hashes: Sequence[bytes]) -> bytes:
    """The hash over adjacent nodes given left to right, largest first, as `split_range` names them."""
    if not hashes:
        return h(b"")  # the tree without leaves
    top = hashes[-1]
    for left in reversed(hashes[:-1]):
        top = hash_node(h, left, top)
    return top


def append(
    h: Hash, size: int, edge: Sequence[bytes], leaves: Iterable[bytes]
) -> tuple[list[bytes], list[tuple[int, int, bytes]]]:
    """Add leaf hashes to a tree of `size` leaves whose nodes `split_range(0, size)` hash to `edge`.

    Returns the new edge and the nodes of level 1 and above that the new leaves complete, as (level, idx, hash).
    """
    stack, made = list(edge), []
    for leaf in leaves:
        stack.append(leaf)
        size += 1
        level, rest = 0, size
        while not rest & 1:  # each trailing zero bit of the size is a subtree that has just become complete
            right = stack.pop()
            level, rest = level + 1, rest >> 1
            stack[-1] = h(b"\x01" + stack[-1] + right)
            made.append((level, rest - 1, stack[-1]))
    return stack, made


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (≥ 2): where the RFC divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """RFC 9162 §2.1.3.1, PATH(index, D[0:size]): the subtrees whose hashes prove that leaf, from the leaf upwards."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """RFC 9162 §2.1.4.1, PROOF(old, D[0:new]): the subtrees whose hashes prove that the tree of `old` leaves is the
    beginning of the tree of `new`. Empty for equal sizes and for old = 0."""
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} leaves cannot be the beginning of one of {new}")
    if old in (0, new):
        return []
    start, end, path, known = 0, new, [], True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            start, known = middle, False  # the old root is not this subtree: its own hash must be told as well
    if not known:
        path.append((start, end))
    return path[::-1]


def list_nodes(ranges: Iterable[Range]) -> list[Node]:
    """Every node that `assemble` will ask for."""
    return [node for start, end in ranges for node in split_range(start, end)]


def assemble(h: Hash, ranges: Iterable[Range], nodes: dict[Node, bytes]) -> list[bytes]:
    """The hashes of the ranges, from their nodes."""
    return [fold(h, [nodes[node] for node in split_range(start, end)]) for start, end in ranges]


def root_by_inclusion(h: Hash, index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes | None:
    """RFC 9162 §2.1.3.2: the root that a leaf hash and its path lead to, or None if the path has not the right length."""
    if not 0 <= index < size:
        return None
    at, last, top = index, size - 1, leaf
    for beside in path:
        if last == 0:
            return None
        if at & 1 or at == last:
            top = hash_node(h, beside, top)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            top = hash_node(h, top, beside)
        at, last = at >> 1, last >> 1
    return top if last == 0 else None


def is_included(h: Hash, index: int, size: int, leaf: bytes, path: Sequence[bytes], root: bytes) -> bool:
    return root_by_inclusion(h, index, size, leaf, path) == root


def is_consistent(h: Hash, old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """RFC 9162 §2.1.4.2."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == h(b"")
    steps = list(path)
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    if not steps:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old_top = new_top = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            old_top, new_top = hash_node(h, step, old_top), hash_node(h, step, new_top)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new_top = hash_node(h, new_top, step)
        at, last = at >> 1, last >> 1
    return last == 0 and old_top == old_root and new_top == new_root
