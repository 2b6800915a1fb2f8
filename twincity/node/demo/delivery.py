"""Messages that wait: for a partner that is switched off, and for one that only a file can reach."""

from __future__ import annotations

import json

from twincity.node.demo.stage import Stage, hold, until
from twincity.node.testkit import DIANJIANG, SICHUAN
from twincity.node.testkit.live import OperationRefusedError

PURPOSE = "planning.demo"
WAITING = 20
CARRIED = 5


def deliver(stage: Stage) -> None:
    """Hand in messages while 四川 is off, see them drained in order; then carry some by hand."""
    stage.title(
        "四川停机期间, 垫江照常提交; 恢复后按序送达, 每条只生效一次; 断网时用信使包传递",
        "While Sichuan is off Dianjiang goes on; all arrives in order and once; without a network, by file",
    )
    token = _prepare(stage)
    _drained(stage, token)
    _carried(stage, token)


def _prepare(stage: Stage) -> str:
    grant = {"id": "demo-notes", "subject": f"member:{DIANJIANG.id}", "service": "probe", "methods": ["POST"]}
    stage.sc.operate("exchange.grant", {"grants": [grant | {"purposes": ["planning"]}]})
    token = stage.dj.operate("identity.system", {"name": "demo-notes", "purposes": ["planning"]})["token"]
    until("the token", lambda: stage.dj.get("/messages/none", {"authorization": f"Bearer {token}"})[0] == 404)
    return str(token)


def _hand_in(stage: Stage, token: str, text: str) -> bool:
    headers = {"authorization": f"Bearer {token}", "tc-purpose": PURPOSE, "prefer": "respond-async"}
    body = json.dumps({"text": text}).encode()
    return stage.dj.request("POST", f"/call/{SICHUAN.id}/probe/notes", headers, body)[0] == 202


def _notes(stage: Stage, start: str) -> list[str]:
    return [each["text"] for each in stage.sc.operate("probe.notes") if each["text"].startswith(start)]


def _drained(stage: Stage, token: str) -> None:
    stage.sc.kill()
    sent = [f"waiting {number}" for number in range(WAITING)]
    accepted = sum(_hand_in(stage, token, text) for text in sent)
    hold(
        holds=accepted == WAITING,
        zh=f"四川停机, {WAITING} 条消息已落盘受理 (202)",
        en=f"Sichuan is off; {WAITING} are on disk (202)",
    )
    stage.sc.start()
    until("the messages", lambda: len(_notes(stage, "waiting")) >= WAITING)
    hold(
        holds=_notes(stage, "waiting") == sent,
        zh="四川恢复, 全部按序生效, 无丢失无重复",
        en="all arrived, in order, once",
    )


def _carried(stage: Stage, token: str) -> None:
    stage.sc.kill()
    sent = [f"carried {number}" for number in range(CARRIED)]
    for text in sent:
        _hand_in(stage, token, text)
    bundle = stage.dj.operate("exchange.courier-export", {"to": SICHUAN.id})["bundle"]
    stage.dj.stop()
    stage.sc.start()
    found = stage.sc.operate("exchange.courier-import", {"bundle": bundle})
    until("the effects", lambda: len(_notes(stage, "carried")) >= CARRIED)
    hold(
        holds=_notes(stage, "carried") == sent,
        zh="垫江断网, 信使包送达并生效",
        en="Dianjiang is cut off; the file did it",
    )
    again = stage.sc.operate("exchange.courier-import", {"bundle": bundle})
    hold(
        holds=(again["taken"], again["known"]) == (0, CARRIED),
        zh="重复导入不再生效",
        en="a second import changes nothing",
    )
    hold(holds=_refused(stage, bundle[:-8]), zh="残缺的信使包被拒绝", en="a truncated bundle is refused")
    stage.dj.start()
    stage.dj.operate("exchange.courier-import", {"bundle": found["receipt"]})
    until("the outbox to be empty", lambda: not _standing(stage))
    hold(holds=True, zh="回执带回, 发件箱已清", en="the receipt is back and the outbox empty")


def _standing(stage: Stage) -> int:
    """Messages of 垫江 that wait or whose results are awaited."""
    return sum(row["out_queued"] + row["out_taken"] for row in stage.dj.operate("exchange.delivery"))


def _refused(stage: Stage, bundle: str) -> bool:
    try:
        stage.sc.operate("exchange.courier-import", {"bundle": bundle})
    except OperationRefusedError as error:
        return error.code == "courier-unreadable"
    return False
