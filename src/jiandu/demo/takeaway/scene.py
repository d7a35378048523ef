"""What both platforms know: the shops they list by city, by id, and the photos of each, under the switch of the moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from jiandu.demo import places
from jiandu.demo.local_site import MISSING, Reply
from jiandu.demo.takeaway.pictures import Album
from jiandu.demo.takeaway.shops import Listing, Shop
from jiandu.demo.takeaway.switch import Switch
from jiandu.demo.takeaway.world import build


@dataclass
class Scene:
    """One platform under one state of the switch."""

    platform: str
    switch: Switch
    album: Album
    shops: list[Shop]

    @cached_property
    def listed(self) -> dict[str, tuple[Shop, Listing]]:
        """Shop and listing by id."""
        return {one.shop_id: (shop, one) for shop in self.shops for one in shop.listings if one.platform == self.platform}

    @cached_property
    def cities(self) -> dict[str, list[str]]:
        """Ids of the shops by city code; a city without shops has none."""
        found: dict[str, list[str]] = {county.city_code: [] for county in places.counties()}
        city = {county.code: county.city_code for county in places.counties()}
        for shop_id, (shop, _) in [] if self.switch.empty else self.listed.items():
            found[city[shop.county_code]].append(shop_id)
        return found

    @cached_property
    def city_names(self) -> dict[str, str]:
        """Name by city code."""
        return {county.city_code: county.city_name for county in places.counties()}

    @property
    def day(self) -> date:
        """The day it is."""
        return self.switch.on()

    def photo_name(self, shop_id: str, place: int) -> str:
        """File name of a photo; a hostile one climbs out of every folder."""
        if shop_id in self.switch.hostile:
            return f"..%2F..%2F..%2F..%2Ftmp%2Fjiandu-{shop_id}-{place}.jpg"
        return f"{shop_id}-{place}.jpg"

    def photo(self, name: str) -> Reply:
        """The photo of a file name."""
        stem, _, place = name.rpartition("/")[2].removesuffix(".jpg").removeprefix("jiandu-").rpartition("-")
        if stem not in self.listed or not place.isdigit() or int(place) >= len(self.listed[stem][0].licences):
            return MISSING
        if stem in self.switch.no_picture:
            return Reply(200, "text/html; charset=utf-8", "<!doctype html><title>登录</title><p>请先登录后查看图片</p>".encode())
        return Reply(200, "image/jpeg", self.album.photo(*self.listed[stem], int(place)))


def scene(platform: str, switch: Switch) -> Scene:
    """The platform as the switch says."""
    return Scene(platform, switch, Album(switch.seed, switch.stand_ins), build(switch.seed, date.fromisoformat(switch.today), switch.shops, switch.clean))
