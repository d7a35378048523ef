-- What each indicator means: formula and unit. Persons (人) and cases (件) are never mixed in one indicator.
select * from values
  ('arrest_accepted_persons',   '受理审查逮捕人数',     '人', '数量', '受理日在当月的审查逮捕案件人数', '检察业务统计口径'),
  ('arrest_accepted_cases',     '受理审查逮捕件数',     '件', '数量', '受理日在当月的审查逮捕案件件数', '检察业务统计口径'),
  ('prosecution_accepted_persons', '受理审查起诉人数',  '人', '数量', '受理日在当月的审查起诉案件人数', '检察业务统计口径'),
  ('prosecution_accepted_cases', '受理审查起诉件数',    '件', '数量', '受理日在当月的审查起诉案件件数', '检察业务统计口径'),
  ('civil_accepted_cases',      '受理民事监督件数',     '件', '数量', '受理日在当月的民事监督案件件数', '检察业务统计口径'),
  ('administrative_accepted_cases', '受理行政监督件数', '件', '数量', '受理日在当月的行政监督案件件数', '检察业务统计口径'),
  ('public_interest_accepted_cases', '受理公益诉讼件数', '件', '数量', '受理日在当月的公益诉讼案件件数', '检察业务统计口径'),
  ('arrested_persons',          '批准逮捕人数',         '人', '数量', '审结日在当月', '检察业务统计口径'),
  ('not_arrested_persons',      '不批准逮捕人数',       '人', '数量', '审结日在当月', '检察业务统计口径'),
  ('prosecuted_persons',        '起诉人数',             '人', '数量', '审结日在当月', '检察业务统计口径'),
  ('not_prosecuted_persons',    '不起诉人数',           '人', '数量', '审结日在当月，不含附条件不起诉', '检察业务统计口径'),
  ('arrest_refusal_rate',       '不捕率',               '人', '比率', '不批准逮捕人数 ÷（批准逮捕人数 + 不批准逮捕人数）', '最高检公布数据验算口径（2024年上半年 34.2%）'),
  ('non_prosecution_rate',      '不起诉率',             '人', '比率', '不起诉人数 ÷（起诉人数 + 不起诉人数）', '最高检公布数据验算口径（2022年上半年 23.5%）'),
  ('conditional_non_prosecution_rate', '附条件不起诉率', '人', '比率', '未成年人案件附条件不起诉人数 ÷ 未成年人审查起诉审结人数', '公布口径分母不可复现，本平台自定，不与公布数据比较'),
  ('guilty_plea_rate',          '认罪认罚适用率',       '人', '比率', '适用认罪认罚审结人数 ÷ 同期审查起诉审结人数', '最高检公布口径'),
  ('documents_issued',          '制发监督文书件数',     '件', '数量', '制发日在当月', '检察业务统计口径'),
  ('documents_due',             '到期应回复件数',       '件', '数量', '回复期限在当月且已到期', '《人民检察院检察建议工作规定》'),
  ('documents_replied',         '收到回复件数',         '件', '数量', '回复日在当月', '检察业务统计口径'),
  ('documents_adopted',         '采纳件数',             '件', '数量', '回复日在当月且采纳', '检察业务统计口径'),
  ('reply_in_time_rate',        '按期回复率',           '件', '比率', '期限内回复件数 ÷ 到期应回复件数', '《人民检察院检察建议工作规定》；分母为已到期文书'),
  ('adoption_rate',             '采纳率',               '件', '比率', '当月采纳件数 ÷ 同期制发件数', '同期口径，可超过 100%')
as definition(indicator, title, unit, kind, formula, source)
