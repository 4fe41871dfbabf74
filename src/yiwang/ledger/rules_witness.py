"""Does what a lower ledger hands up continue what it handed up before? Pure."""

from __future__ import annotations

from yiwang.kit.errors import Invalid
from yiwang.ledger.model_proof import Head, Origin
from yiwang.ledger.model_witness import HandUp, Witnessed
from yiwang.ledger.rules import DIGESTS
from yiwang.ledger.rules_keys import Link, extend_trust, read_keys
from yiwang.ledger.rules_merkle import is_consistent
from yiwang.ledger.rules_sign import PublicKey, from_text, is_sealed, read_note


def hand_up_text(cmd: HandUp) -> bytes:
    """What the head's key signs: the whole of what is handed up."""
    lines = [cmd.after, *cmd.proof, "keys", *(f"{k.public} {k.endorsement}" for k in cmd.keys), *cmd.retired]
    return ("yiwang ledger hand-up\n" + "".join(f"{line}\n" for line in lines) + "\n" + cmd.note).encode()


def read_hand_up(cmd: HandUp, pinned: PublicKey, last: Witnessed | None) -> tuple[Origin, Head]:
    """The head, if it is truly the lower ledger's own and handed up by itself. Invalid otherwise.

    Once a head of a later key has been kept, an earlier key hands up no more, whatever is said of retirements.
    """
    try:
        keys = [PublicKey.parse(k.public) for k in cmd.keys] or [pinned]
        links = [
            Link(key, before.key_id, from_text(k.endorsement))
            for before, key, k in zip(keys, keys[1:], cmd.keys[1:], strict=False)
        ]
        retired = read_keys("\n".join((str(pinned), *cmd.retired)))[1]
        trust = extend_trust([pinned], links, retired, ())
        origin, head = read_note(cmd.note, [k for k in trust.known.values() if k.key_id in trust.good])
        signature = from_text(cmd.signature)
    except (ValueError, LookupError, Invalid) as bad:
        raise Invalid(
            "ledger.hand_up_unreadable", "上交的树头读不通，或其密钥不为本级所知",
            "The head handed up cannot be read, or its key is not known here", why=str(bad)[:200],
        ) from bad  # fmt: skip
    order = [k.key_id for k in keys]
    if head.key_id not in order or (
        last is not None and (last.key_id not in order or order.index(head.key_id) < order.index(last.key_id))
    ):
        raise Invalid("ledger.hand_up_old_key", "上交的树头出自更早的密钥", "The head is signed with an earlier key")
    later = [k for k in keys[order.index(head.key_id) :] if k.key_id in trust.good]
    sound = trust.counts(head.key_id, head.size) and is_sealed(origin, head, trust.known[head.key_id])
    if not sound or not any(k.is_signed(hand_up_text(cmd), signature) for k in later):
        raise Invalid("ledger.hand_up_signature", "上交的树头签名不符", "The head handed up is not truly signed")
    return origin, head


def find_break(cmd: HandUp, origin: Origin, head: Head, last: Witnessed | None) -> str | None:
    """Why this head does not continue the last one kept: `forked`, `shrunk`, `rewritten`; None when it does."""
    if last is None:
        return None
    if head.size == last.size:
        return None if head.root == last.root else "forked"
    if head.size < last.size:
        return "shrunk"
    try:
        path = [from_text(p) for p in cmd.proof]
    except ValueError:
        return "rewritten"
    fits = is_consistent(DIGESTS[origin.hash], last.size, head.size, path, last.root, head.root)
    return None if fits else "rewritten"
