#!/usr/bin/env bash
# The Debian package: lintian has nothing to say, all that belongs in it is in it, and its man page knows every command.
#
#   package_test.sh BUILD_DIR
set -euo pipefail
build=$1
fail() { echo "package_test: $*" >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$build" && cpack -G DEB -B "$folder" >"$folder/cpack.log" 2>&1) || { cat "$folder/cpack.log"; fail "cpack"; }
package=("$folder"/*.deb)
lintian --fail-on error,warning "${package[0]}" >"$folder/lintian.log" 2>&1 || { cat "$folder/lintian.log"; fail "lintian"; }

dpkg-deb -x "${package[0]}" "$folder/root"
for file in usr/bin/twinwatch lib/systemd/system/twinwatch.service etc/twinwatch/twinwatch.yml etc/default/twinwatch \
  usr/share/man/man1/twinwatch.1.gz usr/share/man/man5/twinwatch.yml.5.gz \
  usr/share/bash-completion/completions/twinwatch usr/share/zsh/vendor-completions/_twinwatch \
  usr/share/fish/vendor_completions.d/twinwatch.fish usr/share/twinwatch/prometheus/twinwatch.rules.yml \
  usr/share/twinwatch/grafana/twinwatch-overview.json usr/share/doc/twinwatch/runbooks/queue-stalled.md; do
  [[ -s $folder/root/$file ]] || fail "there is no $file in it"
done

twinwatch=$folder/root/usr/bin/twinwatch
"$twinwatch" version >/dev/null || fail "it does not run"
"$twinwatch" config check --config "$folder/root/etc/twinwatch/twinwatch.yml" >/dev/null || fail "its configuration"
bash -n "$folder/root/usr/share/bash-completion/completions/twinwatch" || fail "bash completion"

page=$(zcat "$folder/root/usr/share/man/man1/twinwatch.1.gz")
commands=$("$twinwatch" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p')
[[ $(wc -w <<<"$commands") -ge 10 ]] || fail "the list of commands cannot be read from --help"
for command in $commands; do
  grep -qE "\\\\fB$command( |\\\\fR)" <<<"$page" || fail "the man page does not know the command $command"
done
# Every unit that systemd would refuse: names and values, without a running systemd.
grep -q '^Type=notify$' "$folder/root/lib/systemd/system/twinwatch.service" || fail "the unit"
echo "the package is fine: $(basename "${package[0]}"), $(du -k "${package[0]}" | cut -f1) kB"
