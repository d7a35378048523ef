"""Trades of the shops: what they sell, and which licensed items that takes (食品经营许可和备案管理办法, 经营项目)."""

from __future__ import annotations

from dataclasses import dataclass

HOT, COLD, RAW, CAKE, DRINK = "热食类食品制售", "冷食类食品制售", "生食类食品制售", "糕点类食品制售（含裱花蛋糕）", "自制饮品制售"
DISHES = {
    "热菜": ["红烧肉", "鱼香肉丝", "麻婆豆腐", "宫保鸡丁", "回锅肉", "番茄炒蛋", "青椒肉丝"], "面食": ["牛肉面", "酸辣粉", "炸酱面", "杂酱小面", "鲜肉水饺"],
    "火锅": ["鸳鸯锅", "毛肚", "鲜切牛肉", "豆皮", "宽粉"], "凉菜": ["拍黄瓜", "夫妻肺片", "凉拌木耳", "口水鸡", "皮蛋豆腐"],
    "刺身": ["三文鱼刺身", "甜虾刺身", "北极贝刺身"], "裱花蛋糕": ["六寸生日蛋糕", "水果裱花蛋糕", "奶油裱花蛋糕"],
    "奶茶": ["珍珠奶茶", "柠檬水", "杨枝甘露", "芋泥奶茶"],
    "主食": ["米饭", "馒头", "葱油饼"], "零食": ["袋装薯片", "盒装饼干", "坚果礼盒"], "瓶装饮料": ["瓶装矿泉水", "罐装可乐", "盒装牛奶"],
}
"""Class of the menu → dishes."""
ALL_ITEMS = "、".join((HOT, COLD, RAW, CAKE, DRINK))
NEEDS = {"热菜": HOT, "面食": HOT, "火锅": HOT, "主食": HOT, "凉菜": COLD, "刺身": RAW, "裱花蛋糕": CAKE, "奶茶": DRINK}
"""Class of the menu → item its making takes; prepackaged goods take none."""


@dataclass(frozen=True)
class Trade:
    """A kind of shop: its word in names, the classes on its menu."""

    word: str
    classes: tuple[str, ...]

    @property
    def items(self) -> tuple[str, ...]:
        """The licensed items its menu takes."""
        return tuple(dict.fromkeys(NEEDS[one] for one in self.classes if one in NEEDS))


TRADES = [
    Trade("小吃店", ("热菜", "主食")), Trade("面馆", ("面食",)), Trade("火锅店", ("火锅", "主食")), Trade("家常菜馆", ("热菜", "凉菜", "主食")),
    Trade("川菜馆", ("热菜", "凉菜", "面食")), Trade("寿司店", ("刺身", "凉菜", "主食")), Trade("烘焙坊", ("裱花蛋糕",)), Trade("奶茶店", ("奶茶",)),
]
COOKED = TRADES[:5]
CONVENIENCE = Trade("便利店", ("零食", "瓶装饮料"))
"""Sells prepackaged food only: a filing, no licence (食品安全法 35)."""
