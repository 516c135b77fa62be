# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the copies of each text that is needed in several places and maintained in one of them.

A copy is between two comments, ``generated: {…}`` and ``end generated``. The first comment states what to copy:

- ``{options: MODULE, below: PATH}``: the options of a module, as suboptions of the option PATH
- ``{returned: NAME, of: MODULE, when: TEXT, sample: {…}}``: a return value of a module, with its own condition and samples
- ``{connection: PREFIX}``: the connection options, as variables of a role
- ``{variables: ROLE}``: a table of the variables of a role
- ``{contents: modules}``, ``{contents: roles}``: a table of the modules, or of the roles
- ``{group: PREFIX}``: the names of the modules that begin with PREFIX
- ``{routing: PREFIX, to: PLUGIN}``: the action plugin of these modules
"""

from __future__ import annotations

import ast
import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
BLOB = "https://github.com/astera-data-stack/astera.data_stack/blob/main"
FILES = (
    "README.md",
    "meta/runtime.yml",
    "plugins/modules/*.py",
    "roles/*/README.md",
    "roles/*/meta/argument_specs.yml",
)
# The options whose values a role must not log.
SECRETS = ("password", "token")
_COPY = re.compile(
    r"^(?P<begin>(?P<indent> *)(?:#|<!--) generated: (?P<what>\{[^\n]*\})(?: -->)?\n)"
    r"(?P<text>.*?)(?P<end>^ *(?:#|<!--) end generated\b)",
    re.M | re.S,
)
_MARKUP = re.compile(r"\b([A-Z]{1,2})\(([^)]*)\)")


def update(text: str) -> str:
    """Return the text of a file with all copies written anew."""

    def written(found: re.Match[str]) -> str:
        return found["begin"] + textwrap.indent(_copy(found["what"]), found["indent"]) + found["end"]

    return _COPY.sub(written, text)


def _copy(what: str) -> str:
    arguments = yaml.safe_load(what)
    kind = next(iter(arguments))
    return WRITERS[kind](**arguments)


def copy_options(options: str, below: str) -> str:
    text = section(literal(ROOT / f"plugins/modules/{options}.py", "DOCUMENTATION"), "options")
    return _refer_to(text, f"{below}.")


def copy_return_value(returned: str, of: str, when: str = "", sample: dict[str, Any] | None = None) -> str:
    text = section(literal(ROOT / f"plugins/modules/{of}.py", "RETURN"), returned)
    if when:
        text = re.sub(r"^returned: .*$", f"returned: {when}", text, flags=re.M)
    for name, value in (sample or {}).items():
        pattern = re.compile(rf"^( *)({name}:\n(?:\1 .*\n)*?\1 +sample: )(.*)$", re.M)
        shown = yaml.safe_dump(value).removesuffix("...\n").strip()
        text = pattern.sub(lambda found, shown=shown: found[1] + found[2] + shown, text, count=1)
    return f"{returned}:\n{textwrap.indent(text, '  ')}"


def copy_connection(connection: str) -> str:
    """Return the connection options as variables, without defaults, so that environment variables apply."""
    text = section(literal(ROOT / "plugins/doc_fragments/connection.py", "DOCUMENTATION"), "options")
    variables = []
    for option in re.split(r"^(?=\w)", _refer_to(text, connection), flags=re.M)[1:]:
        name = option[: option.index(":")]
        default = re.search(r"^  default: (.*)\n", option, re.M)
        variable = re.sub(r"^  (?:default|required): .*\n", "", option, flags=re.M)
        if default:
            variable = variable.replace("\n  type:", f"\n    - The default is V({default[1]}).\n  type:")
        variables.append(connection + variable + ("  no_log: true\n" if name in SECRETS else ""))
    return "".join(variables)


def _refer_to(options: str, prefix: str) -> str:
    """Return the text of options with a prefix in each ``O()`` of one of them."""
    names = "|".join(re.findall(r"^(\w+):", options, re.M))
    return re.sub(rf"\bO\((?=(?:{names})\b)", f"O({prefix}", options)


def table_of_variables(variables: str) -> str:
    specs = yaml.safe_load((ROOT / f"roles/{variables}/meta/argument_specs.yml").read_text(encoding="utf-8"))
    options: dict[str, Any] = {}
    for entry in specs["argument_specs"].values():
        options |= {name: spec for name, spec in (entry.get("options") or {}).items() if name not in options}
    rows = []
    for name, spec in options.items():
        shown = f" (`{_shown(spec['default'])}`)" if "default" in spec else ""
        description = spec["description"]
        lines = [_markdown(line) for line in ([description] if isinstance(description, str) else description)]
        # The first sentence: a period inside of code is followed by no capital letter.
        meaning = re.split(r"(?<=\.) (?=[A-Z])", lines[0])[0]
        required = (
            ["Required."] if spec.get("required") else [line for line in lines[1:] if line.startswith("Required")]
        )
        rows.append((f"`{name}`{shown}", " ".join([meaning, *required])))
    return _table(("Variable", "Description"), rows)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) and value.strip() == value != "" else json.dumps(value)


def table_of_contents(contents: str) -> str:
    rows = []
    if contents == "modules":
        for path in sorted((ROOT / "plugins/modules").glob("astera_*.py")):
            documentation = yaml.safe_load(literal(path, "DOCUMENTATION"))
            rows.append((f"[`{path.stem}`]({BLOB}/plugins/modules/{path.name})", documentation["short_description"]))
    else:
        for path in sorted((ROOT / "roles").glob("*/meta/argument_specs.yml")):
            role = path.parts[-3]
            documentation = next(iter(yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values()))
            rows.append((f"[`{role}`]({BLOB}/roles/{role}/README.md)", documentation["short_description"]))
    return _table(
        (contents.removesuffix("s").capitalize(), "Description"), [(name, _markdown(text)) for name, text in rows]
    )


def names_of_modules(group: str) -> str:
    return "".join(f"- {path.stem}\n" for path in sorted((ROOT / "plugins/modules").glob(f"{group}*.py")))


def routes_of_modules(routing: str, to: str) -> str:
    paths = sorted((ROOT / "plugins/modules").glob(f"{routing}*.py"))
    names = [path.stem for path in paths if not to.endswith(f".{path.stem}")]
    return "".join(f"{name}:\n  action_plugin: {to}\n" for name in names)


def _table(head: tuple[str, str], rows: list[tuple[str, str]]) -> str:
    return "\n" + "".join(f"| {first} | {second} |\n" for first, second in [head, ("---", "---"), *rows]) + "\n"


def _markdown(text: str) -> str:
    """Return Ansible's markup as Markdown."""

    def replaced(found: re.Match[str]) -> str:
        name = re.sub(r"#\w+$", "", found[2]) if found[1] in ("M", "P") else found[2]
        return f"`{name}`"

    return _MARKUP.sub(replaced, " ".join(text.split())).replace("|", r"\|")


