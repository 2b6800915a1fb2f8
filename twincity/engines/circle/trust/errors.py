"""Refusals of the circle's documents."""

from __future__ import annotations

from twincity.kernel.problems import Problem, define

CHARTER = define("charter-refused", 422, zh="章程不能接受: {reason}", en="The charter cannot be accepted: {reason}")
DOCUMENT = define(
    "statement-refused", 422, zh="声明不能接受: {reason}", en="The statement cannot be accepted: {reason}"
)
UNKNOWN_MEMBER = define("unknown-member", 403, zh="{member} 不是本圈成员", en="{member} is not a member of this circle")
MEMBER_EXPIRED = define(
    "member-expired", 403, zh="{member} 的成员声明已过期", en="The member statement of {member} has expired"
)
UNKNOWN_KEY = define("unknown-key", 401, zh="名录中没有密钥 {kid}", en="The directory has no key {kid}")
KEY_REVOKED = define("key-revoked", 401, zh="密钥 {kid} 已撤销: {reason}", en="Key {kid} is revoked: {reason}")
KEY_OUT_OF_TIME = define("key-out-of-time", 401, zh="密钥 {kid} 不在有效期内", en="Key {kid} is not valid at this time")
STALE = define(
    "directory-stale",
    503,
    zh="名录已有 {age} 秒未经见证更新, 超过 {limit} 秒的上限",
    en="The directory was last witnessed {age} seconds ago, beyond the limit of {limit}",
)


def refuse_charter(reason: str) -> Problem:
    """The problem for a charter that breaks ``reason``."""
    return Problem(CHARTER, rule=reason.split(":", maxsplit=1)[0], reason=reason)


def refuse(reason: str, *, field: str = "") -> Problem:
    """The problem for a document that breaks ``reason``."""
    return Problem(DOCUMENT, field=field, reason=reason)
