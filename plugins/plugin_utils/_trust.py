# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which texts Ansible may take for templates, on both sides of ansible-core 2.19. Private to this collection.

From 2.19 on, nothing is a template but what is marked as trusted. Before, everything is but what is marked as unsafe.
"""

from __future__ import annotations

from typing import Any

try:
    from ansible.template import is_trusted_as_template, trust_as_template
except ImportError:  # ansible-core before 2.19
    from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var

    def source(text: str) -> str:
        return text

    def is_template(text: str) -> bool:
        return not isinstance(text, AnsibleUnsafe)

    def template(text: str) -> str:
        return text

    def inert(text: str) -> Any:
        return wrap_var(text)

else:

    def source(text: str) -> str:
        """The text of a YAML file whose values are templates, unless they are tagged ``!unsafe``."""
        return trust_as_template(text)

    def is_template(text: str) -> bool:
        """Whether Ansible would evaluate the text, if there is something in it to evaluate."""
        return is_trusted_as_template(text)

    def template(text: str) -> str:
        return trust_as_template(text)

    def inert(text: str) -> Any:
        """The text as one that is never evaluated."""
        return str.__str__(text)
