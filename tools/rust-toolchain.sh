# Sourced by tools/setup and tools/build-engine: which cargo and rustc to use.
# shellcheck shell=bash

readonly rust_minimum=1.95

# Sets rust_cargo and rust_rustc to the first pair that is new enough. Fails if there is none.
find_rust() {
  local candidate version
  for candidate in "$(command -v cargo || true)" "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" /usr/bin/cargo; do
    rust_rustc=${candidate%cargo}rustc
    [[ -n $candidate && -x $candidate && -x $rust_rustc ]] || continue
    version=$("$candidate" --version 2>/dev/null | cut -d' ' -f2) || continue
    [[ $(printf '%s\n' "$rust_minimum" "$version" | sort -V | head -n1) == "$rust_minimum" ]] || continue
    rust_cargo=$candidate
    return 0
  done
  return 1
}
