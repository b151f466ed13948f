# What a clean Debian 12 needs; sourced by check and demo. install_packages installs what is missing, as root.

PACKAGES=(
  # compilers and tools
  cmake ninja-build g++-12 ccache pkg-config git procps
  # libraries
  libboost1.81-dev libfmt-dev libabsl-dev protobuf-compiler libprotobuf-dev libgtest-dev libgmock-dev
  libzookeeper-mt-dev prometheus-cpp-dev libssl-dev libcrypt-dev libkrb5-dev libyaml-cpp-dev nlohmann-json3-dev libpugixml-dev
  libspdlog-dev libcli11-dev libxxhash-dev libsqlite3-dev libbenchmark-dev
  # the bed
  python3 maven openjdk-17-jdk-headless krb5-kdc krb5-admin-server krb5-user
)
# What only the checks want besides.
CHECK_PACKAGES=(clang-16 libclang-rt-16-dev clang-format-16 python3-xxhash prometheus prometheus-alertmanager scdoc lintian
  chromium python3-yaml openssl curl)

install_packages() {
  local missing=() package
  for package in "$@"; do
    # cmake may have come from elsewhere
    [[ $package == cmake ]] && command -v cmake >/dev/null && continue
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
  done
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]]; then
    echo "these packages are missing, and only root can install them: ${missing[*]}" >&2
    return 1
  fi
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  # A service that a package would start (Prometheus on its port) is not wanted here: policy-rc.d refuses it.
  local policy=/usr/sbin/policy-rc.d ours=0 result=0
  if [[ ! -e $policy ]]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod 755 $policy
    ours=1
  fi
  { apt-get update -q && apt-get install -q -y --no-install-recommends "${missing[@]}"; } || result=1
  [[ $ours == 0 ]] || rm -f $policy
  return $result
}

# A checkout in another folder finds what this one has compiled.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
