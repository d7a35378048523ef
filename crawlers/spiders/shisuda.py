"""食速达 (fictional): pages rendered by the server."""

from __future__ import annotations

from crawlers.platforms.shop_pages import ShopPages
from jiandu.settings import settings


class Shisuda(ShopPages):
    """One page a shop."""

    name, contract, platform, address = "shisuda", "platform__takeaway_shop", "食速达", settings().takeaway_site(0)
    city_links, list_entries, shop_links, last_page = "a.city::attr(href)", "ul.shops > li", "li.shop-card a::attr(href)", ".pages::attr(data-total)"
    shop_path = "/shop/{id}"
    shows = {
        "店名": "//dl[@class='shop-info']/ancestor::main/h1/text()", "页面地址": "地址：", "公示主体": "经营主体：", "月售": "月售：",
        "行政区划代码": ".map::attr(data-county)", "纬度": ".map::attr(data-lat)", "经度": ".map::attr(data-lon)",
        "菜品分类": ".menu-class::text", "菜品": "li.dish::text", "营业状态": ".status::text",
    }
    flags = {"无堂食标识": ".no-dine-in", "自述仅外卖": "//p[contains(., '仅提供外卖')]"}
    licence_number, licence_link = ".licence-no::text", ".licence-link::attr(href)"
    food_picture, business_picture = "img.food-licence::attr(src)", "img.business-licence::attr(src)"
