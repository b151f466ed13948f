#!/bin/sh
# Every tracked C++ file must be as clang-format 16 would have it.
set -eu
cd "$(dirname "$0")/../.."
git rev-parse --is-inside-work-tree >/dev/null
git ls-files -z -- '*.h' '*.cc' | xargs -0 -r clang-format-16 --dry-run -Werror
