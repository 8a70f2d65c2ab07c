# shellcheck shell=bash
# What the project needs before any service runs: APIs, registry, accounts, the token.

prepare_project() {
  run_g services enable \
    artifactregistry.googleapis.com iam.googleapis.com run.googleapis.com secretmanager.googleapis.com
  exists g artifacts repositories describe fortnight --location "$REGION" ||
    run_g artifacts repositories create fortnight \
      --location "$REGION" --repository-format docker --description "Fortnight's images"
  # Old images cost storage; those of the last ten releases stay for a rollback.
  run_g artifacts repositories set-cleanup-policies fortnight --location "$REGION" --no-dry-run \
    --policy deploy/registry-cleanup.json
  local service
  for service in "${programs[@]}"; do
    exists g iam service-accounts describe "$(account "$service")" ||
      run_g iam service-accounts create "fortnight-$service" --display-name "Fortnight $service"
  done
}

# Creates a secret unless it exists, and adds the file that a variable names, if it is set.
store_secret() {
  local name=$1 variable=$2 file=${!2:-}
  exists g secrets describe "$name" || run_g secrets create "$name" --replication-policy automatic
  [ -n "$file" ] || return 0
  [ -s "$file" ] || fail "$variable is \`$file\`, which is not a file with a secret in it"
  run_g secrets versions add "$name" --data-file "$file"
}

# Lets the account of a program read a secret.
let_read() {
  run_g secrets add-iam-policy-binding "$1" \
    --member "serviceAccount:$(account "$2")" --role roles/secretmanager.secretAccessor
}

# Prints the newest enabled version of a secret; nothing if there is none.
newest_version() {
  if [ -n "$dry_run" ]; then
    echo 1
  else
    g secrets versions list "$1" --filter state=ENABLED --sort-by ~createTime --limit 1 --format 'value(name.basename())'
  fi
}

# Stores the token, lets predict-service read it, and sets `token_version`, which stays empty without a token.
prepare_secret() {
  store_secret "$secret" EODHD_TOKEN_FILE
  if [ -z "${EODHD_TOKEN_FILE:-}" ] && [ -n "${EODHD_API_TOKEN:-}" ]; then
    # Through a pipe: every user of this machine can read command-line arguments.
    echo "+ gcloud --project $PROJECT --quiet secrets versions add $secret --data-file - (the token from EODHD_API_TOKEN)"
    [ -n "$dry_run" ] ||
      printf %s "$EODHD_API_TOKEN" | g secrets versions add "$secret" --data-file -
  fi
  let_read "$secret" predict-service
  token_version=$(newest_version "$secret")
  [ -n "$token_version" ] || echo "no EODHD token: forecasts will have no news"
}
