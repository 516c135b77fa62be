# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The version of this collection. ``make release`` writes it, and a test compares it with galaxy.yml. Private to this collection."""

from __future__ import annotations

COLLECTION_VERSION = "1.0.0-rc.1"
