"""Refusals of the tc1 profile."""

from __future__ import annotations

from twincity.kernel.problems import define

MALFORMED = define(
    "signature-malformed", 400, zh="签名头 {name} 不合 tc1 规定: {reason}", en="Header {name} breaks tc1: {reason}"
)
UNSIGNED = define("signature-missing", 401, zh="请求没有 tc1 签名", en="The request carries no tc1 signature")
UNCOVERED = define("signature-uncovered", 401, zh="签名没有覆盖 {name}", en="The signature does not cover {name}")
EXPIRED = define(
    "signature-expired",
    401,
    zh="签名不在有效时间内: 生成于 {created}, 失效于 {expires}, 现在 {now}",
    en="The signature is outside its time: created {created}, expires {expires}, now {now}",
)
BAD_SIGNATURE = define(
    "signature-invalid", 401, zh="签名与内容或密钥 {kid} 不符", en="The signature does not fit the message or key {kid}"
)
BAD_DIGEST = define(
    "digest-mismatch", 400, zh="正文与 Content-Digest 不符", en="The body does not have its Content-Digest"
)
REPLAYED = define(
    "signature-replayed", 401, zh="此签名已使用过 (nonce {nonce})", en="This signature was used before (nonce {nonce})"
)
