"""When and how each agency delivers: dates of its files, which facts become known when, and what goes wrong on the way."""

from __future__ import annotations

from dataclasses import dataclass

DAILY = (51, 20, 4, 1, 0)
"""Ages in days of an agency's files on the day of the demo: the whole history, the month since, then the last days."""
WORKBOOK = (51, 20, 0)
SNAPSHOT = (51, 0)


@dataclass(frozen=True)
class Plan:
    """How a data set is delivered in files.

    ``born`` is the date from which the agency holds a row, ``after`` the days until it writes it down. ``stages`` name dates and the
    fields known from them on; a row is delivered again when a stage is reached, or every time if ``snapshot``. ``faults`` are cells
    (delivered column, text) that break the contract. ``repeated``, ``doubled``, ``misread`` and ``widened`` are numbers of files: sent
    twice, holding rows twice, first sent in a wrong encoding, first sent with a new column.
    """

    born: str
    after: int = 0
    ages: tuple[int, ...] = DAILY
    stages: tuple[tuple[str, tuple[str, ...]], ...] = ()
    snapshot: bool = False
    dates: str = "%Y-%m-%d"
    faults: tuple[tuple[str, str], ...] = ()
    repeated: int | None = None
    doubled: int | None = None
    misread: int | None = None
    widened: int | None = None


PLANS = {
    "justice__penalty": Plan(
        "decision_date", stages=(("served_date", ("served_date",)), ("revoked_date", ("revoked_date",))), repeated=2,
        faults=(("处罚决定日期", "2026-13-05"), ("罚款金额（万元）", "-1.5"), ("行政相对人名称", ""), ("处罚机关层级", "镇")),
    ),
    "finance__fine_payment": Plan("paid_date", faults=(("缴款金额", "壹万元"), ("缴款日期", "2026-02-30")), doubled=2),
    "court__nonlit_case": Plan(
        "received_date", stages=(("accepted_date", ("accepted_date",)), ("ruling_date", ("ruling_date", "ruling_result"))), dates="%Y/%m/%d",
        faults=(("收到申请日期", ""), ("裁定结果", "同意")),
    ),
    "court__enforcement_case": Plan(
        "filed_date", stages=(("closed_date", ("closed_date", "closing_method")),), dates="%Y年%m月%d日", faults=(("申请执行标的（元）", "约三万元"),),
        misread=2,
    ),
    "justice__relief_case": Plan(
        "filed_date", stages=(("closed_date", ("closed_date", "result")), ("served_date", ("served_date",))), dates="%Y%m%d", faults=(("救济途径", "信访"),),
    ),
    "emergency__accident": Plan(
        "occurred_at", 2, WORKBOOK,
        (("report_approved_date", ("report_approved_date", "penalty_doc_no")), ("transferred_date", ("transferred_date", "transfer_doc_no")),
         ("evaluated_date", ("evaluated_date",))),
        faults=(("伤亡和损失/死亡人数", "数人"),),
    ),
    "police__admin_case": Plan(
        "accepted_date", stages=(("decision_date", ("decision_date", "decision_kind")), ("converted_date", ("converted_date",))),
        faults=(("作案方式", "溜门"), ("发案日期", "不详")),
    ),
    "police__alcohol_test": Plan("sampled_at", 2, faults=(("酒精含量（mg/100ml）", "未检出"), ("酒精含量（mg/100ml）", "7000"))),
    "social__pension_payment": Plan("pay_month", 9, faults=(("姓名", ""), ("发放金额（元）", "-200"), ("发放月份", "2026-13")), repeated=2),
    "civil__death": Plan("registered_date", stages=(("cancelled_date", ("cancelled_date",)),), faults=(("死亡日期", "2027-01-01"),)),
    "rural__monitored_person": Plan(
        "start_date", ages=SNAPSHOT, stages=(("end_date", ("end_date",)),), snapshot=True, dates="%Y/%m/%d", faults=(("监测信息/监测对象类型", "其他"),),
    ),
    "procuratorate__case_party": Plan("case_date", faults=(("诉讼地位", "原告"),), repeated=1),
    "procuratorate__case": Plan("accepted_date", stages=(("closed_date", ("closed_date", "result", "is_guilty_plea")),), faults=(("涉案人数", "0"),)),
    "procuratorate__document": Plan("sent_date", stages=(("replied_date", ("replied_date", "is_adopted")),), faults=(("文书种类", "函"),), widened=2),
    "procuratorate__aid_record": Plan("paid_date", faults=(("发放金额（元）", "0"),)),
    "police__vehicle": Plan("registered_date", stages=(("cancelled_date", ("cancelled_date",)),), faults=(("车辆类别", "轮椅"),)),
    "justice__custody": Plan("admitted_date", 2, stages=(("released_date", ("released_date",)),), faults=(("类别", "管制"), ("起始日期", "不详"))),
    "labour__injury_recognition": Plan(
        "recognised_date", stages=(("revoked_date", ("revoked_date",)),), faults=(("认定情形", "其他"), ("受伤日期", "2026-02-30")),
    ),
    "market__company_role": Plan("registered_date", stages=(("cancelled_date", ("cancelled_date",)),), faults=(("职务", "顾问"),)),
}
"""Every data set that comes as files; the other three come from databases and from the web."""
FAULTY_FILE = 1
"""The file that holds the broken rows, the first one of a snapshot; the last file repairs them."""
FAULT_SHARE = 0.01
