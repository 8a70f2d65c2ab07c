# A cache that several instances of predict-service share, off by default.

resource "google_redis_instance" "cache" {
  count              = var.memorystore ? 1 : 0
  name               = "fortnight"
  region             = var.region
  tier               = "BASIC"
  memory_size_gb     = 1
  redis_version      = "REDIS_7_2"
  authorized_network = var.redis_network
  # The service speaks no TLS to Redis; the traffic stays in the VPC.
  transit_encryption_mode = "DISABLED"
  redis_configs           = { "maxmemory-policy" = "allkeys-lru" }

  lifecycle {
    precondition {
      condition     = var.redis_subnetwork != ""
      error_message = "Set redis_subnetwork, through which predict-service reaches the instance."
    }
  }

  depends_on = [google_project_service.apis]
}
