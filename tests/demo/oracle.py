"""The models restated in plain SQL over the province's final rows, by somebody who has not read the models: what they find is the answer key.

Only clear cases are asked for: court terms are counted in calendar days wide of every holiday, because every planted case is.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

TODAY = "DATE '2026-11-20'"

NONLITIGATION = f"""
WITH n AS (SELECT *, regexp_replace(translate(replace(replace(replace(nfc_normalize(penalty_doc_no), ' ', ''), '第', ''), '字', ''),
                  '０１２３４５６７８９（）[]【】', '0123456789〔〕〔〕〔〕'), '〕0+', '〕') AS doc FROM court__nonlit_case),
p AS (SELECT p.*, replace(p.penalty_doc_no, '字', '') AS doc,
  fine_cny - coalesce((SELECT sum(paid_cny) FROM finance__fine_payment f WHERE f.penalty_doc_no = p.penalty_doc_no), 0) AS unpaid,
  served_date + CASE WHEN service_method = '公告送达' THEN 30 ELSE 0 END AS served FROM justice__penalty p WHERE fine_cny > 0 AND served_date IS NOT NULL),
t AS (SELECT *, greatest(
  CASE WHEN is_reconsideration_first THEN served + 60 WHEN is_relief_told THEN served + INTERVAL 6 MONTH ELSE served + INTERVAL 1 YEAR END,
  coalesce(defer_until_date, DATE '1900-01-01')) + INTERVAL 3 MONTH AS apply_by FROM p WHERE unpaid > 0 AND revoked_date IS NULL)
SELECT 'not_applied', doc FROM t WHERE apply_by < {TODAY} AND NOT has_own_enforcement AND NOT EXISTS (FROM n WHERE n.doc = t.doc)
  AND NOT EXISTS (FROM justice__relief_case r WHERE r.penalty_doc_no = t.penalty_doc_no AND (r.closed_date IS NULL OR r.relief_kind = '诉讼'))
UNION ALL SELECT 'court_not_in_time', doc FROM n WHERE coalesce(accepted_date, ruling_date, {TODAY}) - received_date > 16
  OR coalesce(ruling_date, {TODAY}) - coalesce(accepted_date, ruling_date, {TODAY}) > 32
UNION ALL SELECT 'accepted_out_of_term', n.doc FROM n JOIN (SELECT *,
    CASE WHEN is_reconsideration_first THEN served + 60 WHEN is_relief_told THEN served + INTERVAL 6 MONTH ELSE served + INTERVAL 1 YEAR END AS relief_end
    FROM p) AS q ON q.doc = n.doc
  WHERE (accepted_date <= relief_end OR received_date > relief_end + INTERVAL 3 MONTH + INTERVAL 15 DAY) AND defer_until_date IS NULL
  AND coalesce(accepted_date, {TODAY}) - received_date <= 16 AND coalesce(ruling_date, {TODAY}) - accepted_date <= 12
UNION ALL SELECT 'granted_after_revocation', n.doc FROM n JOIN p ON p.doc = n.doc WHERE ruling_result = '准予执行' AND revoked_date < ruling_date
UNION ALL SELECT 'closed_short', n.doc FROM n JOIN t ON t.doc = n.doc
  JOIN court__enforcement_case e ON replace(replace(e.origin_case_no, '（', '('), '）', ')') = replace(replace(n.case_no, '（', '('), '）', ')')
  WHERE ruling_result = '准予执行' AND closing_method = '执行完毕' AND realised_cny < claim_cny
UNION ALL SELECT 'claim_too_high', n.doc FROM n JOIN p ON p.doc = n.doc
  JOIN court__enforcement_case e ON replace(replace(e.origin_case_no, '（', '('), '）', ')') = replace(replace(n.case_no, '（', '('), '）', ')')
  WHERE ruling_result = '准予执行' AND claim_cny > 2 * fine_cny + confiscated_cny
