# shellcheck shell=bash
# Dashboard, alerts and uptime check, from the files in monitoring/; terraform/watching.tf uses the same files.

title="Fortnight page"

# Prints the names of what exists under a display name.
named() {
  local display=$1
  shift
  [ -n "$dry_run" ] || g "$@" --filter "displayName=\"$display\"" --format 'value(name)'
}

watch() {
  local address host channel file name existing
  [ -n "${NOTIFY_EMAIL:-}" ] || fail "NOTIFY_EMAIL is not set; for example NOTIFY_EMAIL=jane@example.com"
  run_g services enable logging.googleapis.com monitoring.googleapis.com
  find_public_url
  host=${public_url#https://}
  channel=$(named "Fortnight $NOTIFY_EMAIL" beta monitoring channels list | head -1)
  if [ -z "$channel" ]; then
    run_g beta monitoring channels create --display-name "Fortnight $NOTIFY_EMAIL" --type email \
      --channel-labels "email_address=$NOTIFY_EMAIL"
    channel=$(named "Fortnight $NOTIFY_EMAIL" beta monitoring channels list | head -1)
  fi
  for file in deploy/monitoring/metrics/*.json; do
    name=$(basename "$file" .json)
    if exists g logging metrics describe "$name"; then
      run_g logging metrics update "$name" --config-from-file "$file"
    else
      run_g logging metrics create "$name" --config-from-file "$file"
    fi
  done
  existing=$(named "$title" monitoring uptime list-configs | head -1)
  [ -n "$existing" ] ||
    run_g monitoring uptime create "$title" --resource-type uptime-url \
      --resource-labels "host=$host,project_id=$PROJECT" --protocol https --port 443 --path /health \
      --validate-ssl true --period 5 --timeout 10
  for file in deploy/monitoring/alerts/*.json; do
    sed "s|\${HOST}|$host|g" "$file" >"$work/alert.json"
    existing=$(named "$(display_name "$file")" alpha monitoring policies list | head -1)
    if [ -n "$existing" ]; then
      run_g alpha monitoring policies update "$existing" --policy-from-file "$work/alert.json" \
        --set-notification-channels "$channel"
    else
      run_g alpha monitoring policies create --policy-from-file "$work/alert.json" --notification-channels "$channel"
    fi
  done
  existing=$(named Fortnight monitoring dashboards list | head -1)
  if [ -n "$existing" ]; then
    cp deploy/monitoring/dashboard.json "$work/dashboard.json"
    # An update must name the version that it replaces.
    sed -i "1s|{|{ \"etag\": \"$(g monitoring dashboards describe "$existing" --format 'value(etag)')\",|" \
      "$work/dashboard.json"
    run_g monitoring dashboards update "$existing" --config-from-file "$work/dashboard.json"
  else
    run_g monitoring dashboards create --config-from-file deploy/monitoring/dashboard.json
  fi
}

display_name() { sed -n 's/^  "displayName": "\(.*\)",$/\1/p' "$1" | head -1; }

stop_watching() {
  local file name
  for file in deploy/monitoring/alerts/*.json; do
    for name in $(named "$(display_name "$file")" alpha monitoring policies list); do
      run_g alpha monitoring policies delete "$name" || true
    done
  done
  for name in $(named "$title" monitoring uptime list-configs); do run_g monitoring uptime delete "$name" || true; done
  for name in $(named Fortnight monitoring dashboards list); do run_g monitoring dashboards delete "$name" || true; done
  for file in deploy/monitoring/metrics/*.json; do
    name=$(basename "$file" .json)
    if exists g logging metrics describe "$name"; then run_g logging metrics delete "$name" || true; fi
  done
}
