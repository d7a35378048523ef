-- Live views: they read the operational store itself, so that a screen shows a clue seconds after it was stored.
-- They run with their owner's rights; the reader of the screens sees what they let through and nothing of schema ops.

-- Personal data leave no view: the subject's name is cut to its first character, numbers that could identify somebody are
-- starred. Where the clue is personal, sensitive, sealed or of the juvenile line, only the kind of finding is shown.
CREATE VIEW mart.live_alert AS
WITH told AS (
  SELECT clue_id,
         count(*) AS alerts,
         count(*) FILTER (WHERE delivered_at IS NOT NULL) AS delivered,
         max(delivered_at) AS delivered_at
  FROM ops.outbox
  GROUP BY clue_id
)
SELECT
  clue.clue_id,
  upper(left(clue.clue_id, 12)) AS clue_no,
  clue.updated_at AS changed_at,
  clue.model,
  clue.model_title,
  clue.title AS finding_title,
  clue.severity,
  CASE clue.severity WHEN 'red' THEN '红色' WHEN 'orange' THEN '橙色' WHEN 'yellow' THEN '黄色' WHEN 'blue' THEN '蓝色' END AS severity_title,
  CASE clue.severity WHEN 'red' THEN 1 WHEN 'orange' THEN 2 WHEN 'yellow' THEN 3 WHEN 'blue' THEN 4 END AS severity_rank,
  CASE clue.line
    WHEN 'criminal' THEN '刑事检察' WHEN 'civil' THEN '民事检察' WHEN 'administrative' THEN '行政检察' WHEN 'public_interest' THEN '公益诉讼检察'
    WHEN 'juvenile' THEN '未成年人检察' WHEN 'complaint' THEN '控告申诉检察'
  END AS line_title,
  place.city_code,
  place.city_name,
  clue.county_code,
  place.name AS county_name,
  CASE
    WHEN clue.sealed OR clue.line = 'juvenile' OR clue.tier IN ('personal', 'sensitive') THEN clue.title || '（详情见办案端）'
    ELSE regexp_replace(
      CASE
        WHEN coalesce(clue.subject_name, '') = '' THEN clue.sentence
        WHEN clue.subject_kind IN ('company', 'organisation', 'agency', 'court') THEN clue.sentence
        ELSE replace(clue.sentence, clue.subject_name, left(clue.subject_name, 1) || repeat('某', greatest(char_length(clue.subject_name) - 1, 1)))
      END,
      '[0-9]{6}[0-9]{8}[0-9]{3}[0-9Xx]|1[3-9][0-9]{9}', '********', 'g')
  END AS summary,
  clue.engine_state AS state,
  CASE clue.engine_state
    WHEN 'open' THEN '新发现' WHEN 'updated' THEN '有更新' WHEN 'reopened' THEN '再次出现' WHEN 'suspended' THEN '数据中断待恢复'
    WHEN 'withdrawn' THEN '已撤回' WHEN 'early' THEN '临期提醒'
  END AS state_title,
  clue.engine_state IN ('open', 'updated', 'reopened') AS is_standing,
  clue.work_state,
  clue.overdue_days,
  CASE
    WHEN told.alerts IS NULL THEN '无需推送' WHEN told.delivered = told.alerts THEN '已送达' WHEN told.delivered > 0 THEN '部分送达' ELSE '待送达'
  END AS delivery,
  told.delivered_at
FROM ops.clue AS clue
LEFT JOIN mart.place AS place ON place.code = clue.county_code
LEFT JOIN told ON told.clue_id = clue.clue_id;