UNION ALL SELECT 'ruling_slow', doc FROM n WHERE NOT is_hearing_needed AND ruling_date - accepted_date BETWEEN 13 AND 30
UNION ALL SELECT 'not_executed', n.doc FROM n JOIN t ON t.doc = n.doc
  LEFT JOIN court__enforcement_case e ON replace(replace(e.origin_case_no, '（', '('), '）', ')') = replace(replace(n.case_no, '（', '('), '）', ')')
  WHERE ruling_result = '准予执行' AND coalesce(e.filed_date, n.ruling_date) < {TODAY} - INTERVAL 100 DAY AND coalesce(e.closing_method, '') <> '执行完毕'
"""

ACCIDENTS = f"""
SELECT 'only_fined', accident_no FROM emergency__accident a WHERE is_production_accident
  AND (death_count >= 1 OR serious_injury_count >= 3 OR direct_loss_cny >= 1000000)
  AND responsibility <> '意外事件' AND NOT is_victim_sole_responsible AND transfer_doc_no IS NULL AND report_approved_date < {TODAY} - INTERVAL 7 DAY
  AND NOT EXISTS (FROM police__criminal_case c WHERE c.accident_no = a.accident_no
                  OR (c.company_uscc = a.uscc AND abs(c.incident_date - a.occurred_at::DATE) <= 1))
UNION ALL SELECT 'transferred_not_filed', accident_no FROM emergency__accident a WHERE death_count >= 1 AND transferred_date < {TODAY} - INTERVAL 7 DAY
  AND is_production_accident AND NOT EXISTS (FROM police__criminal_case c WHERE c.accident_no = a.accident_no
                  OR (c.company_uscc = a.uscc AND abs(c.incident_date - a.occurred_at::DATE) <= 1))
UNION ALL SELECT 'transferred_late', accident_no FROM emergency__accident a WHERE death_count >= 1 AND transferred_date - report_approved_date > 4
  AND is_production_accident AND EXISTS (FROM police__criminal_case c WHERE c.accident_no = a.accident_no)
UNION ALL SELECT 'report_overdue', accident_no FROM emergency__accident WHERE is_production_accident AND report_approved_date IS NULL
  AND {TODAY} - occurred_at::DATE > 60 + 60 + 15
UNION ALL SELECT 'not_evaluated', accident_no FROM emergency__accident WHERE is_production_accident AND death_count = 0
  AND coalesce(evaluated_date, {TODAY}) > report_approved_date + INTERVAL 1 YEAR
"""

POLICE = """
WITH a AS (SELECT *, date_sub('year', birth_date, incident_date) AS age FROM police__admin_case x WHERE converted_date IS NULL AND decision_date IS NOT NULL
  AND NOT EXISTS (FROM police__criminal_case c WHERE c.admin_case_no = x.admin_case_no
                  OR (c.suspect_id_no = x.suspect_id_no AND abs(c.incident_date - x.incident_date) <= 30))),
