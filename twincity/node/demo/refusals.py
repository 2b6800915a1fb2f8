"""What is refused, each with a reason that ``why`` or ``explain`` gives."""

from __future__ import annotations

import json
import os
from typing import Any

from twincity.kernel import clock
from twincity.kernel.keys import PrivateKey, b64url
from twincity.kernel.tc1 import message
from twincity.node.demo.stage import Stage, hold, say, until
from twincity.node.demo.steps import PURPOSE, SERVICE, through
from twincity.node.testkit import CHONGQING, DIANJIANG, SICHUAN

PATH = "/units/511623/towns"


def refuse(stage: Stage) -> None:
    """Wrong purpose, another member, expired and replayed signatures, a revoked key."""
    say("   · 以下调用均被拒绝 / the following calls are all refused")
    _other_purpose(stage)
    _other_member(stage)
    key = stage.dj.home.key("tc1")
    _expect(stage, _send(stage, key, age=600), "signature-expired", "签名已过期", "an expired signature")
    request = _signed(stage, key)
    first, second = _post(stage, request), _post(stage, request)
    hold(holds=first[0] == 200, zh="同一签名第一次: 接受", en="the same signature, first time: accepted")
    _expect(stage, second, "signature-replayed", "同一签名第二次", "the same signature, second time")
    _revoked(stage, key)


def _other_purpose(stage: Stage) -> None:
    status, headers, body = through(stage, PATH, purpose="planning.tax")
    code = json.loads(body)["code"]
    why = stage.sc.operate("exchange.explain", {"message": headers["tc-message-id"]})
    missed = [step for step in why["steps"] if not step["holds"]][-1]
    hold(
        holds=(status, code) == (403, "grant-missing") and missed["condition"] == "purpose",
        zh=f"换了用途: {code}; why: {missed['zh-Hans']}",
        en=f"another purpose: {code}; why: {missed['en']}",
    )


def _other_member(stage: Stage) -> None:
    call = {"provider": SICHUAN.id, "service": SERVICE, "path": PATH, "purpose": PURPOSE}
    answer = stage.cq.operate("exchange.call", call)
    facts = {"member": CHONGQING.id, "service": SERVICE, "path": PATH, "purpose": PURPOSE}
    step = stage.sc.operate("exchange.why", facts)["steps"][-1]
    hold(
        holds=(answer["status"], answer["outcome"]) == (403, "grant-missing") and not step["holds"],
        zh=f"另一成员 (重庆): {answer['outcome']}; why: {step['zh-Hans']}",
        en=f"another member (Chongqing): {answer['outcome']}; why: {step['en']}",
    )


def _revoked(stage: Stage, key: PrivateKey) -> None:
    announced = stage.dj.operate("circle.rotate")["kid"]
    say(f"     垫江轮换密钥, 新密钥 {announced}, 约 10 秒后启用 / Dianjiang rotates its key; in use in about 10 s")
    until("the new key to be in use", lambda: _kid(stage) == announced)
    index = json.loads(stage.dj.get("/health")[2])["ledger"]["exchange"]
    order = {
        "member": DIANJIANG.id,
        "kid": key.public.kid,
        "index": index,
        "reason": "演示: 旧密钥遗失 / demo: old key lost",
    }
    stage.cq.operate("circle.revoke", order)
    answer = until("the revocation to arrive", lambda: _if_refused(_send(stage, key), "key-revoked"), 5.0)
    _expect(stage, answer, "key-revoked", "已撤销的密钥", "a revoked key")
    status, _, _ = through(stage, PATH)
    hold(holds=status == 200, zh="新密钥照常可用", en="the new key goes on working")


def _kid(stage: Stage) -> str:
    """The key 垫江 signs with now, as 四川 has recorded it."""
    _, headers, _ = through(stage, PATH)
    stage.seen["message"] = headers.get("tc-message-id", stage.seen["message"])
    found = stage.dj.operate("exchange.signer")
    return str(found["kid"])


def _if_refused(answer: tuple[int, str, bytes], code: str) -> tuple[int, str, bytes] | None:
    return answer if code.encode() in answer[2] else None


def _expect(stage: Stage, answer: tuple[int, str, bytes], code: str, zh: str, en: str) -> None:
    status, name, body = answer
    told = json.loads(body)
    found = stage.sc.operate("exchange.explain", {"message": name})["turned_away"][-1]
    hold(
        holds=told.get("code") == code == found["outcome"] and status == 401,
        zh=f"{zh}: {code}; why: {found['zh-Hans']}",
        en=f"{en}: {code}; why: {found['en']}",
    )


def _send(stage: Stage, key: PrivateKey, age: int = 0) -> tuple[int, str, bytes]:
    return _post(stage, _signed(stage, key, age))


def _signed(stage: Stage, key: PrivateKey, age: int = 0) -> dict[str, str]:
    headers = {
        "content-digest": message.content_digest(b""),
        "tc-message-id": b64url(os.urandom(12)),
        "tc-purpose": PURPOSE,
    }
    target = f"{stage.sc.address}/tc1/{SERVICE}{PATH}"
    nonce = b64url(os.urandom(16))
    message.sign_request(key, method="GET", target=target, headers=headers, now=clock.unix() - age, nonce=nonce)
    return headers


def _post(stage: Stage, headers: dict[str, Any]) -> tuple[int, str, bytes]:
    status, _, body = stage.sc.get(f"/tc1/{SERVICE}{PATH}", headers)
    return status, headers["tc-message-id"], body
