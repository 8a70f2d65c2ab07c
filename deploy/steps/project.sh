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

# Stores the token, lets predict-service read it, and sets `token_version`, which stays empty without a token.
prepare_secret() {
  exists g secrets describe "$secret" || run_g secrets create "$secret" --replication-policy automatic
  if [ -n "${EODHD_TOKEN_FILE:-}" ]; then
    [ -s "$EODHD_TOKEN_FILE" ] || fail "EODHD_TOKEN_FILE is \`$EODHD_TOKEN_FILE\`, which is not a file with a token in it"
    run_g secrets versions add "$secret" --data-file "$EODHD_TOKEN_FILE"
  elif [ -n "${EODHD_API_TOKEN:-}" ]; then
    # Through a pipe: every user of this machine can read command-line arguments.
    echo "+ gcloud --project $PROJECT --quiet secrets versions add $secret --data-file - (the token from EODHD_API_TOKEN)"
    [ -n "$dry_run" ] ||
      printf %s "$EODHD_API_TOKEN" | g secrets versions add "$secret" --data-file -
  fi
  run_g secrets add-iam-policy-binding "$secret" \
    --member "serviceAccount:$(account predict-service)" --role roles/secretmanager.secretAccessor
  if [ -n "$dry_run" ]; then
    token_version=1
  else
    token_version=$(g secrets versions list "$secret" --filter state=ENABLED --sort-by ~createTime --limit 1 \
      --format 'value(name.basename())')
  fi
  [ -n "$token_version" ] || echo "no EODHD token: forecasts will have no news"
}
