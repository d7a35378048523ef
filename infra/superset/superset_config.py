"""Superset's configuration, named by SUPERSET_CONFIG_PATH. Addresses and secrets come from the environment, nothing else does.

``jiandu.services.superset.environment`` sets the variables for the embedded server; a province sets them itself.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path

from superset.config import THEME_DEFAULT as SHIPPED_THEME

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))  # so that chinese.py beside this file is found
HOME = Path(os.environ["SUPERSET_HOME"])
HTTPS = os.environ.get("SUPERSET_HTTPS") == "1"
REDIS = os.environ.get("SUPERSET_REDIS_URL", "")

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
GUEST_TOKEN_JWT_SECRET = os.environ["SUPERSET_GUEST_SECRET"]
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_METADATA_URI"]

# --- Chinese -------------------------------------------------------------------------------------------------------------
APP_NAME = "检察大数据法律监督平台"
BABEL_DEFAULT_LOCALE = "zh"
BABEL_DEFAULT_TIMEZONE = "Asia/Shanghai"
LANGUAGES = {"zh": {"flag": "cn", "name": "简体中文"}, "en": {"flag": "us", "name": "English"}}
D3_FORMAT = {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["¥", ""]}
D3_TIME_FORMAT = {
    "dateTime": "%Y年%-m月%-d日 %H:%M:%S", "date": "%Y-%m-%d", "time": "%H:%M:%S", "periods": ["上午", "下午"],
    "days": ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
    "shortDays": ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
    "months": ["一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"],
    "shortMonths": [f"{month}月" for month in range(1, 13)],
}

# --- looks ---------------------------------------------------------------------------------------------------------------
FAVICONS = [{"href": "/brand/icon.svg"}]
THEME_DEFAULT = {
    **SHIPPED_THEME,
    "token": {
        **SHIPPED_THEME["token"],
        "brandAppName": APP_NAME, "brandLogoAlt": APP_NAME, "brandLogoUrl": "/brand/logo.svg", "brandLogoHref": "/superset/welcome/",
        "brandLogoHeight": "32px", "brandLogoMargin": "12px 0", "brandIconMaxWidth": 240,
        "colorPrimary": "#1F4E9E", "colorLink": "#1F4E9E", "colorError": "#C8102E", "colorWarning": "#E8A317", "colorSuccess": "#2E7D4F",
        "fontFamily": "'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', Inter, Helvetica, Arial, sans-serif",
    },
}
THEME_DARK = None
ENABLE_UI_THEME_ADMINISTRATION = False
THEME_FONT_URL_ALLOWED_DOMAINS: list[str] = []

# --- what is on ----------------------------------------------------------------------------------------------------------
FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,
    "DASHBOARD_VIRTUALIZATION": True,
    # Reports run as one fixed user, past the row rules; a guest role is exempt from the base rule: off until they are scoped.
    "ALERT_REPORTS": False,
    "EMBEDDED_SUPERSET": False,
    # Templates in queries would let an editor of charts read the server's variables.
    "ENABLE_TEMPLATE_PROCESSING": False,
}
SUPERSET_DASHBOARD_PERIODICAL_REFRESH_LIMIT = 10
DASHBOARD_AUTO_REFRESH_MODE = "fetch"
DASHBOARD_AUTO_REFRESH_INTERVALS = [[0, "不刷新"], [10, "10 秒"], [15, "15 秒"], [30, "30 秒"], [60, "1 分钟"], [300, "5 分钟"]]
ROW_LIMIT = 10_000
SQL_MAX_ROW = 50_000
SUPERSET_WEBSERVER_TIMEOUT = 60

# --- caches: short for data, so that a live screen is live -----------------------------------------------------------------


def cache(name: str, seconds: int) -> dict[str, object]:
    """A cache in files for one machine, in Redis where the province names one."""
    shared = {"CACHE_DEFAULT_TIMEOUT": seconds, "CACHE_KEY_PREFIX": f"superset_{name}_"}
    if REDIS:
        return shared | {"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": REDIS}
    return shared | {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(HOME / "cache" / name), "CACHE_THRESHOLD": 2000}


CACHE_CONFIG = cache("metadata", 3600)
DATA_CACHE_CONFIG = cache("data", 10)
FILTER_STATE_CACHE_CONFIG = cache("filter", 90 * 24 * 3600)
EXPLORE_FORM_DATA_CACHE_CONFIG = cache("explore", 7 * 24 * 3600)

# --- hardening -----------------------------------------------------------------------------------------------------------
PREVENT_UNSAFE_DB_CONNECTIONS = True
WTF_CSRF_ENABLED = True
PERMANENT_SESSION_LIFETIME = timedelta(hours=8)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
ENABLE_PROXY_FIX = os.environ.get("SUPERSET_BEHIND_PROXY") == "1"
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = REDIS or "memory://"
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "10 per 20 second"
AUTH_USER_REGISTRATION = False
TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "content_security_policy": {
        "base-uri": ["'self'"], "default-src": ["'self'"], "connect-src": ["'self'"], "object-src": "'none'", "frame-ancestors": ["'self'"],
        # No foreign image: the telemetry pixel of the shipped configuration would leave the work network.
        "img-src": ["'self'", "blob:", "data:"], "worker-src": ["'self'", "blob:"],
        "style-src": ["'self'", "'unsafe-inline'"], "font-src": ["'self'", "data:"], "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
    "force_https": HTTPS,
    "session_cookie_secure": HTTPS,
}


def FLASK_APP_MUTATOR(app) -> None:  # type: ignore[no-untyped-def]
    """Serve brand/ and the corrected Chinese pack; the shipped address of the pack wants a login and the login page needs it."""
    from chinese import correct
    from flask import request, send_from_directory
    from superset.translations.utils import get_language_pack

    pack = correct(get_language_pack("zh"))

    @app.before_request
    def chinese_pack():  # type: ignore[no-untyped-def]
        return app.json.response(pack) if request.path == "/superset/language_pack/zh/" else None

    @app.route("/brand/<path:name>")
    def brand(name: str):  # type: ignore[no-untyped-def]
        return send_from_directory(HERE / "brand", name)


# --- the province's own: logins by OIDC or LDAP, for example -----------------------------------------------------------------
if site_config := os.environ.get("SUPERSET_SITE_CONFIG"):
    exec(compile(Path(site_config).read_text("utf-8"), site_config, "exec"))
