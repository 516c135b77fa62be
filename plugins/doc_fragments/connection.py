# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The connection options, which all modules share."""

    DOCUMENTATION = r"""
options:
  url:
    description:
      - Address of the Astera Integration Server, such as V(https://astera.example.com:9261). The default port is 9261.
      - Do not add V(/api), because each request adds it, and do not add credentials.
      - Older servers might listen on port 9260.
      - V(snapshot:PATH) is the V(.json) file of an export, and V(snapshot:PATH#SERVER) is a server in the V(audit.json) of an audit. Tasks
        in check mode and tasks that only read then use the file, send no request, and need no credentials. All other tasks fail.
      - If the option is not set, the environment variable E(ASTERA_URL) is used.
    type: str
    required: true
  username:
    description:
      - Account to log in with. Its role must allow the requests of the task.
      - A rejected login is not repeated within a run, so that the account is not locked.
      - If neither the option nor O(token) is set, the environment variable E(ASTERA_USERNAME) is used.
      - Required when O(token) is not set.
      - Mutually exclusive with O(token).
    type: str
  password:
    description:
      - Password of O(username).
      - If neither the option nor O(token) is set, the environment variable E(ASTERA_PASSWORD) is used.
      - Required when O(token) is not set.
      - Mutually exclusive with O(token).
    type: str
  token:
    description:
      - Bearer token to use instead of a login.
      - If none of the option, O(username) and O(password) is set, the environment variable E(ASTERA_TOKEN) is used.
      - Mutually exclusive with O(username) and O(password).
    type: str
  validate_certs:
    description:
      - Whether to verify the certificate of the server. With V(false), an attacker in the network can read the password, and the module
        warns.
      - For a self-signed certificate, set O(ca_path) instead.
      - If the option is not set, the environment variable E(ASTERA_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a PEM file with the certificate of the server, or of the CA that issued it. No other certificate is trusted then.
      - If neither the option nor its environment variable is set, the certificate store of the system (E(SSL_CERT_FILE), E(SSL_CERT_DIR))
        and the bundle of the Python library C(requests) are trusted.
      - The environment variables E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are not used.
      - The file is read on the host where the task runs.
      - If the option is not set, the environment variable E(ASTERA_CA_PATH) is used.
    type: path
  client_cert:
    description:
      - Path of a PEM file with the certificate for a server that requires client certificates. The file can also contain the private key.
      - The file is read on the host where the task runs.
      - If the option is not set, the environment variable E(ASTERA_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - Path of a PEM file with the unencrypted private key of O(client_cert). It is not needed if O(client_cert) contains the key.
      - The file is read on the host where the task runs.
      - If neither the option nor O(client_cert) is set, the environment variable E(ASTERA_CLIENT_KEY) is used.
    type: path
  allow_http:
    description:
      - Whether O(url) can be an C(http://) address. Passwords are then sent unencrypted.
      - If the option is not set, the environment variable E(ASTERA_ALLOW_HTTP) is used.
    type: bool
    default: false
  timeout:
    description:
      - Timeout in seconds for connecting, and for a complete response. During an upload, the timeout of each wait.
      - If the option is not set, the environment variable E(ASTERA_TIMEOUT) is used.
    type: int
    default: 30
  retries:
    description:
      - Number of retries after the first attempt. Only requests that are safe to repeat are retried.
      - If the option is not set, the environment variable E(ASTERA_RETRIES) is used.
    type: int
    default: 4
  use_proxy:
    description:
      - Whether to use the proxies of the environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY).
      - C(localhost), C(127.0.0.1) and C(::1) are reached without a proxy.
      - If the option is not set, the environment variable E(ASTERA_USE_PROXY) is used.
    type: bool
    default: true
requirements:
  - requests >= 2.25
  - requests-toolbelt >= 0.9.1
notes:
  - "The task sends its requests from the host where it runs. For a Windows server, this is usually the control node, with
    C(delegate_to: localhost) or C(connection: local)."
  - No default of this collection uses the factory account of a new server. The module warns if you use it.
"""
