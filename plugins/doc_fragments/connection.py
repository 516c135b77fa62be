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
      - Address of the Astera Integration Server, such as V(https://astera.example.com:9261). Without a port, 9261 is used.
      - Do not add V(/api), which each request adds, and no credentials.
      - Older servers may listen on port 9260.
      - V(snapshot:PATH) names the V(.json) file of an export, and V(snapshot:PATH#SERVER) a server of an audit's V(audit.json). A task in
        check mode, or one that only reads, then looks at what is in the file. It calls nobody and needs no credentials, and a run is refused.
      - If the option is not set, the environment variable E(ASTERA_URL) is used.
    type: str
    required: true
  username:
    description:
      - The account to log in with. Its role must allow the calls that the task makes.
      - A refused login is not repeated in a run, so that no account is locked.
      - If the option is not set, and O(token) is not set either, the environment variable E(ASTERA_USERNAME) is used.
      - Required together with O(password), unless O(token) is set. Mutually exclusive with O(token).
    type: str
  password:
    description:
      - The password of O(username).
      - If the option is not set, and O(token) is not set either, the environment variable E(ASTERA_PASSWORD) is used.
    type: str
  token:
    description:
      - A bearer token that was fetched before, instead of a login.
      - If the option is not set, and neither O(username) nor O(password) is set, the environment variable E(ASTERA_TOKEN) is used.
      - Mutually exclusive with O(username) and O(password).
    type: str
  validate_certs:
    description:
      - Whether the server's certificate must be trusted. V(false) lets anyone on the way read the password, and warns.
      - For a self-signed certificate, O(ca_path) is the better way.
      - If the option is not set, the environment variable E(ASTERA_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - A PEM file with the server's certificate, or with that of the CA which issued it. Then nothing else is trusted.
      - If it is not set anywhere, the certificate store of the system (E(SSL_CERT_FILE), E(SSL_CERT_DIR)) and the bundle of the Python
        library C(requests) are trusted.
      - The environment variables E(REQUESTS_CA_BUNDLE) and E(CURL_CA_BUNDLE) are not read.
      - The file is read where the task runs.
      - If the option is not set, the environment variable E(ASTERA_CA_PATH) is used.
    type: path
  client_cert:
    description:
      - A PEM file with the certificate to present to a server that requires client certificates. It can also hold the private key.
      - The file is read where the task runs.
      - If the option is not set, the environment variable E(ASTERA_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - A PEM file with the private key of O(client_cert), unencrypted. Not needed if O(client_cert) holds the key, too.
      - The file is read where the task runs.
      - If the option is not set, and O(client_cert) is not set either, the environment variable E(ASTERA_CLIENT_KEY) is used.
    type: path
  allow_http:
    description:
      - Whether O(url) may be an C(http://) address, over which passwords travel in clear text.
      - If the option is not set, the environment variable E(ASTERA_ALLOW_HTTP) is used.
    type: bool
    default: false
  timeout:
    description:
      - Seconds for connecting, and for the whole of an answer to arrive. While a file is sent, for each wait.
      - If the option is not set, the environment variable E(ASTERA_TIMEOUT) is used.
    type: int
    default: 30
  retries:
    description:
      - Attempts after the first one. Only what is safe to repeat is repeated.
      - If the option is not set, the environment variable E(ASTERA_RETRIES) is used.
    type: int
    default: 4
  use_proxy:
    description:
      - Whether the proxies of the environment (E(HTTPS_PROXY), E(HTTP_PROXY), E(NO_PROXY)) are used.
      - If the option is not set, the environment variable E(ASTERA_USE_PROXY) is used.
    type: bool
    default: true
requirements:
  - requests >= 2.25
  - requests-toolbelt >= 0.9.1
notes:
  - "The API is called from where the task runs. For a Windows server that is usually the controller, with
    C(delegate_to: localhost) or C(connection: local)."
  - The factory account of a new server is in no default of this collection, and a warning is shown when it is used.
"""
