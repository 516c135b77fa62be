# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects that the fake controller has: their endpoints, fields, references and links."""

from __future__ import annotations

from typing import Any

# Endpoint → what the API calls one of them, and its fields with their defaults. A field named like an endpoint's
# thing holds the id of one.
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "organizations": ("organization", {"name": None, "description": ""}),
    "credential_types": (
        "credential_type",
        {"name": None, "description": "", "kind": None, "managed": False, "inputs": {}, "injectors": {}},
    ),
    "credentials": (
        "credential",
        {"name": None, "description": "", "organization": None, "credential_type": None, "inputs": {}},
    ),
    "teams": ("team", {"name": None, "description": "", "organization": None}),
    "notification_templates": ("notification_template", {"name": None, "organization": None}),
    "schedules": (
        "schedule",
        {"name": None, "unified_job_template": None, "rrule": None, "extra_data": {}, "enabled": True},
    ),
    "execution_environments": (
        "execution_environment",
        {"name": None, "description": "", "organization": None, "image": None, "pull": "", "credential": None},
    ),
    "projects": (
        "project",
        {
            "name": None,
            "description": "",
            "organization": None,
            "scm_type": "",
            "scm_url": "",
            "scm_branch": "",
            "scm_update_on_launch": False,
            "credential": None,
        },
    ),
    "inventories": (
        "inventory",
        {"name": None, "description": "", "organization": None, "kind": "", "host_filter": None, "variables": ""},
    ),
    "inventory_sources": (
        "inventory_source",
        {
            "name": None,
            "inventory": None,
            "source": "",
            "source_project": None,
            "source_path": "",
            "overwrite": False,
            "overwrite_vars": False,
            "update_on_launch": False,
            "credential": None,
        },
    ),
    "job_templates": (
        "job_template",
        {
            "name": None,
            "description": "",
            "organization": None,
            "job_type": "run",
            "project": None,
            "playbook": "",
            "inventory": None,
            "execution_environment": None,
            "diff_mode": False,
            "ask_credential_on_launch": False,
            "ask_limit_on_launch": False,
            "ask_tags_on_launch": False,
            "ask_job_type_on_launch": False,
            "survey_enabled": False,
        },
    ),
    "workflow_job_templates": (
        "workflow_job_template",
        {
            "name": None,
            "description": "",
            "organization": None,
            "inventory": None,
            "ask_limit_on_launch": False,
            "survey_enabled": False,
        },
    ),
    "workflow_job_template_nodes": (
        "workflow_job_template_node",
        {
            "identifier": None,
            "workflow_job_template": None,
            "unified_job_template": None,
            "type": None,
            "extra_data": {},
        },
    ),
    "workflow_approval_templates": ("workflow_approval_template", {"name": None, "description": "", "timeout": 0}),
}
SINGULAR = {thing: endpoint for endpoint, (thing, _fields) in KINDS.items()}
REFERENCES = {**SINGULAR, "source_project": "projects"}
NODE = "workflow_job_template_nodes"
LINKS = {
    ("job_templates", "credentials"): "credentials",
    **{(NODE, f"{way}_nodes"): NODE for way in ("success", "failure", "always")},
    **{
        (kind, f"notification_templates_{when}"): "notification_templates"
        for kind in ("job_templates", "workflow_job_templates")
        for when in ("started", "success", "error", "approvals")
    },
    ("roles", "teams"): "teams",
}
TEMPLATES = ("job_templates", "projects", "workflow_job_templates")
# What goes with an object that is removed: endpoint → the others, and the field that names it.
PARTS = {
    "workflow_job_templates": [(NODE, "workflow_job_template"), ("schedules", "unified_job_template")],
    "job_templates": [("schedules", "unified_job_template")],
    "inventories": [("inventory_sources", "inventory")],
}
ROLES = ("execute_role", "approval_role")
