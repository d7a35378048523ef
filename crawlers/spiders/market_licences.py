"""Food business licences on the market regulator's public list (in the demo, the local test site)."""

from __future__ import annotations

from crawlers.platforms.public_list import PublicList
from jiandu.settings import settings


class MarketLicences(PublicList):
    """One page a licence."""

    name = "market_licences"
    contract = "market__food_licence"
    address = settings().licence_site or f"http://127.0.0.1:{settings().port('site')}"
    legal_basis = "《食品经营许可和备案管理办法》许可信息公示；《网络数据安全管理条例》第十八条"
    purpose = "food licences shown by delivery shops are checked against the register"
    list_path = "/licences/"
    detail_links = "table.licences a.licence::attr(href)"
    next_link = "a[rel=next]::attr(href)"
    pairs = "dl.licence > div"
    key = "许可证编号"
