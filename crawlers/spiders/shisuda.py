"""食速达 (fictional): pages rendered by the server."""

from __future__ import annotations

from crawlers.platforms.shop_pages import ShopPages
from jiandu.settings import settings


class Shisuda(ShopPages):
    """One page a shop."""

    name = "shisuda"
    contract = "platform__takeaway_shop"
    platform = "食速达"
    address = settings().takeaway_site(0)
    legal_basis = "《电子商务法》第十五条；《网络餐饮服务食品安全监督管理办法》第九条；《网络数据安全管理条例》第十八条"
    purpose = "licences that delivery shops must show are checked against the registers"
    list_path, city_links = "/", "a.city::attr(href)"
    list_entries, shop_links, last_page = "ul.shops > li", "li.shop-card a::attr(href)", ".pages::attr(data-total)"
    id_pattern = r"/shop/(\w+)"
    shows = {  # noqa: RUF012
        "店名": "//dl[@class='shop-info']/ancestor::main/h1/text()", "页面地址": "//dt[.='地址']/../dd/text()", "公示主体": "//dt[.='经营主体']/../dd/text()",
        "月售": "//dt[.='月售']/../dd/text()", "行政区划代码": ".map::attr(data-county)", "纬度": ".map::attr(data-lat)", "经度": ".map::attr(data-lon)",
        "菜品分类": ".menu-class::text", "菜品": "li.dish::text", "营业状态": ".status::text",
    }
    flags = {"无堂食标识": ".no-dine-in", "自述仅外卖": "//p[contains(., '仅提供外卖')]"}  # noqa: RUF012
    licence_number, licence_link = ".licence-no::text", ".licence-link::attr(href)"
    pictures = {"许可证图片": "img.food-licence::attr(src)", "营业执照图片": "img.business-licence::attr(src)"}  # noqa: RUF012
