# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site: the pages of modules and roles, the guides of docs/docsite/rst, and what was measured."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import yaml

from tools.paths import NAME, NAMESPACE, ROOT, WORK, copy, run, variables

# Nothing is fetched while the site is built. What each module's page refers to in Ansible's own documentation leads here.
_OFFLINE = "\nintersphinx_mapping = {}\n"
_ELSEWHERE = """:orphan:

.. _common_return_values:
.. _ansible_configuration_settings:
.. _action_plugins:
{labels}

In Ansible's own documentation
==============================

* `Common return values <https://docs.ansible.com/ansible/latest/reference_appendices/common_return_values.html>`_
* `Configuration settings <https://docs.ansible.com/ansible/latest/reference_appendices/config.html>`_
"""
# What make reliability and make bench write, in docs/: pages of Markdown, one of which may not be there.
_MEASURED = ("reliability", "performance")
_MARKDOWN = "\nextensions.append('myst_parser')\n"
_LABEL = "ansible_collections.astera.data_stack.docsite."
_BUILTIN = re.compile(r"<(ansible_collections\.ansible\.[\w.]+)>")
_TITLE = f"{NAMESPACE}.{NAME}"


def build(tools: Path) -> Path:
    """Return the directory of the site. Any warning stops it: a broken link, a label that does not exist, bad markup."""
    tree, site = WORK / "docs", WORK / "site"
    there = copy(tree)
    environ = variables(ANSIBLE_COLLECTIONS_PATH=tree, PATH=f"{tools}:{variables()['PATH']}")
    lint = ["--plugin-docs", "--validate-collection-refs=all", "--disallow-unknown-collection-refs"]
    measured = _announce(there)
    docs = tools / "antsibull-docs"
    run([docs, "lint-collection-docs", *lint, "--check-extra-docs-refs", there], environ=environ)
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(mode=0o700, parents=True)
    form = ["--use-current", "--squash-hierarchy", "--fail-on-error"]
    titles = ["--project", _TITLE, "--title", _TITLE, "--copyright", "the contributors"]
    run([docs, "sphinx-init", *form, *titles, "--dest-dir", site, _TITLE], environ=environ)
    with (site / "conf.py").open("a", encoding="utf-8") as file:
        file.write(_OFFLINE + _MARKDOWN)
    pages = [docs, "--config-file", "antsibull-docs.cfg", "collection", *form]
    run([*pages, "--dest-dir", "rst", _TITLE], where=site, environ=environ)
    for name, page in measured.items():
        (announced,) = (site / "rst").rglob(f"{name}.rst")
        announced.with_suffix(".md").write_text(f"({_LABEL}{name})=\n{page}", encoding="utf-8")
        announced.unlink()
    texts = [page.read_text(encoding="utf-8") for page in (site / "rst").rglob("*.rst")]
    labels = sorted({label for text in texts for label in _BUILTIN.findall(text)})
    named = "\n".join(f".. _{label}:" for label in labels)
    (site / "rst/elsewhere.rst").write_text(_ELSEWHERE.format(labels=named), encoding="utf-8")
    sphinx = [tools / "sphinx-build", "-M", "html", "rst", "build", "-c", ".", "-W", "--keep-going"]
    run(sphinx, where=site, environ=environ)
    return site / "build/html"


def _announce(collection: Path) -> dict[str, str]:
    """→ the measured pages that there are. antsibull-docs lists pages in reStructuredText only, and so is given their titles first."""
    found = {}
    for name in _MEASURED:
        page = ROOT / f"docs/{name}.md"
        if page.exists():
            found[name] = page.read_text(encoding="utf-8")
            title = found[name].splitlines()[0].removeprefix("# ")
            stub = f".. _{_LABEL}{name}:\n\n{title}\n{'=' * len(title)}\n"
            (collection / f"docs/docsite/rst/{name}.rst").write_text(stub, encoding="utf-8")
    listing = collection / "docs/docsite/extra-docs.yml"
    content = yaml.safe_load(listing.read_text(encoding="utf-8"))
    content["sections"].append({"title": "Measurements", "toctree": list(found)})
    listing.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return found
