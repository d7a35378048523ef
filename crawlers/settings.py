"""Politeness, for every spider: robots.txt obeyed, self-throttling, an agent that can be identified, no log-in, no cookies.

Scrapy reads this module (scrapy.cfg); a spider may be slower than this, never ruder.
"""

from __future__ import annotations

import os

from jiandu.settings import settings

os.environ.setdefault("TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS", "")  # or tldextract tries to download the suffix list

BOT_NAME = "jiandu"
SPIDER_MODULES = ["crawlers.spiders"]

USER_AGENT = f"Jiandu/0.1 (reads public registers for legal supervision; contact {settings().mail_from})"
ROBOTSTXT_USER_AGENT = "Jiandu"
ROBOTSTXT_OBEY = True
COOKIES_ENABLED = False
REDIRECT_MAX_TIMES = 3

CONCURRENT_REQUESTS_PER_DOMAIN = 2
DOWNLOAD_DELAY = 1.0
AUTOTHROTTLE_ENABLED = True
AUTOTHROTTLE_START_DELAY = 1.0
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
RETRY_TIMES = 2

# Conditional requests: an unchanged page is asked for with its ETag and costs the site nothing; a broken-off crawl resumes from here.
HTTPCACHE_ENABLED = True
HTTPCACHE_POLICY = "scrapy.extensions.httpcache.RFC2616Policy"
HTTPCACHE_DIR = str(settings().home.resolve() / "crawl" / "cache")

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # no listeners
LOG_LEVEL = "INFO"
