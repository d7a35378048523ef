-- Live views: they read the operational store itself, so that a screen shows a clue seconds after it was stored.
-- They run with their owner's rights; the reader of the screens sees what they let through and nothing of schema ops.

-- No personal data by construction: neither the subject's name nor the clue's sentence is read. The summary is put together
-- from the supervised body, the kind of finding and the clock; of a sealed clue or one of the juvenile line only the kind is said.
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
  clue.updated_at AT TIME ZONE 'Asia/Shanghai' AS changed_at,
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
  -- A clue that is only early accuses nobody: nothing is overdue yet.
  CASE WHEN clue.engine_state = 'early' THEN '临期提醒，尚未到期：' ELSE '' END || CASE
    WHEN clue.sealed OR clue.line = 'juvenile' THEN clue.title
    ELSE concat_ws('，',
      concat_ws('：', nullif(clue.supervised_body, ''), clue.title),
      '期限届满日 ' || to_char(clue.deadline_on, 'YYYY-MM-DD'),
      CASE WHEN clue.overdue_days > 0 THEN '已超期 ' || clue.overdue_days || ' 天' END)
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
  told.delivered_at AT TIME ZONE 'Asia/Shanghai' AS delivered_at
FROM ops.clue AS clue
LEFT JOIN mart.place AS place ON place.code = clue.county_code
LEFT JOIN told ON told.clue_id = clue.clue_id;

-- How the readers of public posts are doing, minute by minute, over the last two hours in which either of them read. Nothing of a post is in it.
CREATE VIEW mart.live_stream AS
SELECT
  minute AT TIME ZONE 'Asia/Shanghai' AS minute_at,
  reader,
  CASE reader WHEN 'consumer' THEN '即时评分' WHEN 'behaviour' THEN '行为分析' END AS reader_title,
  posts,
  findings,
  dead AS refused,
  lag AS lag_posts,
  delay_ms
FROM ops.live_rate
WHERE minute > (SELECT max(minute) FROM ops.live_rate) - INTERVAL '2 hours';

-- The takeaway clues with their photo and fields: masked cells made when the marts were built, joined with the clue as it stands now, so that a
-- clue that was withdrawn or sealed since vanishes at once.
CREATE VIEW mart.live_licence AS
SELECT
  alert.clue_id, alert.clue_no, alert.changed_at, alert.severity, alert.severity_title, alert.severity_rank, alert.city_code, alert.city_name,
  alert.county_code, alert.county_name, alert.line_title, alert.finding_title, alert.state_title, alert.work_state, sight.picture, sight.fields, sight.desk
FROM mart.live_alert AS alert
JOIN mart.licence_sight AS sight ON sight.clue_id = alert.clue_id
JOIN ops.clue AS clue ON clue.clue_id = alert.clue_id
WHERE alert.is_standing AND NOT clue.sealed;