f AS (
  SELECT 'drunk_driving' AS finding, admin_case_no, age FROM a WHERE EXISTS (
    FROM police__alcohol_test t WHERE t.admin_case_no = a.admin_case_no AND method = '血液'
    AND vehicle_type = '机动车' AND is_on_road
    AND bac_mg_100ml >= CASE WHEN a.incident_date < DATE '2023-12-28' OR aggravating IS NOT NULL THEN 80 ELSE 150 END)
  UNION ALL SELECT 'theft', admin_case_no, age FROM a WHERE case_cause = '盗窃' AND NOT is_relative_forgiven
    AND (amount_cny >= 2000 OR theft_mode <> '一般'
    OR (amount_cny >= 1000 AND EXISTS (FROM police__admin_case b WHERE b.suspect_id_no = a.suspect_id_no AND b.case_cause = '盗窃'
        AND b.decision_kind IN ('行政拘留', '罚款') AND b.decision_date BETWEEN a.incident_date - INTERVAL 1 YEAR AND a.incident_date - INTERVAL 1 DAY))
    OR (amount_cny >= 1000 AND EXISTS (FROM police__criminal_case c WHERE c.suspect_id_no = a.suspect_id_no AND c.charge_name = '盗窃罪'
        AND c.filed_date < a.incident_date - INTERVAL 1 YEAR))
    OR (SELECT count(*) FROM police__admin_case b WHERE b.case_cause = '盗窃' AND b.suspect_id_no = a.suspect_id_no
        AND b.incident_date BETWEEN a.incident_date - INTERVAL 2 YEAR AND a.incident_date) >= 3)
  UNION ALL SELECT 'injury', admin_case_no, age FROM a WHERE injury_level IN ('轻伤', '重伤', '死亡')
  UNION ALL SELECT 'property', admin_case_no, age FROM a WHERE amount_cny >= CASE case_cause WHEN '诈骗' THEN 3000 WHEN '敲诈勒索' THEN 2000
    WHEN '抢夺' THEN 2000 WHEN '故意损毁财物' THEN 5000 WHEN '寻衅滋事' THEN 2000 END
  UNION ALL SELECT 'property', admin_case_no, age FROM a WHERE case_cause = '故意损毁财物' AND amount_cny < 5000
    AND (SELECT count(*) FROM police__admin_case b WHERE b.case_cause = a.case_cause AND b.suspect_id_no = a.suspect_id_no
         AND b.incident_date BETWEEN a.incident_date - INTERVAL 2 YEAR AND a.incident_date) >= 3
  UNION ALL SELECT 'gambling_house', admin_case_no, age FROM a WHERE case_cause = '赌博' AND is_organiser
    AND (gambling_machine_count >= 10 OR gambling_machine_count >= 5 AND EXISTS (
      FROM police__admin_case b WHERE b.suspect_id_no = a.suspect_id_no AND b.gambling_machine_count > 0 AND b.is_organiser
      AND b.decision_date BETWEEN a.incident_date - INTERVAL 2 YEAR AND a.incident_date - INTERVAL 1 DAY))
  UNION ALL SELECT 'gambling', admin_case_no, age FROM a WHERE case_cause = '赌博' AND is_organiser
    AND coalesce(gambling_machine_count, 0) < 10 AND gambler_count >= 3 AND (gambling_rake_cny >= 5000 OR gambling_stakes_cny >= 50000 OR gambler_count >= 20))
SELECT CASE WHEN age < 18 THEN 'juvenile' ELSE finding END, admin_case_no FROM f WHERE age >= 16
UNION ALL SELECT 'undecided', admin_case_no FROM police__admin_case WHERE decision_date IS NULL AND converted_date IS NULL
  AND DATE '2026-11-20' - accepted_date > 60
"""

PENSIONS = f"""
WITH ids AS (SELECT *, upper(translate(person_id_no, '０１２３４５６７８９Ｘ', '0123456789X')) AS raw FROM social__pension_payment),
pay AS (SELECT *, CASE WHEN length(raw) = 15 THEN left(raw, 6) || '19' || right(raw, 9) ELSE left(raw, 17) END AS stem FROM ids),
dead AS (SELECT *, upper(translate(person_id_no, '０１２３４５６７８９Ｘ', '0123456789X')) AS raw FROM civil__death WHERE cancelled_date IS NULL)
SELECT 'overpaid', death_no FROM dead JOIN pay
  ON pay.stem = CASE WHEN length(dead.raw) = 15 THEN left(dead.raw, 6) || '19' || right(dead.raw, 9) ELSE left(dead.raw, 17) END
WHERE pay_month > death_date GROUP BY death_no HAVING sum(paid_cny - coalesce(refunded_cny, 0)) > 0
UNION ALL SELECT 'aid_runs_on', death_no FROM dead JOIN civil__aid_household h ON h.person_id_no = dead.raw
WHERE h.start_date <= death_date AND coalesce(h.end_date, {TODAY}) > last_day(death_date) AND registered_date < {TODAY} - INTERVAL 70 DAY
"""

ASSISTANCE = """
WITH e AS (SELECT person_name, person_id_no, birth_date, address, phone, start_date, end_date FROM civil__aid_household
           UNION ALL SELECT person_name, person_id_no, birth_date, address, phone, start_date, end_date FROM rural__monitored_person),
p AS (SELECT *, CASE WHEN length(person_id_no) = 15 THEN left(person_id_no, 6) || '19' || right(person_id_no, 9) ELSE left(person_id_no, 17) END AS stem,
      translate(party_name, '國偉玮', '国伟伟') AS plain FROM procuratorate__case_party x
      WHERE role IN ('被害人', '近亲属') AND injury_level IN ('死亡', '重伤') AND NOT is_compensated
      AND NOT is_own_major_fault AND NOT EXISTS (FROM procuratorate__aid_record r WHERE r.case_no = x.case_no AND r.person_name = x.party_name)),
