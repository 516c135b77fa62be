# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documentation site: the pages of modules and roles, and the guides of docs/docsite/rst."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tools.paths import NAME, NAMESPACE, WORK, copy, run, variables

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
_BUILTIN = re.compile(r"<(ansible_collections\.ansible\.[\w.]+)>")
_TITLE = f"{NAMESPACE}.{NAME}"


def build(tools: Path) -> Path:
    """Return the directory of the site. Any warning stops it: a broken link, a label that does not exist, bad markup."""
    tree, site = WORK / "docs", WORK / "site"
    there = copy(tree)
    environ = variables(ANSIBLE_COLLECTIONS_PATH=tree, PATH=f"{tools}:{variables()['PATH']}")
    lint = ["--plugin-docs", "--validate-collection-refs=all", "--disallow-unknown-collection-refs"]
    docs = tools / "antsibull-docs"
    run([docs, "lint-collection-docs", *lint, "--check-extra-docs-refs", there], environ=environ)
    shutil.rmtree(site, ignore_errors=True)
    site.mkdir(mode=0o700, parents=True)
    form = ["--use-current", "--squash-hierarchy", "--fail-on-error"]
    titles = ["--project", _TITLE, "--title", _TITLE, "--copyright", "the contributors"]
    run([docs, "sphinx-init", *form, *titles, "--dest-dir", site, _TITLE], environ=environ)
    with (site / "conf.py").open("a", encoding="utf-8") as file:
        file.write(_OFFLINE)
    pages = [docs, "--config-file", "antsibull-docs.cfg", "collection", *form]
    run([*pages, "--dest-dir", "rst", _TITLE], where=site, environ=environ)
    texts = [page.read_text(encoding="utf-8") for page in (site / "rst").rglob("*.rst")]
    labels = sorted({label for text in texts for label in _BUILTIN.findall(text)})
    named = "\n".join(f".. _{label}:" for label in labels)
    (site / "rst/elsewhere.rst").write_text(_ELSEWHERE.format(labels=named), encoding="utf-8")
    sphinx = [tools / "sphinx-build", "-M", "html", "rst", "build", "-c", ".", "-W", "--keep-going"]
    run(sphinx, where=site, environ=environ)
    return site / "build/html"
