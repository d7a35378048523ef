"""Ordinary chatter: sentences from patterns and word lists of our own, no two boards alike. Nothing in it is anybody's real post.

Many of its words are those a careless filter trips over (女儿, 路口交通, 手机, 卡, 打, 烟): what is ordinary must stay silent.
"""

from __future__ import annotations

import re
from random import Random

from jiandu.demo import lexicon

WORDS = {
    "food": "黄焖鸡 兰州拉面 麻辣烫 鸡蛋灌饼 番茄炒蛋 土豆丝盖饭 酸菜鱼 煎饼 豆浆油条 炒河粉 卤肉饭 羊肉泡馍",
    "course": "数学 语文 英语 物理 化学 体育 历史 地理 生物 信息技术 美术",
    "mood": "挺好的 有点累 笑死我了 还行吧 太难了 开心 无语 舒服 困得不行 满意 心情不错",
    "place": "滨江公园 图书馆 体育馆 老城墙 湿地公园 美食街 科技馆 动物园 云栖湖 植物园 电影院 书店",
    "street": "路 ".join([*lexicon.STREETS, ""]),
    "weather": "下雨 降温 刮大风 出太阳 起雾 下冰雹 闷热 飘小雪",
    "gadget": "自行车 台灯 显示器 吉他 羽毛球拍 书桌 电饭煲 键盘 耳机 相机 婴儿车 旧手机 平板电脑 跑步机 课本 考研资料",
    "wear": "九成新 八成新 全新未拆 有点划痕 用了半年 闲置很久",
    "price": "20 35 50 68 80 100 120 150 188 200 260 300 450 800 1200",
    "number": "两 三 四 五 六 七 八 九 十",
    "hour": "七点 八点 九点半 中午 下午三点 傍晚 晚上八点 凌晨",
    "kin": "女儿 儿子 外甥 小侄女 孩子 弟弟 妹妹 外孙女 闺女",
    "grade": "一年级 三年级 五年级 初一 初二 初三 高一 高二 大一 幼儿园大班",
    "hobby": "画画 打篮球 下围棋 弹钢琴 跳绳 骑车 游泳 写毛笔字 跳舞 看漫画 踢足球 打羽毛球",
    "trade": "奶茶店 火锅店 超市 物流园 书店 健身房 培训机构 酒店 快递驿站 花店 面包房 4S店",
    "job": "店员 收银员 分拣员 前台 服务员 会计 电工 司机 配菜 导购 客服 保洁",
    "teacher": "老师 ".join([*"王李张刘陈杨黄赵周吴", ""]),
    "jam": "排了很长的队 车流缓行 有剐蹭 信号灯坏了 在修路 交警在指挥交通 有点堵 畅通 限行 封了一条车道",
    "team": "云泽飞鹰 青屿 望川 主队 客队 校队 隔壁班",
    "thing": "钥匙 水杯 饭卡 公交卡 雨伞 校服 书包 眼镜 充电宝 学生证 身份证",
    "tail": "有人一起吗 求推荐 谢谢大家 大家怎么看 路过的说一声 先谢过了 坐标城东 别介意 哈哈哈 真的 就这样吧 记录一下 求回复",
    "show": "新剧 演唱会 纪录片 那部电影 综艺 联欢晚会 画展 话剧 相声 动画片",
}
"""Words by slot of a pattern."""
SLOTS = {name: words.split() for name, words in WORDS.items()}

