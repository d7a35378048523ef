"""百味到家: a platform whose pages are drawn by a script from a JSON interface, paginated by offset."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from jiandu.demo.local_site import MISSING, Reply
from jiandu.demo.takeaway.scene import Scene
from jiandu.demo.takeaway.shops import Listing, Shop

LIMIT = 30
ROBOTS = "User-agent: *\nDisallow: /api/orders\nDisallow: /api/users\n"
SHELL = """<!doctype html><html lang="zh"><head><meta charset="utf-8"><title>百味到家</title>
<style>body{font-family:sans-serif;max-width:46em;margin:1em auto}h1{color:#06c}img{max-width:100%}.tag{background:#06c;color:#fff;padding:0 .4em}</style>
</head><body><main id="app">载入中…</main><footer>百味到家（虚构平台，演示数据）</footer><script src="/app.js"></script></body></html>"""
SCRIPT = """const app=document.getElementById('app');
const text=(tag,value,cls)=>{const e=document.createElement(tag);e.textContent=value;if(cls)e.className=cls;return e};
const get=async path=>(await fetch(path)).json();
const qualified=async shop=>shop.qualification||(shop.qualificationUrl?get(shop.qualificationUrl):{images:[]});
async function show(){const id=location.hash.split('/')[2];app.textContent='';
 if(!id){for(const city of (await get('/api/cities')).cities)app.append(text('p',city.name));return}
 const shop=await get('/api/shops/'+id);app.append(text('h1',shop.name),text('p',shop.address));
 if(shop.noDineIn)app.append(text('span','无堂食','tag'));
 app.append(text('p',shop.intro),text('p','经营主体：'+shop.operator),text('h2','商家资质'));
 const q=await qualified(shop);if(q.licenceNo)app.append(text('p','许可证编号：'+q.licenceNo));
 for(const image of q.images){const e=document.createElement('img');e.src=image.url;e.alt=image.type;app.append(e)}
 for(const group of shop.menu){app.append(text('h3',group.name),text('p',group.items.join('、')))}}
addEventListener('hashchange',show);show();"""


def answer(scene: Scene, target: str) -> Reply:
    """The answer to a request target."""
    parts = urlsplit(target)
    path, query = unquote(parts.path), parse_qs(parts.query)
    if path == "/robots.txt":
        return Reply(200, "text/plain; charset=utf-8", ROBOTS.encode())
    if path == "/":
        return Reply(200, "text/html; charset=utf-8", SHELL.encode())
    if path == "/app.js":
        return Reply(200, "text/javascript; charset=utf-8", SCRIPT.encode())
    if path == "/api/cities":
        return told({"cities": [{"code": code, "name": name} for code, name in scene.city_names.items()]})
    if path == "/api/shops":
        return listing(scene, query.get("city", [""])[0], int(query.get("offset", ["0"])[0]))
    if found := re.fullmatch(r"/api/shops/([\w-]+)(/qualification)?", path):
        if found[1] not in scene.listed:
            return MISSING
        shop, one = scene.listed[found[1]]
        return told(qualification(scene, shop, one)) if found[2] else shop_answer(scene, shop, one, query.get("hop", ["0"])[0])
    return scene.photo(path.removeprefix("/img/")) if path.startswith("/img/") else MISSING


def told(value: dict[str, Any]) -> Reply:
    """A JSON answer."""
    return Reply(200, "application/json; charset=utf-8", json.dumps(value, ensure_ascii=False).encode())


def listing(scene: Scene, city: str, offset: int) -> Reply:
    """A stretch of a city's shops; ``next`` is the following offset or null."""
    shops = scene.cities.get(city)
    if shops is None:
        return MISSING
    shown, following = shops[offset : offset + LIMIT], offset + LIMIT if offset + LIMIT < len(shops) else None
    if scene.switch.endless:
        shown, following = shops[:LIMIT], offset + LIMIT
    name = "items" if scene.switch.layout == 1 else "records"
    return told({"total": len(shops), name: [{"id": one, "name": scene.listed[one][1].shop_name} for one in shown], "next": following})


def shop_answer(scene: Scene, shop: Shop, one: Listing, hop: str) -> Reply:
    """A shop as the interface tells it."""
    if one.shop_id in scene.switch.redirecting:
        return Reply(302, "text/plain", b"", f"/api/shops/{one.shop_id}?hop={int(hop) + 1 if hop.isdigit() else 1}")
    if one.shop_id in scene.switch.blockless:
        return told({"message": "系统升级中"})
    from jiandu.demo.takeaway.menus import DISHES

    depth = one.on(scene.day).depth
    link: dict[str, Any] = {"qualificationUrl": f"/api/shops/{one.shop_id}/qualification"} if depth else {}
    here: dict[str, Any] = {"qualification": qualification(scene, shop, one)} if depth == 0 else {}
    told_name = "name" if scene.switch.layout == 1 else "title"
    return told({
        "id": one.shop_id, told_name: one.shop_name, "status": one.status, "address": one.address, "county": shop.county_code, "operator": shop.operator,
        "location": {"lat": shop.latitude, "lon": shop.longitude}, "monthSales": shop.orders, "noDineIn": one.no_dine_in,
        "intro": "本店仅提供外卖，不设堂食。" if one.delivery_only else "欢迎到店品尝。",
        "menu": [{"name": name, "items": [dish for dish in shop.dishes if dish in DISHES[name]]} for name in shop.classes], **link, **here,
    })


def qualification(scene: Scene, shop: Shop, one: Listing) -> dict[str, Any]:
    """The licences: photos by type, the number as text where the shop gives it."""
    shown = one.on(scene.day)
    images = [{"type": "food", "url": f"/img/{scene.photo_name(one.shop_id, shown.licence)}"}] if shown.picture else []
    images += [{"type": "business", "url": f"/img/{scene.photo_name(one.shop_id, 1)}"}] if one.business else []
    return {"images": images, **({"licenceNo": shop.licences[shown.licence].number} if shown.text else {})}
