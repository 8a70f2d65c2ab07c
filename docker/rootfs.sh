#!/bin/sh
# Lays out the file systems of the run images from what `prepare.sh compile` built.
#   rootfs.sh OUT
# makes OUT/base (shared), OUT/<program> for each program, and OUT/empty (an empty, writable folder for data).
# MODELS_DIR names a folder with model and card to use instead of models/.
set -eu
out=${1:?usage: rootfs.sh OUT}
models=${MODELS_DIR:-models}
. docker/target.sh
built=${CARGO_TARGET_DIR:-target}/$target/${PROFILE:-image}

# The root certificates for TLS to the sources, from the usual places.
certificates=
for candidate in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt /etc/ssl/cert.pem; do
  [ -z "$certificates" ] && [ -s "$candidate" ] && certificates=$candidate
done
[ -n "$certificates" ] || { echo "rootfs.sh: no CA certificates here; install ca-certificates" >&2; exit 1; }

rm -rf "$out"
mkdir -p "$out/base/etc/ssl/certs" "$out/base/srv" "$out/empty"
cp "$certificates" "$out/base/etc/ssl/certs/ca-certificates.crt"
echo 'nonroot:x:65532:65532:nonroot:/srv:/sbin/nologin' >"$out/base/etc/passwd"
echo 'nonroot:x:65532:' >"$out/base/etc/group"
# Static programs read this file first to resolve a host.
echo 'hosts: files dns' >"$out/base/etc/nsswitch.conf"
cp LICENSE "$out/base/srv/LICENSE"

for program in frontend predict-service plot-service market-sim nightly; do
  root=$out/$program
  mkdir -p "$root/usr/bin" "$root/usr/share/sbom" "$root/srv"
  cp "$built/$program" "$root/usr/bin/$program"
  sh docker/sbom.sh "$program" >"$root/usr/share/sbom/$program.cdx.json"
done

for program in frontend predict-service market-sim nightly; do
  mkdir -p "$out/$program/srv/data"
  cp data/stocks.csv "$out/$program/srv/data/"
done
# The page shows the model card and its pictures; only predict-service needs the weights.
mkdir -p "$out/frontend/srv/models" "$out/predict-service/srv/models"
find "$models" -maxdepth 1 -type f \( -name '*.md' -o -name '*.png' -o -name '*.svg' \) \
  -exec cp {} "$out/frontend/srv/models/" \;
find "$models" -maxdepth 1 -type f -name '*.onnx' -exec cp {} "$out/predict-service/srv/models/" \;

# The same bytes on every machine: a fixed owner and fixed permissions.
find "$out" -type d -exec chmod 755 {} +
find "$out" -type f -exec chmod 644 {} +
chmod 755 "$out"/*/usr/bin/*
