"""What a report must bring, and whose report files itself."""

from __future__ import annotations

from yiwang.cases.model import Channel, PhotoKind
from yiwang.cases.model_commands import ReportCase
from yiwang.kit.errors import Refused
from yiwang.network.model import FIELD_POSTS, Actor, ActorKind, Post, PostKind

CHANNEL_LETTERS = {
    Channel.patrol: "I", Channel.hotline: "H", Channel.public: "P", Channel.camera: "C", Channel.sensor: "S",
    Channel.leader: "L", Channel.media: "M", Channel.transfer: "T", Channel.other: "O",
}  # fmt: skip
TRUSTED_ACT = "case.report_trusted"
"""The act a camera's or sensor's token must carry for its reports to file themselves."""


def is_trusted(actor: Actor, cmd: ReportCase) -> bool:
    """Does this report file itself (自动立案, seed article 002)?

    An inspector's patrol report with a filing condition and a photo; a camera's or sensor's under a token marked as
    trusted; and what the house's own rules found (a lapse in the register). A coordinator in training is not an inspector until certified (MISSION N2).
    """
    if cmd.condition_id is None:
        return False
    if actor.kind is ActorKind.system:
        return True
    if actor.kind is ActorKind.token:
        return cmd.channel in (Channel.camera, Channel.sensor) and TRUSTED_ACT in (actor.acts or ())
    certified = any(p.kind is PostKind.inspector for p in actor.posts)
    return certified and cmd.channel is Channel.patrol and bool(cmd.photos)


def reporting_post(actor: Actor) -> Post | None:
    """Under which post a report is signed: the field post first, else any; none for the public."""
    return min(actor.posts, key=lambda p: p.kind not in FIELD_POSTS, default=None)


def demand_report_evidence(cmd: ReportCase) -> None:
    """A self-handled report (自处置) shows before and after; patrol reports show the problem unless minutes count."""
    shown = {p.kind for p in cmd.photos}
    if cmd.self_handled and not ({PhotoKind.near, PhotoKind.far} & shown and PhotoKind.handled in shown):
        raise Refused(
            "case.photo_missing", "自处置须有处置前和处置后的照片", "Handling on the spot needs photos before and after",
            photo=PhotoKind.handled.value,
        )  # fmt: skip
