# A load balancer with CDN and Cloud Armor in front of the page, for a domain of your own. Off without `domain`.

locals {
  front = var.domain != "" && local.deployed ? 1 : 0
}

resource "google_compute_global_address" "front" {
  count = local.front
  name  = "fortnight"

  depends_on = [google_project_service.apis]
}

resource "google_compute_region_network_endpoint_group" "frontend" {
  count                 = local.front
  name                  = "fortnight-frontend"
  region                = var.region
  network_endpoint_type = "SERVERLESS"
  cloud_run {
    service = google_cloud_run_v2_service.frontend[0].name
  }
}

# The frontend limits each visitor too, but per instance; this turns a flood away before it costs anything there.
resource "google_compute_security_policy" "front" {
  count = local.front
  name  = "fortnight"

  rule {
    priority    = 1000
    action      = "throttle"
    description = "At most 3,000 requests a minute from one address"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
    rate_limit_options {
      conform_action = "allow"
      exceed_action  = "deny(429)"
      enforce_on_key = "IP"
      rate_limit_threshold {
        count        = 3000
        interval_sec = 60
      }
    }
  }
  rule {
    priority    = 2147483647
    action      = "allow"
    description = "Everyone else"
    match {
      versioned_expr = "SRC_IPS_V1"
      config {
        src_ip_ranges = ["*"]
      }
    }
  }

  depends_on = [google_project_service.apis]
}

resource "google_compute_backend_service" "front" {
  count                 = local.front
  name                  = "fortnight"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  protocol              = "HTTPS"
  security_policy       = google_compute_security_policy.front[0].id
  enable_cdn            = true
  # TLS ends here, for this domain only, so it is ours to promise.
  custom_response_headers = ["Strict-Transport-Security: max-age=31536000"]

  backend {
    group = google_compute_region_network_endpoint_group.frontend[0].id
  }
  # The frontend says with Cache-Control what may be cached, and for how long.
  cdn_policy {
    cache_mode = "USE_ORIGIN_HEADERS"
    cache_key_policy {
      include_host         = true
      include_protocol     = true
      include_query_string = true
    }
  }
  log_config {
    enable      = true
    sample_rate = 0.1
  }
}

resource "google_compute_url_map" "front" {
  count           = local.front
  name            = "fortnight"
  default_service = google_compute_backend_service.front[0].id
}

resource "google_compute_managed_ssl_certificate" "front" {
  count = local.front
  name  = "fortnight"
  managed {
    domains = [var.domain]
  }

  depends_on = [google_project_service.apis]
}

resource "google_compute_ssl_policy" "front" {
  count           = local.front
  name            = "fortnight"
  profile         = "MODERN"
  min_tls_version = "TLS_1_2"

  depends_on = [google_project_service.apis]
}

resource "google_compute_target_https_proxy" "front" {
  count            = local.front
  name             = "fortnight"
  url_map          = google_compute_url_map.front[0].id
  ssl_certificates = [google_compute_managed_ssl_certificate.front[0].id]
  ssl_policy       = google_compute_ssl_policy.front[0].id
}

resource "google_compute_global_forwarding_rule" "https" {
  count                 = local.front
  name                  = "fortnight-https"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front[0].address
  port_range            = "443"
  target                = google_compute_target_https_proxy.front[0].id
}

# Visitors who type the domain without https.
resource "google_compute_url_map" "to_https" {
  count = local.front
  name  = "fortnight-to-https"
  default_url_redirect {
    https_redirect         = true
    strip_query            = false
    redirect_response_code = "MOVED_PERMANENTLY_DEFAULT"
  }

  depends_on = [google_project_service.apis]
}

resource "google_compute_target_http_proxy" "to_https" {
  count   = local.front
  name    = "fortnight-to-https"
  url_map = google_compute_url_map.to_https[0].id
}

resource "google_compute_global_forwarding_rule" "http" {
  count                 = local.front
  name                  = "fortnight-http"
  load_balancing_scheme = "EXTERNAL_MANAGED"
  ip_address            = google_compute_global_address.front[0].address
  port_range            = "80"
  target                = google_compute_target_http_proxy.to_https[0].id
}
