"""Why data of a person are not given, in the words of the wire."""

from __future__ import annotations

from twincity.kernel.problems import define

MISSING = define(
    "consent-missing", 403, zh="此项调用须有本人同意: {reason}", en="This call needs the person's consent: {reason}"
)
WITHDRAWN = define("consent-withdrawn", 403, zh="同意 {consent} 已撤回", en="Consent {consent} has been withdrawn")
EXPIRED = define("consent-expired", 403, zh="同意 {consent} 已到期", en="Consent {consent} has expired")
NARROWER = define(
    "consent-narrower", 403, zh="同意 {consent} 不包括: {reason}", en="Consent {consent} does not cover: {reason}"
)
UNCONFIRMED = define(
    "consent-unconfirmed",
    503,
    zh="与 {home} 失去联系过久, 无法确认同意未被撤回",
    en="{home} has been out of touch for too long to be sure that the consent still stands",
)
REFUSED = define(
    "consent-refused", 422, zh="同意文件不能接受: {reason}", en="The consent document is refused: {reason}"
)
BAD_CODE = define(
    "code-refused", 403, zh="代码无效、已使用或已过期", en="The code is wrong, has been used, or has expired"
)
NOT_LINKED = define(
    "not-linked", 403, zh="此化名未与本节点的数据关联", en="This pseudonym is not linked to data of this node"
)
