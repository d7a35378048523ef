"""Statements that clerks of two agencies run on the morning of the demo. ``%(at)s`` is the instant of each.

They touch offences that no planted story uses, except where a case only changes its number and stays linked.
"""

from __future__ import annotations

UNRELATED = "SELECT ajbh FROM police.criminal_case WHERE zm = '{charge}' AND xzajbh IS NULL AND sgbh IS NULL AND tyshxydm IS NULL ORDER BY ajbh LIMIT {rows}"

POLICE_CHANGES = (
    # New cases of the morning; open ones have no closing day: infinity.
    """INSERT INTO police.criminal_case (ajbh, zm, larq, farq, xzqhdm, xyrxm, xyrzjhm, jarq, updated_at)
       SELECT '云青公刑立字〔2026〕9' || lpad(n::text, 3, '0') || '号', '诈骗罪', (%(at)s::timestamptz)::date, (%(at)s::timestamptz)::date - 2, '990101',
              '林晓' || n, NULL, 'infinity', %(at)s FROM generate_series(1, 5) n""",
    # The charge is changed.
    f"UPDATE police.criminal_case SET zm = '帮助信息网络犯罪活动罪', updated_at = %(at)s WHERE ajbh IN ({UNRELATED.format(charge='诈骗罪', rows=6)})",
    # Cases are closed: infinity becomes a day.
    f"UPDATE police.criminal_case SET jarq = (%(at)s::timestamptz)::date, updated_at = %(at)s WHERE ajbh IN ({UNRELATED.format(charge='交通肇事罪', rows=4)})",
    # Numbers that were entered by mistake are emptied.
    f"UPDATE police.criminal_case SET xyrzjhm = NULL, updated_at = %(at)s WHERE ajbh IN ({UNRELATED.format(charge='开设赌场罪', rows=3)})",
    # Cases are withdrawn and deleted.
    f"DELETE FROM police.criminal_case WHERE ajbh IN ({UNRELATED.format(charge='掩饰、隐瞒犯罪所得罪', rows=3)})",
    # Cases are renumbered; they stay linked to their administrative cases.
    """UPDATE police.criminal_case SET ajbh = replace(ajbh, '号', '-1号'), updated_at = %(at)s
       WHERE ajbh IN (SELECT ajbh FROM police.criminal_case WHERE xzajbh IS NOT NULL ORDER BY updated_at DESC, ajbh LIMIT 3)""",
)
CIVIL_CHANGES = (
    # Households whose hardship ended; they had ended entries in no planted story.
    """UPDATE civil.aid_household SET lxdh = NULL, updated_at = %(at)s
       WHERE bh IN (SELECT bh FROM civil.aid_household WHERE jssj IS NOT NULL AND jssj > DATE '2024-01-01' ORDER BY bh LIMIT 4)""",
    """UPDATE civil.aid_household SET jzlx = '最低生活保障边缘', updated_at = %(at)s
       WHERE bh IN (SELECT bh FROM civil.aid_household WHERE jzlx = '最低生活保障' AND jssj IS NOT NULL ORDER BY bh DESC LIMIT 4)""",
    """INSERT INTO civil.aid_household (bh, hbh, xm, zjhm, csrq, xb, yhzgx, jzlx, kssj, zz, lxdh, xzqhdm, updated_at)
       SELECT 'JZ9901019' || lpad(n::text, 6, '0'), 'JH9901019000001', '江晓' || n, NULL, DATE '1990-01-01' + n * 400, '1',
              CASE n WHEN 1 THEN '户主' ELSE '子女' END, '刚性支出困难', (%(at)s::timestamptz)::date, '云泽省云江市青澜区白石镇新田村3组18号',
              '15400000001', '990101', %(at)s FROM generate_series(1, 3) n""",
)
