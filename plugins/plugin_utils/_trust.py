# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which texts Ansible may take for templates, on both sides of ansible-core 2.19. Private to this collection.

From 2.19 on, nothing is a template but what is marked as trusted. Before, everything is but what is marked as unsafe.
"""

from __future__ import annotations

import re
from typing import Any

try:
    from ansible.template import is_trusted_as_template, trust_as_template
except ImportError:  # ansible-core before 2.19
    from ansible.utils.unsafe_proxy import AnsibleUnsafe, wrap_var

    def template(text: str) -> str:
        return text

    def is_template(text: str) -> bool:
        return not isinstance(text, AnsibleUnsafe)

    def _untrusted(text: str) -> Any:
        return wrap_var(text)

else:

    def template(text: str) -> str:
        """A text that may be evaluated; of a YAML file, so may all its texts but those with the tag ``!unsafe``."""
        return trust_as_template(text)

    def is_template(text: str) -> bool:
        """Whether Ansible would evaluate the text, if there is something in it to evaluate."""
        return is_trusted_as_template(text)

    def _untrusted(text: str) -> Any:
        return str.__str__(text)


_POSSIBLY = re.compile(r"[{}]|^#jinja2:")


def mark_untrusted(text: str) -> Any:
    """The text as one that is never evaluated.

    Marked only if it could be: ``ansible-inventory --list`` makes an object of each marked text, and who reads that may not know why.
    """
    plain = str.__str__(text)
    return _untrusted(plain) if _POSSIBLY.search(plain) else template(plain)
