"""百味到家 (fictional): pages drawn by a script from a JSON interface."""

from __future__ import annotations

from crawlers.platforms.shop_api import ShopApi
from jiandu.settings import settings


class Baiwei(ShopApi):
    """One answer a shop."""

    name = "baiwei"
    contract = "platform__takeaway_shop"
    platform = "百味到家"
    address = settings().takeaway_site(1)
    legal_basis = "《电子商务法》第十五条；《网络餐饮服务食品安全监督管理办法》第九条；《网络数据安全管理条例》第十八条"
    purpose = "licences that delivery shops must show are checked against the registers"
    shell, list_path, city_codes = ("/", "/app.js"), "/api/cities", "cities[].code"
    city_list, shop_ids, listed, next_offset = "/api/shops?city={city}&offset={offset}", "items[].id", "total", "next"
    shop_path, shown_path = "/api/shops/{id}", "/#/shops/{id}"
    shows = {  # noqa: RUF012
        "店名": "name", "页面地址": "address", "公示主体": "operator", "月售": "monthSales", "行政区划代码": "county", "纬度": "location.lat",
        "经度": "location.lon", "菜品分类": "menu[].name", "菜品": "menu[].items[]", "营业状态": "status", "无堂食标识": "noDineIn",
        "自述仅外卖": "contains(intro, '仅提供外卖')",
    }
    licence_number, licence_link = "qualification.licenceNo || licenceNo", "qualificationUrl"
    pictures = {  # noqa: RUF012
        "许可证图片": "(qualification.images || images)[?type=='food'].url | [0]",
        "营业执照图片": "(qualification.images || images)[?type=='business'].url | [0]",
    }
