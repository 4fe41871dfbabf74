"""Settings, all from the environment; `yiwang settings` lists them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path


def _default_data() -> Path:
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "yiwang"


def _env(name: str, default: str, zh: str, en: str) -> str:
    return field(default=default, metadata={"name": name, "zh": zh, "en": en})


@dataclass(frozen=True)
class Settings:
    """What a deployment may choose. Read once, where the program starts."""

    data: str = _env("YIWANG_DATA", "", "数据目录（数据库、照片、密钥）", "data folder: database, photos, keys")
    host: str = _env("YIWANG_HOST", "127.0.0.1", "监听地址", "address to listen on")
    port: str = _env("YIWANG_PORT", "8000", "监听端口", "port to listen on")
    database_url: str = _env(
        "YIWANG_DATABASE_URL",
        "",
        "PostgreSQL ≥ 15 的地址；不设则用自带的数据库",
        "a PostgreSQL ≥ 15; the bundled one when empty",
    )
    app_database_url: str = _env(
        "YIWANG_APP_DATABASE_URL",
        "",
        "应用自己的数据库账号（只属于 yiwang_app）；自带数据库不必设",
        "the application's own login (yiwang_app alone); the bundled server needs none",
    )
    files_url: str = _env(
        "YIWANG_FILES_URL",
        "",
        "照片存储地址（file:// 或 s3://）；不设则存数据目录",
        "where photos live (file:// or s3://); the data folder when empty",
    )
    demo: str = _env(
        "YIWANG_DEMO",
        "",
        "演示模式（1 为开）：一键登录，只允许本机访问",
        "demo mode (1 is on): one-click sign-ins, loopback only",
    )
    hash: str = _env("YIWANG_LEDGER_HASH", "sha256", "台账摘要算法：sha256 或 sm3", "ledger digest: sha256 or sm3")
    signature: str = _env(
        "YIWANG_LEDGER_SIGNATURE", "ed25519", "台账签名算法：ed25519 或 sm2", "ledger signature: ed25519 or sm2"
    )
    personal_keys: str = _env(
        "YIWANG_PERSONAL_KEYS",
        "",
        "个人信息的密钥文件（由外部密钥库提供时）；不设则存数据目录 keys/personal，首次启动时生成",
        "file of the keys of personal data, when a vault gives it; keys/personal in the data folder when empty",
    )
    personal_cipher: str = _env(
        "YIWANG_PERSONAL_CIPHER", "aes256", "个人信息加密算法：aes256 或 sm4", "cipher of personal data: aes256 or sm4"
    )
    trusted_proxies: str = _env(
        "YIWANG_TRUSTED_PROXIES",
        "",
        "反向代理的地址（逗号分隔，可为网段）；只信它们所报的客户端地址",
        "addresses of your reverse proxies, with commas between: only theirs is the word on who the client is",
    )
    origin: str = _env(
        "YIWANG_ORIGIN",
        "",
        "对外网址，如 https://grid.example.cn；使用安全密钥（WebAuthn）登录须设，短信里的查询网址由它而来",
        "the address people open, e.g. https://grid.example.cn; security keys (WebAuthn) need it, text messages name it",
    )
    sms_url: str = _env(
        "YIWANG_SMS_URL",
        "",
        "短信网关地址（POST {phone, text}）：市民凭手机验证码查进度，有结果时短信告知；不设则只能用查询码",
        "address of the text-message gateway (POST {phone, text}): residents follow by telephone and are told the outcome",
    )
    sms_token: str = _env("YIWANG_SMS_TOKEN", "", "短信网关的令牌（Bearer）", "the gateway's bearer token")
    upper: str = _env(
        "YIWANG_LEDGER_UPPER",
        "",
        "上级平台地址：定时上交签名树头",
        "address of the level above, to which signed heads are handed up",
    )
    warn_share: str = _env("YIWANG_WARN_SHARE", "0.8", "时限用到几成时预警", "at which share of a limit to warn")
    doubts: str = _env(
        "YIWANG_DOUBTS",
        "",
        "疑点的尺度，如 far_m=300,at_once_min=5；不设则用 cases/rules_doubt.py 的默认值",
        "from when on something is doubted, e.g. far_m=300,at_once_min=5; else as in cases/rules_doubt.py",
    )
    push_contact: str = _env(
        "YIWANG_PUSH_CONTACT",
        "yiwang@example.com",
        "推送（Web Push）联系邮箱，推送服务商遇到问题时联系运维用",
        "an e-mail address of yours: web push services write there when something is wrong",
    )
    push_local: str = _env(
        "YIWANG_PUSH_LOCAL",
        "",
        "仅供测试（1 为开）：允许向本机的 http 地址推送",
        "for tests only (1 is on): push may go to http addresses on this machine",
    )
    tianditu_key: str = _env(
        "YIWANG_TIANDITU_KEY",
        "",
        "天地图服务器端密钥（tk）：设了就可用天地图作底图，密钥不出服务器",
        "a server-side key of Tianditu: then its maps can be had as base maps; the key never leaves the server",
    )
    timezone: str = _env("YIWANG_TIMEZONE", "Asia/Shanghai", "本地时区", "local time zone")

    @property
    def folder(self) -> Path:
        """The data folder, made if missing, closed to others."""
        folder = Path(self.data).expanduser() if self.data else _default_data()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder.resolve()

    @property
    def address(self) -> str:
        """Where people open it, as far as is known: of a demonstration this machine."""
        return self.origin or (f"http://{self.host}:{self.port}" if self.is_demo else "")

    @property
    def is_demo(self) -> bool:
        return _is_on(self.demo)

    @property
    def is_push_local(self) -> bool:
        return _is_on(self.push_local)


def _is_on(text: str) -> bool:
    return text.lower() in ("1", "true", "yes", "on")


def load() -> Settings:
    """Settings as the environment has them."""
    return Settings(**{f.name: str(os.environ.get(f.metadata["name"], "") or f.default) for f in fields(Settings)})
