#!/bin/sh
# What code-server's own postinstall does, but for what it downloads from elsewhere than npm: the headers are those that Node.js
# came with; ripgrep (search), Kerberos (proxies) and terminals are left out.
set -eux
npm_config_nodedir=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
export npm_config_nodedir
npm rebuild --build-from-source argon2
cd node_modules/code-server/lib/vscode
npm install --omit=dev --ignore-scripts --no-audit --no-fund
npm rebuild @vscode/spdlog native-watchdog
ln -s node_modules node_modules.asar
cd extensions
npm install --omit=dev --ignore-scripts --no-audit --no-fund
