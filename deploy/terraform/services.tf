# The three services, with the same memory, concurrency and deadlines as in ../knative; the tests compare them.

locals {
  deployed = length(var.images) > 0

  # Longest a request may take, each longer than the next inside it: frontend > predict > source.
  private = {
    "predict-service" = { port = 8000, timeout = "15s", concurrency = 80 }
    "plot-service"    = { port = 8079, timeout = "10s", concurrency = 20 }
  }
  settings = {
    "predict-service" = merge({
      REQUEST_DEADLINE_MS = "8000"
      SOURCE_DEADLINE_MS  = "5000"
      EDGAR_CONTACT       = var.edgar_contact
    }, local.redis_url != "" ? { REDIS_URL = local.redis_url } : {})
    "plot-service" = {}
  }
  # Cloud Run gives each service this address too; unlike `uri` it is known before the service exists.
  public_url = var.public_url != "" ? var.public_url : var.domain != "" ? "https://${var.domain}" : "https://fortnight-frontend-${data.google_project.this.number}.${var.region}.run.app"
  common = {
    LOG_FORMAT           = "json"
    GOOGLE_CLOUD_PROJECT = var.project
  }
  redis_url = var.memorystore ? "redis://${google_redis_instance.cache[0].host}:${google_redis_instance.cache[0].port}" : var.redis_url
  # A revision that keeps the traffic while the newest is tried at its tag, as deploy.sh does it.
  candidate = "candidate"
}

resource "google_cloud_run_v2_service" "private" {
  for_each            = local.deployed ? local.private : {}
  name                = "fortnight-${each.key}"
  location            = var.region
  ingress             = var.internal_only ? "INGRESS_TRAFFIC_INTERNAL_ONLY" : "INGRESS_TRAFFIC_ALL"
  deletion_protection = var.deletion_protection

  template {
    labels                           = { release = var.release }
    service_account                  = google_service_account.service[each.key].email
    timeout                          = each.value.timeout
    max_instance_request_concurrency = each.value.concurrency
    # Starts faster than gen2 and needs less than 512 MiB; the services need no gen2 feature.
    execution_environment = "EXECUTION_ENVIRONMENT_GEN1"
    scaling {
      min_instance_count = var.min_instances[each.key]
      max_instance_count = var.max_instances[each.key]
    }
    dynamic "vpc_access" {
      for_each = each.key == "predict-service" && var.redis_subnetwork != "" ? [var.redis_subnetwork] : []
      content {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          subnetwork = vpc_access.value
        }
      }
    }
    containers {
      image = var.images[each.key]
      ports {
        name           = "http1"
        container_port = each.value.port
      }
      resources {
        limits            = { cpu = "1", memory = "256Mi" }
        cpu_idle          = true
        startup_cpu_boost = true
      }
      dynamic "env" {
        for_each = merge(local.common, local.settings[each.key])
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = each.key == "predict-service" && var.eodhd_token_version != "" ? [var.eodhd_token_version] : []
        content {
          name = "EODHD_API_TOKEN"
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.eodhd_api_token.secret_id
              version = env.value
            }
          }
        }
      }
      startup_probe {
        http_get {
          path = "/health"
        }
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 10
      }
      liveness_probe {
        http_get {
          path = "/health"
        }
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
      }
    }
  }

  dynamic "traffic" {
    for_each = [for service, revision in var.stable_revisions : revision if service == each.key]
    content {
      type     = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
      revision = traffic.value
      percent  = 100 - var.candidate_percent
    }
  }
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = contains(keys(var.stable_revisions), each.key) ? var.candidate_percent : 100
    tag     = contains(keys(var.stable_revisions), each.key) ? local.candidate : null
  }

  lifecycle {
    precondition {
      condition     = var.edgar_contact != ""
      error_message = "Set edgar_contact: the SEC answers only those who name a contact."
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.predict_reads_token]
}

resource "google_cloud_run_v2_service" "frontend" {
  count               = local.deployed ? 1 : 0
  name                = "fortnight-frontend"
  location            = var.region
  ingress             = var.domain == "" ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER"
  deletion_protection = var.deletion_protection
  # Open to visitors, also where the organization's policy forbids to bind roles to allUsers.
  invoker_iam_disabled = true

  template {
    labels                           = { release = var.release }
    service_account                  = google_service_account.service["frontend"].email
    timeout                          = "30s"
    max_instance_request_concurrency = 250
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN1"
    scaling {
      min_instance_count = var.min_instances["frontend"]
      max_instance_count = var.max_instances["frontend"]
    }
    dynamic "vpc_access" {
      for_each = var.internal_only ? [var.subnetwork] : []
      content {
        # All of it: a call to another Cloud Run service counts as internal only through the VPC.
        egress = "ALL_TRAFFIC"
        network_interfaces {
          subnetwork = vpc_access.value
        }
      }
    }
    containers {
      image = var.images["frontend"]
      ports {
        name           = "http1"
        container_port = 8501
      }
      resources {
        limits            = { cpu = "1", memory = "256Mi" }
        cpu_idle          = true
        startup_cpu_boost = true
      }
      dynamic "env" {
        for_each = merge(local.common, {
          # The address is the audience of the identity tokens too.
          PREDICT_URL         = google_cloud_run_v2_service.private["predict-service"].uri
          PLOT_URL            = google_cloud_run_v2_service.private["plot-service"].uri
          PUBLIC_URL          = local.public_url
          PREDICT_DEADLINE_MS = "10000"
          PLOT_DEADLINE_MS    = "5000"
          # The last entry of X-Forwarded-For, which Cloud Run writes, identifies the visitor; behind the load balancer
          # the last but one.
          CLIENT_ADDRESS_HOPS    = var.domain == "" ? "1" : "2"
          CLIENT_RATE_PER_SECOND = "50"
          CLIENT_RATE_BURST      = "200"
        }, local.has_night ? { STORE_URL = "gs://${var.store_bucket}" } : {})
        content {
          name  = env.key
          value = env.value
        }
      }
      startup_probe {
        http_get {
          path = "/health"
        }
        period_seconds    = 1
        timeout_seconds   = 1
        failure_threshold = 10
      }
      liveness_probe {
        http_get {
          path = "/health"
        }
        period_seconds    = 30
        timeout_seconds   = 5
        failure_threshold = 3
      }
    }
  }

  dynamic "traffic" {
    for_each = [for service, revision in var.stable_revisions : revision if service == "frontend"]
    content {
      type     = "TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION"
      revision = traffic.value
      percent  = 100 - var.candidate_percent
    }
  }
  traffic {
    type    = "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST"
    percent = contains(keys(var.stable_revisions), "frontend") ? var.candidate_percent : 100
    tag     = contains(keys(var.stable_revisions), "frontend") ? local.candidate : null
  }
}
