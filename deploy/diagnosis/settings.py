"""Checks the variables of the services against what they know, and against each other."""

import re
from pathlib import Path
from urllib.parse import urlsplit

EXAMPLE = Path(__file__).resolve().parents[2] / ".env.example"
# Read by libraries and by the platform, not by our code.
OF_LIBRARIES = re.compile(r"^(OTEL_|RUST_|GOOGLE_|HTTPS?_PROXY$|NO_PROXY$|SSL_CERT_)")
SECRET = re.compile(r"TOKEN$|SECRET|PASSWORD|KEY$")
# Cloud Run kills a container this long after SIGTERM.
KILLED_AFTER_MS = 10_000


def known_settings():
    """Returns every variable of the services with its default, from `.env.example`."""
    return dict(re.findall(r"^# ([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))


def check_settings(service, report):
    known = known_settings()
    unknown = sorted(name for name in service.variables if name not in known and not OF_LIBRARIES.match(name))
    report.check("unknown-setting", not unknown, "it knows all of its variables",
                 f"it does not know {', '.join(unknown)}", "correct the spelling; .env.example lists all variables")
    for name in sorted(service.variables):
        value = service.value(name, "")
        if known.get(name, "").isdigit() and value and not value.isdigit():
            report.bad("not-a-number", f"{name} is `{value}`; expected a whole number", f"for example {name}={known[name]}")
        password = name == "REDIS_URL" and urlsplit(value).password
        if value and (password or SECRET.search(name) and not name.endswith("_FILE")):
            report.bad("plain-text-secret",
                       f"{name} is stored in plain text in the service's configuration, where every viewer of the "
                       "project can read it",
                       "store it in Secret Manager, refer to it by secretKeyRef, and replace the old one")
    if service.value("CACHE_DIR"):
        report.bad("cache-in-memory", "CACHE_DIR is set, but the file system is memory here", "unset it; use REDIS_URL")
    if service.value("NOW"):
        report.bad("fixed-time", f"NOW is `{service.value('NOW')}`: it lives in the past", "unset it")
    if service.value("LOG_FORMAT", "json") != "json":
        report.bad("text-logs", "its logs are text, so Cloud Logging knows neither severity nor trace",
                   "set LOG_FORMAT=json")
    stop = service.number("SHUTDOWN_DELAY_MS", 0) + service.number("SHUTDOWN_GRACE_MS", 9_000)
    if stop >= KILLED_AFTER_MS:
        report.bad("slow-stop", f"it takes up to {stop / 1000:g} s to stop, and Cloud Run kills it after 10 s",
                   "make SHUTDOWN_DELAY_MS and SHUTDOWN_GRACE_MS together less than 10000")


def check_sources(predict, report):
    """Checks what predict-service needs for its sources and its cache."""
    report.check("no-edgar-contact", predict.variables.get("EDGAR_CONTACT"), "the SEC knows whom to write to",
                 "EDGAR_CONTACT is not set, so dates of reports are missing: the SEC answers only those who name a contact",
                 "set EDGAR_CONTACT=jane@example.com")
    address = predict.value("REDIS_URL")
    if "REDIS_URL" not in predict.variables:
        return
    if address and address.startswith("rediss://"):
        report.bad("redis-tls", "REDIS_URL starts with rediss://, which prevents the start: TLS to Redis is not built in",
                   "use an instance without in-transit encryption in a private network, and redis://")
    report.check("redis-without-egress", predict.uses_vpc(), "it reaches Redis through the VPC",
                 "REDIS_URL is set, but its calls do not go through a VPC, and a Redis server should have a private "
                 "address only", "set REDIS_SUBNETWORK for deploy.sh, or redis.subnetwork for Terraform")


def check_deadlines(frontend, predict, report):
    """Checks that each deadline is longer than the one it waits for."""
    chain = [
        ("the frontend's timeout", float(frontend.spec.get("timeoutSeconds", 300))),
        ("the frontend's timeout for predict", frontend.number("PREDICT_DEADLINE_MS", 10_000) / 1000),
        ("predict's deadline", predict.number("REQUEST_DEADLINE_MS", 8_000) / 1000),
        ("predict's timeout for a source", predict.number("SOURCE_DEADLINE_MS", 5_000) / 1000),
    ]
    chain_text = " > ".join(f"{name} {seconds:g} s" for name, seconds in chain)
    nested = all(outer > inner for (_, outer), (_, inner) in zip(chain, chain[1:]))
    report.check("deadlines", nested, chain_text, f"deadlines are not nested: {chain_text}",
                 "make each longer than the next")
