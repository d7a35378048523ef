"""Corrections of Superset's Chinese: strings its pack leaves in English, or gets wrong, that a reader of screens meets."""

from __future__ import annotations

FIXES = {
    # The pack says "Not In" for "Sign in".
    "Sign in": "登录", "Enter your login and password below:": "请输入用户名和密码：", "Username:": "用户名：", "Password:": "密码：",
    "Sign in with": "登录方式", "Personal info": "个人信息", "Forbidden": "无权访问", "Request Access": "申请权限",
    "Set the automatic refresh frequency for this dashboard.": "设置本看板的自动刷新频率。",
    "Set refresh frequency for current session only.": "仅对本次会话设置刷新频率。",
    "Configure automatic dashboard refresh": "设置看板自动刷新",
    "Display the last queried timestamp on charts in the dashboard view": "在看板的图表上显示最近查询时间",
    "No results match your filter criteria": "没有符合筛选条件的结果", "Try different criteria to display results.": "请换用其他条件。",
    "The row limit set for the chart was reached. The chart may show partial data.": "已达到本图表的行数上限，显示的可能只是部分数据。",
    "Failed to load chart data": "图表数据加载失败", "Failed to load chart data.": "图表数据加载失败。",
    "Loading deck.gl layers...": "正在加载地图图层……", "You can also just click on the chart to apply cross-filter.": "也可以直接点击图表进行联动筛选。",
    "Export screenshot (jpeg)": "导出图片（JPEG）", "Download is on the way": "正在下载", "Processing export...": "正在导出……",
    "The screenshot is being generated. Please, do not leave the page.": "正在生成截图，请勿离开本页。",
    "The screenshot could not be downloaded. Please, try again later.": "截图下载失败，请稍后再试。",
    "Right-click on a dimension value to drill to detail by that value.": "右击某个维度值可查看其明细。",
    "Shift + Click to sort by multiple columns": "按住 Shift 点击可按多列排序",
    "Apply custom CSS to the dashboard. Use class names or element selectors to target specific components.": "为看板设置自定义样式。",
    "restore zoom": "还原缩放", "Subtotal": "小计", "Dynamic": "动态", "Copy URL": "复制链接", "Not in": "不包含", "not containing": "不包含",
    "is not": "不是", "Like": "包含", "In": "属于", "of": "/", "Match system": "跟随系统", "Invalid input": "输入有误",
    "Please choose a valid value": "请选择有效的值", "Please fix the following errors": "请更正以下错误", "[untitled customization]": "［未命名］",
}


def correct(pack: dict[str, object]) -> dict[str, object]:
    """Superset's language pack (Jed format) with the corrections put in."""
    words = pack["locale_data"]["superset"]  # type: ignore[index]
    words.update({english: [chinese] for english, chinese in FIXES.items()})
    return pack
