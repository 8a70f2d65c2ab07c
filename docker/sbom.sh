#!/bin/sh
# Writes the software bill of materials of one program: CycloneDX 1.5, JSON, from cargo's own resolution.
#   sbom.sh PROGRAM
# Lists what is compiled in for the target, with its license and the checksum of Cargo.lock.
set -eu
program=${1:?usage: sbom.sh PROGRAM}
. docker/target.sh

# Not in the pipe: a failure there would look like an empty list.
tree=$(cargo tree --locked --package "$program" --features service-runtime/otel --edges normal --target "$target" \
  --prefix none --no-dedupe --format '{p}|{l}')
printf '%s\n' "$tree" |
  sed 's/ (\*)//; s/ (proc-macro)//' |
  LC_ALL=C sort -u |
  awk -v program="$program" '
    # Cargo.lock first: the checksum of each package.
    FNR == NR {
      if ($1 == "name") name = unquoted($3)
      if ($1 == "version") version = unquoted($3)
      if ($1 == "checksum") checksum[name " " version] = unquoted($3)
      next
    }
    {
      split($0, part, "|")
      split(part[1], word, " ")
      name = word[1]
      version = substr(word[2], 2)
      license = part[2]
      gsub("/", " OR ", license)
      ours = !((name " " version) in checksum)
      if (name == program) { own_version = version; own_license = license; next }
      component = sprintf("    {\"type\": \"library\", \"name\": \"%s\", \"version\": \"%s\"", name, version)
      if (!ours) component = component sprintf(", \"purl\": \"pkg:cargo/%s@%s\"", name, version)
      if (license != "") component = component sprintf(", \"licenses\": [{\"expression\": \"%s\"}]", license)
      if (!ours) component = component sprintf(", \"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"%s\"}]", checksum[name " " version])
      components = components separator component "}"
      separator = ",\n"
    }
    END {
      printf "{\n  \"bomFormat\": \"CycloneDX\",\n  \"specVersion\": \"1.5\",\n  \"version\": 1,\n"
      printf "  \"metadata\": {\"component\": {\"type\": \"application\", \"name\": \"%s\", \"version\": \"%s\", ", program, own_version
      printf "\"licenses\": [{\"expression\": \"%s\"}]}},\n  \"components\": [\n%s\n  ]\n}\n", own_license, components
    }
    function unquoted(text) { gsub("\"", "", text); return text }
  ' Cargo.lock -