rich AS (SELECT person_id_no FROM police__vehicle WHERE cancelled_date IS NULL AND price_cny >= 50000
         UNION SELECT person_id_no FROM market__company_role WHERE cancelled_date IS NULL AND capital_cny >= 500000)
SELECT DISTINCT CASE WHEN bool_or(e.person_id_no IN (FROM rich)) THEN 'assistance_doubtful'
  WHEN bool_or(coalesce(left(e.person_id_no, 17) = p.stem AND e.person_id_no IS NOT NULL
                        AND (length(p.person_id_no) = 15 OR e.person_id_no = p.person_id_no), FALSE)) THEN 'assistance_exact'
  ELSE 'assistance_probable' END, party_no
FROM p JOIN e ON
  ((left(e.person_id_no, 17) = p.stem AND len(list_intersect(string_split(e.person_name, ''), string_split(p.plain, ''))) > 0)
   OR (e.person_name = p.plain AND e.birth_date = p.birth_date AND (e.phone = p.phone OR ends_with(e.address, p.address))))
  AND (e.end_date IS NULL OR e.end_date >= p.case_date - INTERVAL 1 YEAR) AND e.start_date <= p.case_date + INTERVAL 1 YEAR
WHERE NOT EXISTS (FROM civil__death d WHERE d.person_id_no = e.person_id_no AND d.death_date < e.start_date AND d.cancelled_date IS NULL)
GROUP BY party_no
"""

STOPPED = f"""
SELECT 'work_went_on', replace(p.penalty_doc_no, '字', '') FROM justice__penalty p
WHERE (penalty_category LIKE '责令停%') AND revoked_date IS NULL AND EXISTS (
  FROM justice__penalty q WHERE q.party_id_no = p.party_id_no AND q.violation_type = p.violation_type AND q.agency_name = p.agency_name
  AND q.decision_date BETWEEN p.served_date + 1 AND p.served_date + INTERVAL 365 DAY AND q.decision_date < {TODAY} - INTERVAL 10 DAY)
  AND NOT EXISTS (FROM police__criminal_case c WHERE c.company_uscc = p.party_id_no)
"""

TWICE = """
WITH a AS (FROM social__pension_payment WHERE insurance_type = '城乡居民'),
b AS (SELECT person_id_no, sum(paid_cny - coalesce(refunded_cny, 0)) AS left_over FROM a WHERE (person_id_no, pay_month) IN (
  SELECT (person_id_no, pay_month) FROM social__pension_payment WHERE insurance_type = '企业职工') GROUP BY ALL)
SELECT 'drawn_twice', (SELECT min_by(payment_no, pay_month) FROM a WHERE a.person_id_no = b.person_id_no) FROM b
WHERE left_over > 0 AND person_id_no NOT IN (SELECT person_id_no FROM civil__death WHERE cancelled_date IS NULL)
"""

ASSETS = f"""
WITH m AS (SELECT household_no, person_id_no AS id, start_date FROM civil__aid_household WHERE end_date IS NULL AND aid_type IN ('最低生活保障', '特困人员')),
v AS (SELECT household_no FROM m JOIN police__vehicle x ON x.person_id_no = m.id
  WHERE cancelled_date IS NULL AND {TODAY} - greatest(registered_date, start_date) > 90 AND price_cny >= CASE vehicle_kind
    WHEN '小型客车' THEN CASE WHEN registered_date < DATE '2026-07-01' THEN 40000 ELSE 50000 END END),
c AS (SELECT household_no FROM m JOIN market__company_role x ON x.person_id_no = m.id
  WHERE cancelled_date IS NULL AND capital_cny >= 100000 AND {TODAY} - greatest(registered_date, start_date) > 90),
i AS (SELECT household_no FROM m LEFT JOIN social__pension_payment x ON x.person_id_no = m.id AND insurance_type = '企业职工' GROUP BY household_no
  HAVING avg(paid_cny) / count(DISTINCT id) > 900 AND max(pay_month) >= DATE '2026-09-01' AND min(pay_month) < DATE '2026-08-01'
  AND count(DISTINCT pay_month) > date_diff('month', min(pay_month), max(pay_month)))
