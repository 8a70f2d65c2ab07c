# shellcheck shell=sh
# Sets `target`, what is compiled for: TARGETARCH as BuildKit names it (amd64, arm64), or this machine without it.
host=$(rustc -vV | sed -n 's/^host: //p')
case ${TARGETARCH:-} in
  amd64) target=x86_64-unknown-linux-gnu ;;
  arm64) target=aarch64-unknown-linux-gnu ;;
  '') target=$host ;;
  *) echo "TARGETARCH is \"$TARGETARCH\"; expected amd64 or arm64" >&2 && exit 1 ;;
esac
# The C compiler for another processor, which is the linker too; Debian names it without `unknown`.
if [ "$target" != "$host" ]; then
  linker=$(echo "$target" | sed 's/-unknown//')-gcc
  variable=$(echo "$target" | tr - _)
  export "CC_$variable=$linker" "CARGO_TARGET_$(echo "$variable" | tr '[:lower:]' '[:upper:]')_LINKER=$linker"
fi
