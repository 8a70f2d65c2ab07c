# Dashboard, alerts and uptime check, from the same files as deploy.sh takes. Made if `notify_email` is set.

locals {
  watched  = var.notify_email != ""
  folder   = "${path.module}/../monitoring"
  host     = trimprefix(local.public_url, "https://")
  metrics  = { for name in fileset("${local.folder}/metrics", "*.json") : trimsuffix(name, ".json") => jsondecode(file("${local.folder}/metrics/${name}")) }
  policies = { for name in fileset("${local.folder}/alerts", "*.json") : trimsuffix(name, ".json") => jsondecode(replace(file("${local.folder}/alerts/${name}"), "$${HOST}", local.host)) }
}

resource "google_logging_metric" "this" {
  for_each         = local.watched ? local.metrics : {}
  name             = each.key
  description      = each.value.description
  filter           = each.value.filter
  label_extractors = try(each.value.labelExtractors, null)

  metric_descriptor {
    metric_kind = each.value.metricDescriptor.metricKind
    value_type  = each.value.metricDescriptor.valueType
    unit        = each.value.metricDescriptor.unit
    dynamic "labels" {
      for_each = try(each.value.metricDescriptor.labels, [])
      content {
        key         = labels.value.key
        value_type  = labels.value.valueType
        description = labels.value.description
      }
    }
  }

  depends_on = [google_project_service.apis]
}

resource "google_monitoring_notification_channel" "email" {
  count        = local.watched ? 1 : 0
  display_name = "Fortnight ${var.notify_email}"
  type         = "email"
  labels       = { email_address = var.notify_email }

  depends_on = [google_project_service.apis]
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = local.watched ? local.policies : {}
  display_name          = each.value.displayName
  combiner              = each.value.combiner
  severity              = each.value.severity
  notification_channels = google_monitoring_notification_channel.email[*].name

  dynamic "conditions" {
    for_each = each.value.conditions
    content {
      display_name = conditions.value.displayName
      condition_prometheus_query_language {
        query               = conditions.value.conditionPrometheusQueryLanguage.query
        duration            = conditions.value.conditionPrometheusQueryLanguage.duration
        evaluation_interval = conditions.value.conditionPrometheusQueryLanguage.evaluationInterval
      }
    }
  }
  documentation {
    content   = each.value.documentation.content
    mime_type = each.value.documentation.mimeType
  }
  alert_strategy {
    auto_close = each.value.alertStrategy.autoClose
  }

  # A policy cannot ask for a metric that does not exist yet.
  depends_on = [google_logging_metric.this]
}

resource "google_monitoring_uptime_check_config" "page" {
  count        = local.watched ? 1 : 0
  display_name = "Fortnight page"
  period       = "300s"
  timeout      = "10s"

  http_check {
    path         = "/health"
    port         = 443
    use_ssl      = true
    validate_ssl = true
  }
  monitored_resource {
    type   = "uptime_url"
    labels = { project_id = var.project, host = local.host }
  }

  depends_on = [google_project_service.apis]
}

resource "google_monitoring_dashboard" "this" {
  count          = local.watched ? 1 : 0
  dashboard_json = file("${local.folder}/dashboard.json")

  depends_on = [google_project_service.apis]
}
