"""Finding secrets: texts that open something, known by their names, their places and their forms."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from urllib.parse import unquote, urlsplit

from nbmlops.core.secret import Secret

__all__ = ["find_in_code", "find_in_line", "find_in_text", "judge_named"]

_PASSWORD = re.compile(r"(?:^|_)(?:passwd|password|passphrase|passcode|pwd)$|_(?:pass|pw)$")
_TOKEN = re.compile(
    r"(?:^|_)(?:secret|token|pat|credential|credentials|jwt|bearer|authorization|cookie|license_key|"
    r"(?:api|access|secret|private|signing|encryption|account|auth|session|master|service|admin|app)_?key|apikey)$"
)
_LIKELY = re.compile(
    r"(?i)pass|pwd|pw\b|secret|token|key|cred|auth|bearer|cookie|\bpat\b|_pat\b|://[^\s'\"/]*:|://[^\s'\"/]+@|-----BEGIN|sig=|"
    r"\b[a-z]{2,6}[_-][A-Za-z0-9]{20}"
)
_WORDS = (
    "pass",
    "pw",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "bearer",
    "cookie",
    "pat",
    "://",
    "-----",
    "sig=",
)
_MARKED = bytes(ord("x") if chr(n).isalnum() or chr(n) in "_-+/" else 0 for n in range(128)) + bytes(128)
_LONG = b"x" * 20
"""Without any of these words, and such a run of characters, nothing is likely: that is seen at once."""
_LONG_RUN = re.compile(r"[A-Za-z0-9_\-+/]{20,}")
_DIGIT = re.compile(r"\d")
_OPAQUE = re.compile(r"[A-Za-z0-9_\-+/=.:~!@#$%^&*]{8,}")
_RUN = re.compile(r"[A-Za-z0-9_\-+/=.:~]{16,}")
_PLACEHOLDER = re.compile(
    r"(?i)[<{\[].*[>}\]]|\*+|x{3,}|\.{3}|none|null|true|false|your.*|my_?(?:password|token|secret|key)|"
    r"(?:change|replace|fill|insert|enter|put|paste).*|pass(?:word)?|secret|token|api_?key|todo|example.*|dummy.*|"
    r"test|\[secret [A-Z0-9_]+\]"
)
_FIELD = re.compile(
    r"(?i)(?:^|[;\s?&])(?P<name>pwd|password|passwd|accountkey|sharedaccesskey)=(?P<value>[^;&\s]+)"
)
_QUERY = re.compile(
    r"(?i)[?&](?P<name>sig|signature|(?:[\w-]*[_-])?(?:token|key|secret|password))=(?P<value>[^&#\s\"']+)"
)
_BEARER = re.compile(r"(?i)\b(?:bearer|basic|token)\s+(?P<value>[A-Za-z0-9_\-+/=.]{16,})")
_SWITCH = re.compile(
    r"(?i)(?:--?(?P<name>[\w-]{0,40}(?:password|passwd|token|secret|api-?key))[= ]|"
    r"(?<=\s)-u\s*[\w.@-]+:|\bmysql\w*\b.*?\s-p)"
    r"(?P<quote>['\"]?)(?P<value>[^\s'\"]{4,})"
)
_FORM = re.compile(
    r"(?P<new_relic_key>NRAK-[A-Z0-9]{27})|(?P<replicate_token>r8_\w{37})|(?P<google_client_secret>GOCSPX-[\w-]{28})|"
    r"(?P<docker_token>dckr_pat_[\w-]{27})|(?P<telegram_bot_token>\d{8,10}:AA[\w-]{33})"
)
"""Forms that gitleaks' rules know only beside a word that says whose they are, or not at all."""
_SETTING = re.compile(
    r"(?m)^[^\S\n]*(?:export\s+)?[\"']?(?P<name>[A-Za-z][\w-]*)[\"']?\s*[=:]\s*[\"']?(?P<value>[^\s\"',]+)[\"']?,?[^\S\n]*$"
)
_MAKERS = frozenset({"Fernet", "MultiFernet", "AESGCM", "ChaCha20Poly1305"})
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LEAST, _MOST = 4, 100_000


def find_in_code(code: str) -> list[Secret]:
    """Return the secrets among the literals of Python code; raise SyntaxError where it is none."""
    if not _is_likely(code):
        return []
    literals = _list_literals(ast.parse(code))
    return [found for text, name, around in literals for found in _judge(name, text, around)]


def _is_likely(text: str) -> bool:
    """Say whether a secret may be in a text at all."""
    plain = text.lower()
    if (
        text.isascii()
        and not any(w in plain for w in _WORDS)
        and _LONG not in text.encode().translate(_MARKED)
    ):
        return False
    # A pattern that looks ahead for the digit takes hours for a megabyte of letters.
    return _LIKELY.search(text) is not None or any(_DIGIT.search(r[0]) for r in _LONG_RUN.finditer(text))


def find_in_line(line: str) -> list[Secret]:
    """Return the secrets in a line for a shell or a magic."""
    found = [
        Secret(_name_variable(match["name"] or "password"), match["value"], "it is given to a program as one")
        for match in _SWITCH.finditer(line)
    ]
    words = line.lstrip("%! ").split(None, 1)
    if len(words) == 2 and words[0] in ("env", "set_env"):
        name, separator, value = words[1].partition("=" if "=" in words[1] else " ")
        if separator:
            found += _judge(name.strip(), value.strip())
    return found + find_in_text(line)


