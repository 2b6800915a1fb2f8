"""Bulk deliveries: what a provider must say of a file before its bytes are fetched, and how failures are judged. Pure.

The description comes in a signed answer, so whoever has it can judge the whole file by its SHA-256, over however many
broken streams the bytes came.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from twincity.kernel.problems import define

LARGEST = 2**40
"""Bytes of a file."""
CHANGED = define(
    "changed",
    409,
    zh="{member} 的文件已换成新版本, 需重新取",
    en="{member} has a newer version of the file; begin anew",
)
MISMATCH = define(
    "digest-mismatch-file",
    502,
    zh="收到的文件与 {member} 签名说明中的摘要不符, 已删除",
    en="The file is not the one {member} has signed for; it was deleted",
)
NO_ROOM = define(
    "no-room", 507, zh="磁盘空间不足: 需 {size} 字节", en="There is not enough room on the disk for {size} bytes"
)
UNDESCRIBED = define(
    "not-described",
    502,
    zh="{member} 未说明文件的标识、大小与摘要",
    en="{member} does not describe the file by tag, size and digest",
)
REFUSED = define("transfer-refused", 502, zh="{member} 拒绝: {reason}", en="{member} refuses: {reason}")
_LATER = frozenset({429, 502, 503, 504})


class Description(msgspec.Struct, frozen=True):
    """What a provider says of a file; further fields are its own affair."""

    tag: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{1,128}$")]
    size: Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]
    sha256: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}$")]


_decoder = msgspec.json.Decoder(Description)


def describe(body: bytes) -> Description | None:
    """The description in an answer's body, None when it is none."""
    try:
        return _decoder.decode(body)
    except msgspec.DecodeError:
        return None


def again(status: int) -> bool:
    """Whether a provider that answers so may answer otherwise later."""
    return status in _LATER
