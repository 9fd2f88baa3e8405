"""Code with secrets of common kinds, made up as it runs: no key that looks real is in this file."""

from __future__ import annotations

import base64
import json
import random
import string

__all__ = ["make_samples"]

_WORD = string.ascii_letters + string.digits
_HEX, _UPPER, _BASE64, _URL = (
    "0123456789abcdef",
    string.ascii_uppercase + string.digits,
    _WORD + "+/",
    _WORD + "-_",
)


def make_samples(seed: int = 7) -> dict[str, tuple[str, str]]:
    """Return, by kind, a line of a cell and the secret in it."""
    chance = random.Random(seed)

    def draw(length: int, letters: str = _WORD) -> str:
        return "".join(chance.choice(letters) for _ in range(length))

    def block(kind: str) -> str:
        lines = "\\n".join(draw(64, _BASE64) for _ in range(4))
        return f"-----BEGIN {kind}-----\\n{lines}\\n-----END {kind}-----\\n"

    def token() -> str:
        head, body = (
            base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
            for part in ({"alg": "HS256", "typ": "JWT"}, {"sub": "1234567890", "iat": 1516239022})
        )
        return f"{head}.{body}.{draw(43, _URL)}"

    digits = string.digits
    parts = {
        "aws key": ('aws = "{}"', "AKIA" + draw(16, string.ascii_uppercase + "234567")),
        "aws secret": ('s3 = boto3.client("s3", aws_secret_access_key="{}")', draw(40, _BASE64)),
        "github": ('gh = Github("{}")', "ghp_" + draw(36)),
        "github oauth": ('x = "{}"', "gho_" + draw(36)),
        "github app": ('x = "{}"', "ghs_" + draw(36)),
        "github fine": ('x = "{}"', f"github_pat_{draw(22)}_{draw(59)}"),
        "gitlab": ('x = gitlab.Gitlab(url, private_token="{}")', "glpat-" + draw(20)),
        "slack bot": ('c = WebClient("{}")', f"xoxb-{draw(12, digits)}-{draw(12, digits)}-{draw(24)}"),
        "slack user": (
            'c = "{}"',
            f"xoxp-{draw(12, digits)}-{draw(12, digits)}-{draw(12, digits)}-{draw(32, _HEX)}",
        ),
        "slack hook": (
            'requests.post("https://hooks.slack.com/services/{}")',
            f"T{draw(10, _UPPER)}/B{draw(10, _UPPER)}/{draw(24)}",
        ),
        "stripe": ('x = "{}"', "sk_live_" + draw(24)),
        "stripe restricted": ('x = "{}"', "rk_live_" + draw(24)),
        "openai": ('x = "{}"', f"sk-{draw(20)}T3BlbkFJ{draw(20)}"),
        "openai project": ('client = OpenAI("{}")', f"sk-proj-{draw(74, _URL)}T3BlbkFJ{draw(74, _URL)}"),
        "anthropic": ('c = Anthropic("{}")', f"sk-ant-api03-{draw(93, _URL)}AA"),
        "hugging face": ('login("{}")', "hf_" + draw(34, string.ascii_letters)),
        "google": ('m = Client("{}")', "AIza" + draw(35, _URL)),
        "google service": ('c = {{"type": "service_account", "private_key": "{}"}}', block("PRIVATE KEY")),
        "google client": ('x = flow("{}")', "GOCSPX-" + draw(28, _URL)),
        "azure storage": (
            'b = connect("DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={};Suffix=x.net")',
            draw(86, _BASE64) + "==",
        ),
        "azure signature": (
            'df = pd.read_csv("https://a.blob.core.windows.net/f.csv?sv=2024&sig={}")',
            draw(43) + "%3D",
        ),
        "azure client": ('cred = Credential(tenant, client, client_secret="{}")', f"{draw(3)}8Q~{draw(34)}"),
        "databricks": ('d = sql.connect(host, "{}")', "dapi" + draw(32, _HEX)),
        "snowflake": ('con = connect(user="ann", password="{}", account="x")', "S3cure!pass"),
        "postgres": ('e = create_engine("postgresql://ann:{}@db.acme.org:5432/sales")', "s3cr3tpw"),
        "mysql": ('e = create_engine("mysql+pymysql://root:{}@localhost/db")', "Pa55word"),
        "mongo": ('m = MongoClient("mongodb+srv://ann:{}@c0.mongodb.net/test")', "Qwerty99"),
        "redis": ('r = Redis.from_url("redis://:{}@cache:6379/0")', "s3cr3tpw"),
        "amqp": ('a = connect("amqp://user:{}@mq:5672/")', "gue55ME"),
        "address": ('df = pd.read_csv("https://ann:{}@data.acme.org/x.csv")', "hunter22"),
        "short in address": ('e = create_engine("postgresql://ann:{}@db/sales")', "pw1x"),
        "jwt": ('r = get(u, "{}")', token()),
        "rsa": ('k = """{}"""', block("RSA PRIVATE KEY")),
        "ec": ('k = "{}"', block("EC PRIVATE KEY")),
        "openssh": ('k = "{}"', block("OPENSSH PRIVATE KEY")),
        "pgp": ('k = "{}"', block("PGP PRIVATE KEY BLOCK")),
        "twilio": ('c = Client("{}")', "SK" + draw(32, _HEX)),
        "twilio named": ('auth_token = "{}"', draw(32, _HEX)),
        "sendgrid": ('s = SendGridAPIClient("{}")', f"SG.{draw(22)}.{draw(43)}"),
        "mailgun": ('mailgun = ("api", "{}")', "key-" + draw(32, _HEX)),
        "mailchimp": ('mailchimp = "{}"', draw(32, _HEX) + "-us12"),
        "npm": ('x = "{}"', "npm_" + draw(36)),
        "pypi": ('x = "{}"', "pypi-AgEIcHlwaS5vcmc" + draw(80, _URL)),
        "docker": ('x = "{}"', "dckr_pat_" + draw(27, _URL)),
        "digitalocean": ('x = "{}"', "dop_v1_" + draw(64, _HEX)),
        "heroku": ('heroku_api_key = "{}"', "-".join(draw(n, _HEX) for n in (8, 4, 4, 4, 12))),
        "telegram": ('bot = Bot("{}")', f"{draw(9, '123456789')}:AA{draw(33, _URL)}"),
        "discord": ('discord_token = "{}"', f"M{draw(23)}.{draw(6)}.{draw(27)}"),
        "square": ('x = "{}"', "sq0atp-" + draw(22)),
        "shopify": ('x = "{}"', "shpat_" + draw(32, _HEX)),
        "new relic": ('x = "{}"', "NRAK-" + draw(27, _UPPER)),
        "datadog": ('datadog.initialize(api_key="{}")', draw(32, _HEX)),
        "sentry": ('sentry_sdk.init("https://{}@o1.ingest.sentry.io/4501")', draw(32, _HEX)),
        "wandb": ('wandb.login(key="{}")', draw(40, _HEX)),
        "kaggle": ('kaggle = {{"username": "ann", "key": "{}"}}', draw(32, _HEX)),
        "mlflow": ('os.environ["MLFLOW_TRACKING_PASSWORD"] = "{}"', "correct horse"),
        "replicate": ('x = "{}"', "r8_" + draw(37)),
        "vault": ('x = "{}"', "hvs." + draw(95, _URL)),
        "grafana": ('x = "{}"', f"glsa_{draw(32)}_{draw(8, _HEX)}"),
        "linear": ('x = "{}"', "lin_api_" + draw(40)),
        "notion": ('x = "{}"', f"ntn_{draw(11, digits)}{draw(35)}"),
        "airtable": ('airtable = "{}"', f"pat{draw(14)}.{draw(64, _HEX)}"),
        "alibaba": ('x = "{}"', "LTAI" + draw(20)),
        "age": ('x = "{}"', "AGE-SECRET-KEY-1" + draw(58, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")),
        "bearer": ('r = requests.get(u, headers={{"Authorization": "Bearer {}"}})', draw(40)),
        "basic auth": ('r = requests.get(u, auth=("ann", "{}"))', "hunter2"),
        "password": ('password = "{}"', "hunter2"),
        "password compared": ('ok = password == "{}"', "hunter2"),
        "password named": ('db_pwd = "{}"', "tr0ub4dor"),
        "password given": ('con = psycopg2.connect(host="h", user="u", passwd="{}")', "s3cret"),
        "password in a dict": ('config = {{"db": {{"user": "ann", "password": "{}"}}}}', "hunter2"),
        "environment": ('os.environ["AWS_SECRET_ACCESS_KEY"] = "{}"', draw(40, _BASE64)),
        "default": ('k = os.getenv("API_KEY", "{}")', draw(32)),
        "fernet": ('f = Fernet(b"{}")', draw(43, _URL) + "="),
        "odbc": ('con = pyodbc.connect("DRIVER=SQL;SERVER=h;UID=ann;PWD={};DATABASE=d")', "s3cr3t!"),
        "dsn": ('con = psycopg2.connect("host=h user=ann password={} dbname=d")', "s3cr3t"),
        "key in address": (
            'df = pd.read_json("https://api.acme.org/v1/x?api_key={}&f=json")',
            draw(32, _HEX),
        ),
        "token in address": ('df = pd.read_json("https://api.acme.org/v1/x?access_token={}")', draw(40)),
        "%env": ("%env OPENAI_API_KEY={}", draw(48)),
        "%set_env": ("%set_env DB_PASSWORD {}", "correct-horse"),
        "curl": ('!curl -H "Authorization: Bearer {}" https://api.acme.org', draw(40)),
        "curl user": ("!curl -u ann:{} https://api.acme.org", "hunter22"),
        "mysql client": ("!mysql -u root -p{} db < x.sql", "S3cretPw"),
        "option": ("!tool --password={} run", "S3cretPw"),
    }
    return {kind: (text.format(secret), secret) for kind, (text, secret) in parts.items()}
