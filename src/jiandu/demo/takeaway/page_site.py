"""食速达: a platform of server-rendered pages, lists paginated by city, licences on the shop's page or one click deeper."""

from __future__ import annotations

import re
from functools import cache
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit

import segno

from jiandu.demo.local_site import MISSING, Reply
from jiandu.demo.takeaway.menus import DISHES
from jiandu.demo.takeaway.scene import Scene
from jiandu.demo.takeaway.shops import Listing, Shop

PAGE_SIZE = 20
ROBOTS = "User-agent: *\nDisallow: /order/\nDisallow: /user/\n"
STYLE = (
    "body{font-family:sans-serif;margin:0;background:#f5f5f5;color:#222}main{max-width:52em;margin:auto;background:#fff;padding:1em 2em}"
    "header{background:#e8542f;color:#fff;padding:.6em 2em}dt{color:#777;display:inline-block;width:7em}dd{display:inline;margin:0}"
    "img{max-width:100%}.tag{background:#2a7;color:#fff;padding:0 .4em;border-radius:3px}footer{padding:1em 2em;color:#999}"
)


def answer(scene: Scene, target: str) -> Reply:
    """The answer to a request target."""
    parts = urlsplit(target)
    path, query = unquote(parts.path), parse_qs(parts.query)
    if path == "/robots.txt":
        return Reply(200, "text/plain; charset=utf-8", ROBOTS.encode())
    if path == "/":
        return page("选择城市", "".join(f'<li><a class="city" href="/city/{code}/shops?page=1">{name}</a></li>' for code, name in scene.city_names.items()))
    if found := re.fullmatch(r"/city/(\d+)/shops", path):
        return listing(scene, found[1], int(query.get("page", ["1"])[0]))
    if found := re.fullmatch(r"/shop/(\w+)(/licence)?", path):
        if found[1] not in scene.listed:
            return MISSING
        return shop_page(scene, *scene.listed[found[1]], hop=query.get("hop", ["0"])[0]) if not found[2] else licence_page(scene, *scene.listed[found[1]])
    if path.startswith("/photo/"):
        return scene.photo(path.removeprefix("/photo/"))
    return MISSING


def page(title: str, body: str) -> Reply:
    """A complete page."""
    text = (
        f'<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>{escape(title)} - 食速达</title><style>{STYLE}</style></head>'
        f"<body><header>食速达外卖</header><main><h1>{escape(title)}</h1>{body}</main><footer>食速达（虚构平台，演示数据）</footer></body></html>"
    )
    return Reply(200, "text/html; charset=utf-8", text.encode())


def listing(scene: Scene, city: str, number: int) -> Reply:
    """A page of a city's shops, with the number of pages."""
    shops = scene.cities.get(city)
    if shops is None:
        return MISSING
    pages = max(1, -(-len(shops) // PAGE_SIZE))
    shown = shops[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    if scene.switch.endless:
        pages, shown = number + 1, shops[:PAGE_SIZE]
    elif not 1 <= number <= pages:
        return MISSING
    card, name = ("shop-card", "shop-name") if scene.switch.layout == 1 else ("sc-x7f", "nm-2k")
    cards = "".join(f'<li class="{card}"><a class="{name}" href="/shop/{one}">{escape(scene.listed[one][1].shop_name)}</a></li>' for one in shown)
    follow = f'<a rel="next" href="/city/{city}/shops?page={number + 1}">下一页</a>' if number < pages else ""
    count = f'<p class="pages" data-total="{pages}">第 {number} 页，共 {pages} 页 {follow}</p>'
    return page(f"{scene.city_names[city]}外卖", f'<ul class="shops">{cards}</ul>{count}')


def shop_page(scene: Scene, shop: Shop, one: Listing, hop: str) -> Reply:
    """A shop: what it is, its licences or the link to them, its menu."""
    if one.shop_id in scene.switch.redirecting:
        return Reply(302, "text/plain", b"", f"/shop/{one.shop_id}?hop={int(hop) + 1 if hop.isdigit() else 1}")
    if one.shop_id in scene.switch.blockless:
        return page("系统升级中", "<p>请稍后再来。</p>")
    tags = ('<span class="tag no-dine-in">无堂食</span> ' if one.no_dine_in else "") + f'<span class="status">{one.status}</span>'
    about = '<p class="about">本店仅提供外卖，不设堂食。</p>' if one.delivery_only else '<p class="about">欢迎到店品尝。</p>'
    facts = {"地址": one.address, "经营主体": shop.operator, "月售": str(shop.orders)}
    block, pair = ("shop-info", "dl") if scene.switch.layout == 1 else ("si-9q", "div")
    pairs = "".join(f"<div><dt>{label}</dt><dd>{escape(value)}</dd></div>" for label, value in facts.items())
    where = f'<p class="map" data-county="{shop.county_code}" data-lat="{shop.latitude}" data-lon="{shop.longitude}">地图</p>'
    body = f'<p>{tags}</p><{pair} class="{block}">{pairs}</{pair}>{where}{about}{licence_part(scene, shop, one)}{menu(shop)}'
    return page(one.shop_name, f'{body}<p>扫码下单：<img class="qr" width="120" src="{code(one.shop_id)}"></p>')


def licence_part(scene: Scene, shop: Shop, one: Listing) -> str:
    """The licences, or the link to the page that shows them, or nothing."""
    shown = one.on(scene.day)
    if shown.depth is None:
        return ""
    if shown.depth:
        return f'<section class="licences"><a class="licence-link" href="/shop/{one.shop_id}/licence">查看商家资质</a></section>'
    return licences(scene, shop, one)


def licences(scene: Scene, shop: Shop, one: Listing) -> str:
    """The licences themselves."""
    shown, parts = one.on(scene.day), []
    if shown.text:
        parts.append(f'<p class="licence-no">许可证编号：{shop.licences[shown.licence].number}</p>')
    if shown.picture:
        parts.append(f'<img class="food-licence" alt="食品经营许可证" src="/photo/{scene.photo_name(one.shop_id, shown.licence)}">')
    if one.business:
        parts.append(f'<img class="business-licence" alt="营业执照" src="/photo/{scene.photo_name(one.shop_id, 1)}">')
    return f'<section class="licences"><h2>商家资质</h2>{"".join(parts)}</section>'


def licence_page(scene: Scene, shop: Shop, one: Listing) -> Reply:
    """The page one click deeper."""
    return page(f"{one.shop_name} 商家资质", licences(scene, shop, one)) if one.on(scene.day).depth else MISSING


def menu(shop: Shop) -> str:
    """The menu by class."""
    parts = []
    for one in shop.classes:
        dishes = "".join(f'<li class="dish">{dish}</li>' for dish in shop.dishes if dish in DISHES[one])
        parts.append(f'<section class="menu"><h3 class="menu-class">{one}</h3><ul>{dishes}</ul></section>')
    return "".join(parts)


@cache
def code(shop_id: str) -> str:
    """The QR code by which a shop is ordered from, as a picture within the page."""
    return str(segno.make(f"https://shisuda.example/s/{shop_id}", micro=False).png_data_uri(scale=3))