def literal(path: Path, name: str) -> str:
    """Return the string that a Python file assigns to a name, without running the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and any(getattr(one, "id", "") == name for one in node.targets):
            return ast.literal_eval(node.value)
    raise KeyError(f"{path}: {name}")


def section(text: str, key: str) -> str:
    """Return the dedented text below a key. Of several keys with that name, use the outermost one."""
    found = re.findall(rf"^( *){key}:\n((?:(?:\1 .*)?\n)+)", text, re.M)
    outermost = min(found, key=lambda one: len(one[0]))
    return textwrap.dedent(outermost[1]).rstrip("\n") + "\n"


WRITERS = {
    "options": copy_options,
    "returned": copy_return_value,
    "connection": copy_connection,
    "variables": table_of_variables,
    "contents": table_of_contents,
    "group": names_of_modules,
    "routing": routes_of_modules,
}


def files() -> list[Path]:
    return [path for pattern in FILES for path in sorted(ROOT.glob(pattern))]


def stale() -> list[Path]:
    return [path for path in files() if update(path.read_text(encoding="utf-8")) != path.read_text(encoding="utf-8")]


def main(arguments: list[str]) -> int:
    for path in stale() if "--check" in arguments else ():
        print(f"{path.relative_to(ROOT)} is stale. Run 'make fmt'.", file=sys.stderr)
    if "--check" in arguments:
        return 1 if stale() else 0
    # The table of a role's variables is made of its argument specs: a second round settles it.
    for _round in range(2):
        for path in stale():
            path.write_text(update(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