def find_in_text(text: str) -> list[Secret]:
    """Return the secrets that are known in any text by their form: tokens, keys, addresses with passwords."""
    if len(text) > _MOST or not _is_likely(text):
        return []
    found = [*_find_fields(text), *_find_passwords(text)]
    found += [s for m in _SETTING.finditer(text) for s in _judge(m["name"], m["value"])]
    for run in dict.fromkeys(_RUN.findall(text)):
        if _is_mixed(run) and (why := _match_form(run, "text")):
            found.append(Secret(_name_variable(why), run, f"it has the form of a {why}"))
    return found


def judge_named(name: str, value: str) -> Secret | None:
    """Return a secret where a name says that its value is one, or its form does."""
    return next(iter(_judge(name, value)), None)


def _judge(name: str, value: str, around: str = "") -> list[Secret]:
    if not _LEAST <= len(value) <= _MOST or _PLACEHOLDER.fullmatch(value.strip()):
        return []
    spelled, opaque = _spell_name(name), _OPAQUE.fullmatch(value) is not None and _is_mixed(value)
    named = _PASSWORD.search(spelled) and "\n" not in value
    if named or (opaque and _TOKEN.search(spelled)) or (opaque and spelled == "key" and _is_random(value)):
        told = f"{around}_key" if spelled == "key" and around else name
        return [Secret(_name_variable(told), value, f"`{name}` says so")]
    if "-----BEGIN" in value and "PRIVATE KEY" in value:
        return [Secret("PRIVATE_KEY", value, "it is a private key")]
    if _RUN.fullmatch(value) and opaque and (kind := _match_form(value, name or around)):
        told = name if _TOKEN.search(spelled) else kind
        return [Secret(_name_variable(told), value, f"it has the form of a {kind}")]
    return [*_find_fields(value), *_find_passwords(value)]


def _find_fields(text: str) -> Iterator[Secret]:
    for pattern in (_FIELD, _QUERY, _BEARER):
        for match in pattern.finditer(text):
            name = match.groupdict().get("name") or "token"
            mixed = pattern is not _BEARER or _is_mixed(match["value"])
            if mixed and len(match["value"]) >= _LEAST and not _PLACEHOLDER.fullmatch(match["value"]):
                yield Secret(_name_variable(name), match["value"], f"it is the {name.lower()} of a request")


def _find_passwords(text: str) -> Iterator[Secret]:
    for address in re.findall(r"[a-z][a-z0-9+.\-]{0,30}://[^\s'\"<>/]+@[^\s'\"<>]*", text):
        try:
            parts = urlsplit(address)
            opens = parts.password or ("" if "-" in (parts.username or "") else parts.username or "")
        except ValueError:
            continue
        scheme = parts.scheme.partition("+")[0]
        is_key = parts.password or (len(opens) >= 20 and _is_mixed(opens))
        if len(opens) >= 3 and is_key and not _PLACEHOLDER.fullmatch(unquote(opens)):
            yield Secret(_name_variable(f"{scheme}_password"), opens, "it is the password in an address")


def _match_form(value: str, around: str) -> str | None:
    """Return the kind of key that a text is by its form, as gitleaks' rules have it, if it is one."""
    own = _FORM.fullmatch(value)
    if own is not None:
        return next(kind for kind, found in own.groupdict().items() if found).replace("_", "-")
    from secretscreen import audit_pair

    for text in (value, f'{around.replace("_", "-")} = "{value}"'):
        finding = audit_pair("text", text)
        kind = finding.reason.partition(":")[2] if finding and finding.layer == "format_detection" else ""
        if kind and kind != "generic-api-key":
            return kind
    return None


def _is_mixed(value: str) -> bool:
    """Whether letters and digits, or both cases, are mixed as nobody writes words."""
    digits = any(c.isdigit() for c in value)
    return (digits and any(c.isalpha() for c in value)) or (
        len(value) >= 20 and sum(a.islower() != b.islower() for a, b in pairwise(value)) > 5
    )


def _is_random(value: str) -> bool:
    return len(value) >= 20 and sum(c.isdigit() for c in value) >= 4


def _spell_name(name: str) -> str:
    return _CAMEL.sub("_", name).replace("-", "_").lower()


def _name_variable(text: str) -> str:
    name = re.sub(r"\W+", "_", _spell_name(text)).strip("_").upper()
    return name if name and not name[0].isdigit() else f"SECRET_{name}".rstrip("_")


def _list_literals(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Yield each text literal, what it is called where it stands, and what it is a part of."""
    names: dict[int, str] = {}
    surroundings: dict[int, str] = {}
    for node in ast.walk(tree):
        around = surroundings.get(id(node), "")
        for value, name in _name_values(node):
            names.setdefault(id(value), name)
            around = around or name
        if isinstance(node, ast.Call) and not around:
            around = ast.unparse(node.func).rpartition(".")[2]
        surroundings |= {id(child): around for child in ast.iter_child_nodes(node)}
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield text, names.get(id(node), ""), around


def _name_values(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield the values that a node gives a name: to a variable, an argument, a key."""
    match node:
        case ast.Assign(targets=targets, value=value):
            yield from ((value, _name_target(target)) for target in targets)
        case (
            ast.AnnAssign(target=target, value=ast.expr() as value)
            | ast.NamedExpr(target=target, value=value)
        ):
            yield value, _name_target(target)
        case ast.Compare(left=left, comparators=[value]):
            yield value, _name_target(left)
        case ast.keyword(arg="auth", value=ast.Tuple(elts=[_, value])):
            yield value, "password"
        case ast.keyword(arg=str(name), value=value):
            yield value, name
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield value, key.value
        case ast.Call(args=[ast.Constant(value=str(name)), value]):  # os.getenv("API_KEY", "...")
            yield value, name
        case ast.Call(func=func, args=[ast.Constant() as value]) if _name_target(func) in _MAKERS:
            yield value, "secret_key"


def _name_target(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return ""
