variable "project" {
  description = "Google Cloud project the services run in."
  type        = string
}

variable "region" {
  description = "Region of the services and of the image registry."
  type        = string
  default     = "us-central1"
}

variable "images" {
  description = "The images to run, by digest: frontend, predict-service, plot-service, and nightly with `store_bucket`. Empty on the first run, which makes the registry they are pushed to."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for image in values(var.images) : can(regex("@sha256:[0-9a-f]{64}$", image))])
    error_message = "Name each image by digest (…@sha256:…), so that what was reviewed is what runs."
  }
  validation {
    condition     = length(var.images) == 0 || length(setsubtract(["frontend", "predict-service", "plot-service"], keys(var.images))) == 0
    error_message = "Name all three images: frontend, predict-service, plot-service."
  }
}

variable "public_url" {
  description = "Address visitors use, such as https://fortnight.example; empty for the one Cloud Run gives the frontend."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(https://[^/?#]+)?$", var.public_url))
    error_message = "Give scheme and host only, for example https://fortnight.example."
  }
}

variable "eodhd_token_version" {
  description = "Version of the secret eodhd-api-token that predict-service reads, such as \"1\"; empty for no token and no news."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.eodhd_token_version))
    error_message = "Pin a version by its number; `latest` can change while a service runs."
  }
}

variable "edgar_contact" {
  description = "Whom the SEC may write to, such as jane@example.com; it answers only those who name a contact."
  type        = string
  default     = ""
}

variable "release" {
  description = "Name of the release, such as the commit: a label of its revisions, by which deploy.sh rollback finds them."
  type        = string
  default     = "unnamed"

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", var.release))
    error_message = "Use lower-case letters, digits, - and _, as it becomes a label."
  }
}

variable "stable_revisions" {
  description = "Revisions that keep the traffic while the newest can be tried at its tag `candidate`, by service, such as { frontend = \"fortnight-frontend-00007-abc\" }. Empty: all traffic goes to the newest."
  type        = map(string)
  default     = {}
}

variable "candidate_percent" {
  description = "Share of the visitors that the newest revisions get beside `stable_revisions`."
  type        = number
  default     = 0
}

variable "store_bucket" {
  description = "Bucket for the recorded forecasts; adds the job fortnight-nightly and its schedule. Empty for none."
  type        = string
  default     = ""
}

variable "record_key_version" {
  description = "Version of the secret record-key that signs the record, such as \"1\"; needed with `store_bucket`."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^[0-9]*$", var.record_key_version))
    error_message = "Pin a version by its number; `latest` can change while a job runs."
  }
}

variable "nightly_schedule" {
  description = "When the nightly job starts, in New York time: two and a half hours after the close, the day's prices are final."
  type        = string
  default     = "30 18 * * 1-5"
}

variable "redis_url" {
  description = "Redis that the instances of predict-service share, such as redis://10.0.0.3:6379; TLS (rediss://) is not built in."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^(redis://.+)?$", var.redis_url))
    error_message = "Start it with redis://; TLS to Redis is not built in."
  }
}

variable "redis_subnetwork" {
  description = "Subnetwork through which predict-service reaches Redis."
  type        = string
  default     = ""
}

variable "memorystore" {
  description = "Make a Memorystore for Redis (about $36 a month) in the network `redis_network` and use it."
  type        = bool
  default     = false
}

variable "redis_network" {
  description = "Network of the Memorystore instance; `redis_subnetwork` must be in it."
  type        = string
  default     = "default"
}

variable "notify_email" {
  description = "Who is told when something is wrong; empty for no dashboard, no alerts and no uptime check."
  type        = string
  default     = ""
}

variable "domain" {
  description = "Domain of the page, such as fortnight.example: puts a load balancer with CDN and Cloud Armor in front (about $25 a month). Empty for none."
  type        = string
  default     = ""
}

variable "min_instances" {
  description = "Instances kept warm for each service; 0 costs nothing without visitors."
  type        = map(number)
  default     = { "frontend" = 0, "predict-service" = 0, "plot-service" = 0 }
}

variable "max_instances" {
  description = "Maximum instances of each service, which limits the bill. Without Redis each predict-service instance has its own rate budgets for the sources."
  type        = map(number)
  default     = { "frontend" = 4, "predict-service" = 1, "plot-service" = 4 }
}

variable "internal_only" {
  description = "Let predict and plot be reached through the VPC only. Needs `subnetwork` with Private Google Access."
  type        = bool
  default     = false
}

variable "subnetwork" {
  description = "Subnetwork for the frontend's direct VPC egress, with `internal_only`."
  type        = string
  default     = ""
}

variable "deletion_protection" {
  description = "Refuse to destroy the services; set to false before `terraform destroy`."
  type        = bool
  default     = true
}
