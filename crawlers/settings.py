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
CONCURRENT_ITEMS = 1  # Scrapy starts that many tasks for every answer's items; ours have one, and no pipeline to wait for
DOWNLOAD_TIMEOUT = 30
DOWNLOAD_MAXSIZE = 10 * 1024 * 1024
RETRY_TIMES = 2

# Bytes as the site sends them are the bytes that are hashed and kept.
COMPRESSION_ENABLED = False
DEFAULT_REQUEST_HEADERS = {"Accept": "text/html,application/json;q=0.9,*/*;q=0.8", "Accept-Language": "zh-CN,zh;q=0.9", "Accept-Encoding": "identity"}

# The fence stands before everything. Recording sits next to the wire; above it unchanged pages are asked for with their ETag, and refusals make the
# crawl pause.
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None, "jiandu.crawl.fence.Fence": 50,
    "scrapy.downloadermiddlewares.retry.RetryMiddleware": None, "jiandu.crawl.backoff.Backoff": 550,
    "scrapy.downloadermiddlewares.httpcache.HttpCacheMiddleware": None, "jiandu.crawl.cache.Revalidate": 900,
    "jiandu.crawl.recording.Recording": 950,
}
RETRY_HTTP_CODES = [403, 408, 429, 500, 502, 503, 504]
JIANDU_FIRST_PAUSE = 5.0
HTTPCACHE_ENABLED = True
HTTPCACHE_POLICY = "jiandu.crawl.cache.AskAgain"
HTTPCACHE_STORAGE = "jiandu.crawl.cache.KeptPages"

# What the crawl was like is judged at its end; only then does its delivery land.
SPIDERMON_ENABLED = True
EXTENSIONS = {"spidermon.contrib.scrapy.extensions.Spidermon": 500}
SPIDERMON_ENGINE_STOP_MONITORS = ["jiandu.crawl.monitors.SiteSuite"]

TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False  # no listeners
LOG_LEVEL = "INFO"
