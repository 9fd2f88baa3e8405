"""Composing: the text of ``rows.py`` from the planned functions."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass

from nbmlops.package.cutting.planning import Item, Plan
from nbmlops.package.cutting.rewriting import Rewriter
from nbmlops.package.cutting.statements import Recipe, mentioned_names

__all__ = ["CHECK", "Composer"]

CHECK = "__nbmlops_check__"

_OWN = {"features", "target", "read"}


@dataclass(eq=False)
class Composer:
    """Writes a module out of the plans of its functions; `reader` is what reads the rows from ``path``."""

    recipe: Recipe
    rewriter: Rewriter
    items: list[Item]
    model: str
    reader: str | None = None
    inside: bool = False

    def compose(self, plans: dict[str, Plan], checks: bool = False) -> str:
        """Return the module's source; with `checks` it reports the names after each statement."""
        lifted = self._lift(plans)
        head = f'"""What \'{_plain(self.model)}\' was fitted on, made of raw rows as the notebook did."""'
        top = [item for item in self.items if item in lifted]
        imports = [item.text for item in top if item.source.is_import]
        others = [self._text(item) for item in top if not item.source.is_import]
        functions = [self._function(name, plan, lifted, checks) for name, plan in plans.items()]
        if self.reader is not None:
            functions.append(
                f'def read(path: str):\n    """Return the raw rows of a file."""\n    return {self.reader}'
            )
        body = "\n\n\n".join([*others, *functions])
        blocks = [head, self._imports(imports, body), *self._constants(body)]
        return "\n\n".join(block for block in blocks if block) + f"\n\n\n{body}\n"

    def _lift(self, plans: dict[str, Plan]) -> list[Item]:
        """Return the definitions that the functions need, and the constants that those need."""
        lifted: list[Item] = []
        waiting = [name for plan in plans.values() for name in self._reads(plan)]
        if self.reader is not None:
            waiting += mentioned_names(ast.parse(self.reader, mode="eval").body)
        while waiting:
            name = waiting.pop()
            for item in self.items:
                if name not in item.writes or item in lifted:
                    continue
                if item.definition or (not item.of_rows and any(name in d.reads for d in lifted)):
                    lifted.append(item)
                    waiting += item.reads
        if self.inside or self._must_nest(lifted):
            return [item for item in lifted if item.source.is_import]
        return lifted

    def _must_nest(self, lifted: list[Item]) -> bool:
        """Say whether definitions have to stand inside of the functions: they use what is made there."""
        names = [name for item in lifted if not item.source.is_import for name in item.writes]
        if set(names) & _OWN or len(names) != len(set(names)):
            return True
        functions = [item for item in lifted if item.definition]
        return any(item.of_rows and item.writes & d.reads for item in self.items for d in functions)

    def _reads(self, plan: Plan) -> set[str]:
        found = mentioned_names(ast.parse(plan.result, mode="eval").body)
        return found.union(*(item.reads for item in plan.items))

    def _text(self, item: Item, above: bool = True) -> str:
        source = item.source
        comments = self.recipe.codes[source.piece][source.above : source.start].decode() if above else ""
        kept = [line.strip() for line in comments.splitlines() if line.strip().startswith("#")]
        return "\n".join([*kept, item.text])

    def _imports(self, own: list[str], body: str) -> str:
        rewriter = self.rewriter
        literals = "".join(constant.frozen.text or "" for constant in rewriter.constants.values())
        lines = list(dict.fromkeys(own))
        if "np." in body + literals and not _binds(lines, "np"):
            lines.append("import numpy as np")
        lines = sorted(
            dict.fromkeys([*lines, "import pandas"]), key=lambda line: not line.startswith("import")
        )
        lines += [
            "",
            f"from .cleaning import require_rows{_renamed('require_rows', rewriter.require_rows)}",
        ]
        parts = ["load_learned"] if f'{rewriter.learned}["' in body else []
        for wanted in ("use_categories", "use_factors", "use_groups"):
            used = getattr(rewriter, wanted)
            if f"{used}(" in body:
                parts.append(f"{wanted}{_renamed(wanted, used)}")
        if parts:
            lines.append(f"from .learned import {', '.join(parts)}")
        return "\n".join(lines)

    def _constants(self, body: str) -> list[str]:
        rewriter = self.rewriter
        blocks = [f"{rewriter.learned} = load_learned()"] if f'{rewriter.learned}["' in body else []
        for name, constant in rewriter.constants.items():
            if constant.frozen.text is not None and re.search(rf"\b{name}\b", body):
                note = f"# learned: {_plain(constant.learned.expression)}"
                blocks.append(f"{note}\n{name} = {constant.frozen.text}")
        return blocks

    def _function(self, name: str, plan: Plan, lifted: list[Item], checks: bool) -> str:
        rows = self.rewriter.rows
        what = "columns that the estimator's fit saw" if name == "features" else "label"
        lines = [
            f"def {name}({rows}: pandas.DataFrame):",
            f'    """Return the {what}, for each of the raw rows that the cleaning keeps."""',
        ]
        for number, item in enumerate(plan.items):
            if item in lifted:
                continue
            lines.append(_indent(self._text(item)))
            if checks:
                lines.append(f"    {CHECK}({number}, locals())")
            if item.drops is not None:
                title = self.recipe.title(item.source)
                lines.append(f"    {self.rewriter.require_rows}({item.drops[0]}, {title!r})")
        lines.append(f"    return {plan.result}")
        return "\n".join(lines)


def _binds(lines: list[str], name: str) -> bool:
    """Say whether one of the lines of imports binds a name."""
    aliases = [alias for line in lines for alias in getattr(ast.parse(line).body[0], "names", ())]
    return any(name == (alias.asname or alias.name) for alias in aliases)


def _renamed(name: str, used: str) -> str:
    return "" if name == used else f" as {used}"


def _plain(text: str) -> str:
    return " ".join(text.replace("\\", " ").replace('"""', "'''").split())


def _indent(text: str) -> str:
    """Indent code by four spaces, but for the lines inside of strings."""
    inside: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant | ast.JoinedStr) and node.end_lineno is not None:
            inside |= set(range(node.lineno + 1, node.end_lineno + 1))
    lines = text.split("\n")
    return "\n".join(
        line if number in inside or not line.strip() else textwrap.indent(line, "    ")
        for number, line in enumerate(lines, 1)
    )