PATTERNS = {
    "campus": [
        "今天{course}课{mood}，{tail}", "食堂的{food}{price}毛钱一份，{mood}", "捡到一个{thing}，放在{teacher}办公室了，{tail}",
        "{course}作业还剩{number}页，{mood}", "{hour}图书馆还有位子吗，{tail}", "运动会{team}赢了，{mood}",
        "{teacher}讲的{course}我终于听懂了，{mood}", "体育课练{hobby}，腿酸死了，{tail}", "想加入{hobby}社团，{tail}",
        "丢了{thing}，{hour}在操场附近，捡到请告诉我", "补办学生饭卡要去哪个窗口，{tail}", "{grade}的同学{course}考得怎么样，{mood}",
        "手机被{teacher}收走了，周五才还，{mood}", "宿舍熄灯太早了，{tail}", "明天{weather}，早操取消，{mood}",
    ],
    "chat": [
        "{weather}了，{place}的人少了一半，{mood}", "周末去{place}，排队排到{hour}，{mood}", "{show}看了{number}遍，{mood}",
        "{street}新开的{food}味道{mood}", "昨晚{team}那场球，{mood}，{tail}", "家里的猫又把{thing}弄丢了，{tail}", "想学{hobby}，零基础，{tail}",
        "今天路过{place}，桂花开了，{mood}", "{hour}还在加班，{mood}", "减肥第{number}天，又吃了{food}，{mood}", "戒烟第{number}天，{mood}",
        "外婆做的{food}最好吃，想她了，{tail}", "{show}的票抢不到，{tail}", "打了一下午游戏，{mood}", "快递放在{street}驿站三天了，{tail}",
    ],
    "market": [
        "出{wear}的{gadget}，{price}元，同城自提", "收一台{gadget}，{price}元以内，{tail}", "{gadget}换{gadget}，{wear}，{tail}",
        "搬家处理{gadget}，{price}元带走，{wear}", "{gadget}，{wear}，原价{price}元的两倍，{street}当面看货", "求购{grade}课本，{tail}",
        "{gadget}送人，{street}自取，先到先得",
    ],
    "jobs": [
        "{trade}招{job}{number}名，年满十八周岁，签合同，{street}面试", "{trade}诚聘{job}，月休{number}天，包吃住，要求成年",
        "有没有{trade}的长期工，我做过{job}，{tail}", "今天面试{job}，{mood}，{tail}", "{trade}转让，{street}，接手即可营业",
        "会计证考下来了，找{trade}附近的工作，{tail}", "{job}工资按月发，缴社保，{hour}到岗",
    ],
    "traffic": [
        "{street}与{street}路口交通{jam}，{tail}", "{hour}{street}{jam}，建议绕行{street}", "{weather}，{street}路口积水，{jam}",
        "{street}公交改道，{tail}", "{place}门口{jam}，接孩子的家长慢一点", "{street}路口交通事故已经处理完，{jam}", "{hour}地铁{jam}，{mood}",
    ],
    "parents": [
        "{kin}{grade}了，{hobby}报哪个班好，{tail}", "我家{kin}最近迷上{hobby}，{mood}", "{kin}{course}跟不上，{teacher}建议多读，{tail}",
        "{grade}的{kin}几点睡合适，{tail}", "给{kin}买电话手表，{price}元的够用吗，{tail}", "{kin}说{food}不好吃，{mood}",
        "放学去接{kin}，{street}{jam}", "{kin}第一次自己坐公交，{mood}", "家长会{teacher}说手机要少看，{tail}",
        "{kin}的手机卡是用我的身份证办的，这样对吗，{tail}",
    ],
}
"""Patterns by board."""
NICKNAMES = "听雨 阿远 小橘子 晚风 木木 云上 青石板 一只鹿 长街 豆包 南山 拾光 夏末 米粒 老陈 北岸 星河 麦田 阿泽 纸船"


def sentence(draws: Random, board: str) -> str:
    """One post of a board."""
    return filled(draws, draws.choice(PATTERNS[board]))


def filled(draws: Random, pattern: str) -> str:
    """A pattern with its slots filled."""
    return re.sub(r"\{(\w+)\}", lambda slot: draws.choice(SLOTS[slot[1]]), pattern)


def nickname(draws: Random) -> str:
    """The name of an account."""
    return f"{draws.choice(NICKNAMES.split())}{draws.randrange(10, 9999)}"
