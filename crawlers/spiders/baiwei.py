"""百味到家 (fictional): pages drawn by a script from a JSON interface."""

from __future__ import annotations

from crawlers.platforms.shop_api import ShopApi
from jiandu.settings import settings


class Baiwei(ShopApi):
    """One answer a shop."""

    name, contract, platform, address = "baiwei", "platform__takeaway_shop", "百味到家", settings().takeaway_site(1)
    shell, list_path, city_codes = ("/", "/app.js"), "/api/cities", "cities[].code"
    city_list, shop_ids, listed, next_offset = "/api/shops?city={city}&offset={offset}", "items[].id", "total", "next"
    shop_path, shown_path = "/api/shops/{id}", "/#/shops/{id}"
    shows = {
        "店名": "name", "页面地址": "address", "公示主体": "operator", "月售": "monthSales", "行政区划代码": "county", "纬度": "location.lat",
        "经度": "location.lon", "菜品分类": "menu[].name", "菜品": "menu[].items[]", "营业状态": "status", "无堂食标识": "noDineIn",
        "自述仅外卖": "contains(intro, '仅提供外卖')",
    }
    licence_number, licence_link, pictures = "qualification.licenceNo || licenceNo", "qualificationUrl", "(qualification.images || images)"
    food_picture, business_picture = f"{pictures}[?type=='food'].url | [0]", f"{pictures}[?type=='business'].url | [0]"
