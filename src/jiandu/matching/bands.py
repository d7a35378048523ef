"""From a probability to what may be done with it: accept, leave to a person, or drop; and why, in one Chinese sentence.

Accepting without a shared number needs more than a high probability. Same name and same birth date are shared by strangers, and nothing
in those fields tells them apart: beyond them a phone, a home or a nearly equal number has to agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jiandu.matching import evidence as e
from jiandu.matching.people import REGISTERS

ACCEPT, REVIEW, REJECT = "accept", "review", "reject"
EXACT, PROBABILISTIC = "exact_id", "probabilistic"
ACCEPT_FROM = 0.99
REVIEW_FROM = 0.5
KEPT_FROM = 0.05
"""Below this a pair is not even kept as rejected."""

LEVELS = {
    e.NAME: {2: "姓名一致", 1: "姓名仅一字不同", 0: "姓名不同"},
    e.BIRTH: {2: "出生日期一致", 1: "出生日期仅一位不同", 0: "出生日期不同"},
    e.GENDER: {1: "性别一致", 0: "性别不同"},
    e.PHONE: {2: "联系电话一致", 1: "联系电话仅一位不同", 0: "联系电话不同"},
    e.RESIDENCE: {4: "住址一致", 3: "住址同村或同街道", 2: "住址同县", 1: "住址同市", 0: "住址不在同市"},
    e.ID_TEXT: {2: "登记的号码相同但未通过校验", 1: "证件号码仅一位之差或相邻两位颠倒", 0: "证件号码不同且至少一个未通过校验"},
}
UNKNOWN = {
    e.NAME: "姓名缺失", e.BIRTH: "出生日期缺失", e.GENDER: "性别缺失", e.PHONE: "联系电话缺失", e.RESIDENCE: "住址缺失",
    e.ID_TEXT: "至少一方没有证件号码",
}
VERDICTS = {ACCEPT: "达到采信标准", REVIEW: "须人工核对", REJECT: "不予采信"}
NOTICE = "匹配结果仅供人工核查"


def band(pair: Mapping[str, Any]) -> tuple[str, str]:
    """Band of a weighed pair and, where the band is not the probability's own doing, the reason in Chinese.

    ``pair`` has ``probability`` and one ``gamma_<comparison>`` each (``evidence``).
    """
    if pair["probability"] < REVIEW_FROM:
        return REJECT, ""
    if pair["probability"] < ACCEPT_FROM:
        return REVIEW, ""
    level = {name: pair[f"gamma_{name}"] for name in LEVELS}
    corroborating = [level[e.PHONE] == e.SAME_PHONE, level[e.RESIDENCE] >= e.SAME_VILLAGE, level[e.ID_TEXT] >= e.NEAR_ID_TEXT]
    if level[e.NAME] != e.SAME_NAME:
        return REVIEW, "姓名不完全一致，可能是同胞或他人"
    if level[e.BIRTH] == e.OTHER_BIRTH or level[e.GENDER] == e.OTHER_GENDER:
        return REVIEW, "出生日期或性别相互矛盾"
    if not any(corroborating):
        return REVIEW, "除姓名和出生日期外没有其他一致信息，同名同日出生者无法区分"
    if level[e.BIRTH] < 0 and sum(corroborating) < 2:
        return REVIEW, "缺少出生日期，其他一致信息不足"
    return ACCEPT, ""


def exact_band(left_name: str, right_name: str) -> tuple[str, str]:
    """Band of two records with one valid number: names that share nothing make it one number of two people."""
    if left_name and right_name and any(ours == theirs for ours, theirs in zip(left_name, right_name, strict=False)):
        return ACCEPT, ""
    return REVIEW, "证件号码相同但姓名不同，可能是录入错误或冒用"


def ambiguous(pairs: Iterable[dict[str, Any]]) -> None:
    """Send a party's accepted pairs to review where they lead to people with different valid numbers: one of them must be wrong."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for pair in pairs:
        if pair["band"] == ACCEPT and pair["registry_id_no"]:
            found.setdefault(pair["party_key"], {}).setdefault(pair["registry_id_no"], []).append(pair)
    for by_number in found.values():
        if len(by_number) > 1:
            for pair in (pair for same in by_number.values() for pair in same):
                pair["band"], pair["reason"] = REVIEW, "登记册中有证件号码不同的多人符合"


def sentence(pair: Mapping[str, Any]) -> str:
    """Why the two records are, may be or are not one person; names no person and quotes no value."""
    register = REGISTERS[pair["registry_dataset"]]
    if pair["match_kind"] == EXACT:
        facts = "双方证件号码均通过校验且一致"
    else:
        told = [UNKNOWN[name] if pair[f"gamma_{name}"] < 0 else LEVELS[name][pair[f"gamma_{name}"]] for name in LEVELS]
        facts = "，".join(told) + f"；匹配概率 {percent(pair['probability'])}"
    reason = f"（{pair['reason']}）" if pair["reason"] else ""
    return f"当事人与{register}中的人员：{facts}，{VERDICTS[pair['band']]}{reason}。{NOTICE}。"


def percent(probability: float) -> str:
    """A probability for people; never rounded up to certainty."""
    return f"{min(int(probability * 10_000) / 100, 99.99):.2f}%"
