#!/usr/bin/env bash
# draw.sh FOLDER [--keep]: are the dashboards what Grafana's own types say, and do its own panels draw them as they
# should be? Leaves a picture of each in FOLDER/pictures; --keep puts them into docs/pictures too.
#
# Installs what Debian packages are missing, and fetches npm packages into FOLDER, as package-lock.json has them.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
folder=${1:?usage: draw.sh FOLDER [--keep]}
mkdir -p "$folder/pictures"
cd "$folder"

source "$root/tests/support/packages.sh"
packages=(prometheus chromium fonts-inter)
# node may have come from elsewhere
command -v npm >/dev/null || packages+=(nodejs npm)
install_packages "${packages[@]}"
if ! cmp -s "$here/package-lock.json" node_modules/.installed; then
  cp "$here/package.json" "$here/package-lock.json" .
  npm ci --no-audit --no-fund --ignore-scripts --loglevel=error
  cp package-lock.json node_modules/.installed
fi
cp "$here"/{frames.ts,draw.tsx,shoot.mjs,expected.mjs,types.mjs,tsconfig.json} .

node types.mjs checked.ts "$root"/dashboards/grafana/*.json
node_modules/.bin/tsc -p tsconfig.json
echo "the dashboards are what Grafana's types say"

python3 "$here/history.py" --dump data.json
node_modules/.bin/esbuild draw.tsx --bundle --outfile=draw.js --log-level=error --format=iife --minify \
  --define:process.env.NODE_ENV='"production"' --loader:.svg=dataurl --loader:.ttf=empty
{
  echo '<!doctype html><meta charset="utf-8"><title>drawing</title><link rel="stylesheet" href="draw.css">'
  echo '<style>body { margin: 0 }</style><div id="root"></div>'
  echo "<script>window.DATA = $(cat data.json)</script><script src=\"draw.js\"></script>"
} >page.html
node shoot.mjs data.json pictures
[[ ${2:-} != --keep ]] || { mkdir -p "$root/docs/pictures" && cp pictures/*.png "$root/docs/pictures/"; }
