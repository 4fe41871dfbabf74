"""The Merkle tree against Certificate Transparency's published vectors and against the RFC's definition itself."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yiwang.ledger import rules_merkle as m


def h(data: bytes) -> bytes:
    return sha256(data).digest()


# github.com/transparency-dev/merkle (Apache-2.0), testonly/constants.go and testonly/reference_test.go
LEAVES = [bytes.fromhex(x) for x in
          ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]]  # fmt: skip
NODES = {
    (0, 0): "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    (0, 1): "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    (0, 2): "0298d122906dcfc10892cb53a73992fc5b9f493ea4c9badb27b791b4127a7fe7",
    (0, 3): "07506a85fd9dd2f120eb694f86011e5bb4662e5c415a62917033d4a9624487e7",
    (0, 4): "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    (0, 5): "4271a26be0d8a84f0bd54c8c302e7cb3a3b5d1fa6780a40bcce2873477dab658",
    (0, 6): "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    (0, 7): "46f6ffadd3d06a09ff3c5860d2755c8b9819db7df44251788c7d8e3180de8eb1",
    (1, 0): "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    (1, 1): "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    (1, 2): "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    (1, 3): "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    (2, 0): "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    (2, 1): "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    (3, 0): "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION = {  # (index, size): path, as nodes of the table above
    (0, 1): [],
    (0, 2): [(0, 1)],
    (1, 2): [(0, 0)],
    (2, 3): [(1, 0)],
    (1, 5): [(0, 0), (1, 1), (0, 4)],
    (0, 8): [(0, 1), (1, 1), (2, 1)],
    (5, 8): [(0, 4), (1, 3), (2, 0)],
}
CONSISTENCY = {
    (1, 1): [],
    (1, 8): [(0, 1), (1, 1), (2, 1)],
    (2, 5): [(1, 1), (0, 4)],
    (6, 8): [(1, 2), (1, 3), (2, 0)],
}


# --- RFC 9162 §2.1, word for word -------------------------------------------------------------------------------------
def mth(d: list[bytes]) -> bytes:
    if not d:
        return h(b"")
    if len(d) == 1:
        return h(b"\x00" + d[0])
    k = power_below(len(d))
    return h(b"\x01" + mth(d[:k]) + mth(d[k:]))


def power_below(n: int) -> int:
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path_of(i: int, d: list[bytes]) -> list[bytes]:
    if len(d) == 1:
        return []
    k = power_below(len(d))
    return [*path_of(i, d[:k]), mth(d[k:])] if i < k else [*path_of(i - k, d[k:]), mth(d[:k])]


def subproof(i: int, d: list[bytes], b: bool) -> list[bytes]:
    if i == len(d):
        return [] if b else [mth(d)]
    k = power_below(len(d))
    return [*subproof(i, d[:k], b), mth(d[k:])] if i <= k else [*subproof(i - k, d[k:], False), mth(d[:k])]


# --- our tree, built in pieces as the settler builds it ---------------------------------------------------------------
def grow(data: list[bytes], cut: int = 0) -> tuple[list[bytes], dict[m.Node, bytes]]:
    leaves = [m.hash_leaf(h, d) for d in data]
    edge, first = m.append(h, 0, [], leaves[:cut])
    edge, second = m.append(h, cut, edge, leaves[cut:])
    nodes = {(0, i): leaf for i, leaf in enumerate(leaves)}
    for level, idx, digest in first + second:
        assert (level, idx) not in nodes, "a node is made once"
        nodes[level, idx] = digest
    return edge, nodes


def test_published_nodes_and_roots():
    assert {k: v.hex() for k, v in grow(LEAVES)[1].items()} == NODES
    for size, root in enumerate(ROOTS):
        assert m.fold(h, grow(LEAVES[:size])[0]).hex() == root


@pytest.mark.parametrize(("index", "size"), INCLUSION)
def test_published_inclusion_paths(index: int, size: int):
    path = m.assemble(h, m.inclusion_ranges(index, size), grow(LEAVES[:size])[1])
    assert [p.hex() for p in path] == [NODES[n] for n in INCLUSION[index, size]]
    assert m.is_included(h, index, size, m.hash_leaf(h, LEAVES[index]), path, bytes.fromhex(ROOTS[size]))


@pytest.mark.parametrize(("old", "new"), CONSISTENCY)
def test_published_consistency_paths(old: int, new: int):
    path = m.assemble(h, m.consistency_ranges(old, new), grow(LEAVES[:new])[1])
    assert [p.hex() for p in path] == [NODES[n] for n in CONSISTENCY[old, new]]
    assert m.is_consistent(h, old, new, path, bytes.fromhex(ROOTS[old]), bytes.fromhex(ROOTS[new]))


sizes = st.integers(1, 70)


@given(sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_as_the_rfc_defines_it(size: int, data: st.DataObject):
    d = [b"%d" % i for i in range(size)]
    cut, i = data.draw(st.integers(0, size)), data.draw(st.integers(0, size - 1))
    edge, nodes = grow(d, cut)
    assert m.fold(h, edge) == mth(d)
    assert edge == [nodes[n] for n in m.split_range(0, size)]

    path = m.assemble(h, m.inclusion_ranges(i, size), nodes)
    assert path == path_of(i, d)
    assert m.is_included(h, i, size, m.hash_leaf(h, d[i]), path, mth(d))

    proof = m.assemble(h, m.consistency_ranges(cut, size), nodes)
    assert proof == (subproof(cut, d, True) if cut else [])
    assert m.is_consistent(h, cut, size, proof, mth(d[:cut]), mth(d))


@given(sizes, st.data())
@settings(max_examples=60, deadline=None)
def test_nothing_false_is_proven(size: int, data: st.DataObject):
    d = [b"%d" % i for i in range(size)]
    i, nodes, root = data.draw(st.integers(0, size - 1)), grow(d)[1], mth(d)
    path, leaf = m.assemble(h, m.inclusion_ranges(i, size), nodes), m.hash_leaf(h, d[i])
    other = data.draw(st.integers(-1, size + 1))
    if other != i:
        assert not m.is_included(h, other, size, leaf, path, root)
    assert not m.is_included(h, i, size, h(leaf), path, root)
    assert not m.is_included(h, i, size, leaf, [*path, root], root)
    if path:
        assert not m.is_included(h, i, size, leaf, path[:-1], root)
        spoilt = data.draw(st.integers(0, len(path) - 1))
        assert not m.is_included(h, i, size, leaf, [*path[:spoilt], root, *path[spoilt + 1 :]], root)

    old = data.draw(st.integers(0, size))
    proof, old_root = m.assemble(h, m.consistency_ranges(old, size), nodes), mth(d[:old])
    assert not m.is_consistent(h, old, size, proof, h(old_root), root)
    assert not m.is_consistent(h, old, size, [*proof, root], old_root, root)
    if 0 < old < size:
        assert not m.is_consistent(h, old, size, proof, old_root, h(root))
        assert not m.is_consistent(h, old, size, proof[:-1], old_root, root)
        assert not m.is_consistent(h, size, old, proof, root, old_root)
        forked = [*d[: old - 1], b"forked", *d[old:]]
        assert not m.is_consistent(h, old, size, subproof(old, forked, True), old_root, mth(forked))


@pytest.mark.parametrize("call", [lambda: m.inclusion_ranges(3, 3), lambda: m.inclusion_ranges(-1, 3),
                                  lambda: m.consistency_ranges(4, 3), lambda: m.consistency_ranges(-1, 3)])  # fmt: skip
def test_what_cannot_be_proven(call):
    with pytest.raises(ValueError, match="tree"):
        call()
