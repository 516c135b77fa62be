#!/bin/sh
# Copyright (c) 2026, astera.data_stack contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# sh tools/setup.sh FOLDER [PYTHON]: what make does once. The newest CPython from 3.11 to 3.14 that really starts is taken, for a
# version manager may have stand-ins that do not.
set -eu
folder=$1
given=${2:-}
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'
whole='import ensurepip, ssl, venv'

fail() {
  echo "$1" >&2
  exit 1
}

if [ -n "$given" ]; then
  set -- "$given"
else
  managed=${PYENV_ROOT:-${HOME:-}/.pyenv}/versions
  set -- python3.14 "$managed"/3.14.*/bin/python3 python3.13 "$managed"/3.13.*/bin/python3 \
    python3.12 "$managed"/3.12.*/bin/python3 python3.11 "$managed"/3.11.*/bin/python3 python3
fi
python=
lacking=
for one; do
  "$one" -c "$fits" >/dev/null 2>&1 || continue
  "$one" -c "$whole" >/dev/null 2>&1 && python=$one && break
  lacking=${lacking:-$one}
done

other="name one with make PYTHON=/path/to/python3"
if [ -z "$python" ] && [ -n "$lacking" ]; then
  version=$("$lacking" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  reason=$("$lacking" -c "$whole" 2>&1 | tail -n 1)
  fail "$lacking is Python $version without a part of its library ($reason): install it, on Debian and Ubuntu with 'apt install python$version-venv', or $other."
elif [ -z "$python" ] && [ -n "$given" ]; then
  fail "$given is no Python from 3.11 to 3.14 ($("$given" --version 2>/dev/null || echo "it does not start")): $other."
elif [ -z "$python" ]; then
  fail "There is no Python from 3.11 to 3.14 here ($(python3 --version 2>/dev/null || echo "nor any other python3")): install one, or $other."
fi

# It might be that of the folder, which is removed now.
python=$("$python" -c 'import os, sys; print(os.path.realpath(sys.executable))')
echo "Setting up $folder with $("$python" --version) (once; about a minute)"
rm -rf "$folder"
"$python" -m venv "$folder" || fail "$folder could not be made in $(pwd): see the message above."
"$folder/bin/python" -m pip install -qq --disable-pip-version-check -r requirements/dev.txt ||
  fail "The packages of requirements/dev.txt could not be installed: see pip's message above. They come from a package index; behind a proxy set HTTPS_PROXY, for a mirror PIP_INDEX_URL."
mkdir -p "$folder/ansible_collections/astera"
ln -sfn ../../.. "$folder/ansible_collections/astera/data_stack"
touch "$folder/.ready"