SELECT CASE WHEN household_no IN (FROM v) THEN 'vehicle' WHEN household_no IN (FROM c) THEN 'company' ELSE 'income' END, min(entry_no)
FROM civil__aid_household WHERE household_no IN (FROM v) OR household_no IN (FROM c) OR household_no IN (FROM i) GROUP BY household_no
"""

CUSTODY = """
WITH pay AS (SELECT *, CASE WHEN length(person_id_no) = 15 THEN left(person_id_no, 6) || '19' || right(person_id_no, 9) ELSE left(person_id_no, 17) END AS stem
  FROM social__pension_payment)
SELECT 'overpaid', custody_no FROM justice__custody c JOIN pay ON stem = left(c.person_id_no, 17)
WHERE custody_kind LIKE '%服刑' AND pay_month > admitted_date AND last_day(pay_month) < coalesce(released_date, DATE '2100-01-01') AND NOT EXISTS (
  FROM justice__custody o WHERE o.person_id_no = c.person_id_no AND o.admitted_date <= last_day(pay_month)
  AND (o.custody_kind = '暂予监外执行' OR o.custody_kind = '社区矫正' AND o.admitted_date > c.admitted_date)
  AND coalesce(o.released_date, DATE '2100-01-01') >= pay_month) AND NOT EXISTS (
  FROM justice__custody b WHERE b.person_id_no = c.person_id_no AND b.custody_kind LIKE '%服刑' AND b.admitted_date < c.admitted_date
  AND coalesce(b.released_date, DATE '2100-01-01') > last_day(pay_month))
GROUP BY custody_no HAVING sum(paid_cny - coalesce(refunded_cny, 0)) > 0
"""

CONCEALED = f"""
WITH d AS (SELECT min(recognition_no) AS no, uscc, injury_date, any_value(company_name) AS name, list(related_uscc) AS others, count(*) AS dead,
  count(*) FILTER (death_date - injury_date <= 7) AS dead_at_once
  FROM labour__injury_recognition WHERE injury_ground IN ('工作原因', '预备收尾') AND recognition_result <> '不予认定' AND revoked_date IS NULL
  AND death_date - injury_date <= 30 AND injury_date < {TODAY} - INTERVAL 40 DAY GROUP BY uscc, injury_date),
k AS (SELECT no, max(death_count) AS known, coalesce(bool_or(death_count >= CASE accident_type WHEN '火灾' THEN dead_at_once ELSE dead END), FALSE) AS told
  FROM d LEFT JOIN emergency__accident a
  ON (a.uscc = d.uscc OR list_contains(d.others, a.uscc) OR a.company_name = d.name) AND abs(a.occurred_at::DATE - d.injury_date) <= 3 GROUP BY no)
SELECT CASE WHEN known IS NULL THEN 'concealed' ELSE 'understated' END, no FROM k WHERE NOT told
"""

ON_THE_SPOT = """
SELECT 'too_high', replace(penalty_doc_no, '字', '') FROM justice__penalty
WHERE is_on_the_spot AND revoked_date IS NULL AND fine_cny > CASE party_category WHEN '自然人' THEN 200 ELSE 3000 END
"""

ORACLES = {
    "aid_with_assets": ASSETS, "pension_in_custody": CUSTODY, "accident_concealed": CONCEALED, "on_the_spot_fine": ON_THE_SPOT,
    "stop_order_ignored": STOPPED, "double_pension": TWICE,
    "nonlitigation_execution": NONLITIGATION, "work_safety_accident": ACCIDENTS, "police_case_not_converted": POLICE,
    "payment_after_death": PENSIONS, "judicial_assistance": ASSISTANCE,
}


def findings(rows: dict[str, pa.Table]) -> dict[str, set[tuple[str, str]]]:
    """Finding and anchor of everything each model should say about these rows."""
    with duckdb.connect() as connection:
        for name, table in rows.items():
            connection.register(name, table)
        return {model: {(finding, anchor) for finding, anchor in connection.execute(sql).fetchall()} for model, sql in ORACLES.items()}
