"""Talks to Docker, compose and the services; what the tests share."""

import http.client
import json
import os
import re
import socket
import subprocess
import time
from datetime import datetime, timezone

TAG = os.environ["TAG"]
DOCKER = os.environ.get("DOCKER", "docker")
COMPOSE = os.environ.get("COMPOSE", "docker-compose").split()
PROJECT = f"fortnight{TAG}"
SERVICES = ("frontend", "predict-service", "plot-service")
PORTS = {"frontend": 8501, "predict-service": 8000, "plot-service": 8079, "market-sim": 8600}


def docker(*arguments, check=True, binary=False):
    """Runs docker and returns what it printed."""
    done = subprocess.run([DOCKER, *arguments], capture_output=True, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout if binary else done.stdout.decode(errors="replace")


def compose(*arguments, environment=None):
    """Runs compose on the project under test."""
    command = [*COMPOSE, "-f", "docker/compose.yaml", "-p", PROJECT, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(environment or {})})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
    return done.stdout


def container(service):
    """Returns the id of a service's container."""
    ids = docker(
        "ps", "--all", "--quiet",
        "--filter", f"label=com.docker.compose.project={PROJECT}",
        "--filter", f"label=com.docker.compose.service={service}",
    ).split()
    assert len(ids) == 1, f"{service} has {len(ids)} containers"
    return ids[0]


def inspect(identifier):
    """Returns what docker knows of a container or image."""
    return json.loads(docker("inspect", identifier))[0]


def address(service):
    """Returns the address of a service's container on the compose network."""
    networks = inspect(container(service))["NetworkSettings"]["Networks"]
    return next(iter(networks.values()))["IPAddress"]


def wait_until(what, condition, seconds=60.0, pause=0.05):
    """Polls until the condition holds; fails with its name when it never does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(pause)
    raise AssertionError(f"{what}: not within {seconds} s")


def is_healthy(service):
    state = inspect(container(service))["State"]
    return state.get("Health", {}).get("Status") == "healthy"


def wait_healthy(*services):
    for service in services:
        wait_until(f"{service} healthy", lambda service=service: is_healthy(service))


def ask(host, port, path, method="GET", body=None, headers=None, timeout=30):
    """Makes one request on a connection of its own; returns status, headers and body."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read()
    finally:
        connection.close()


def answers(host, port, path="/ready"):
    try:
        return ask(host, port, path, timeout=2)[0] == 200
    except OSError:
        return False


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def logs(service):
    """Returns a container's log lines as objects; fails on a line that is not JSON."""
    return [json.loads(line) for line in docker("logs", container(service)).splitlines() if line.strip()]


def moment(text):
    """Reads Docker's time stamps, whose nanoseconds Python does not know."""
    seconds, fraction = re.match(r"(.*?)(?:\.(\d+))?Z$", text).groups()
    whole = datetime.strptime(seconds, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc).timestamp()
    return whole + float(f"0.{fraction or 0}")


def metric(service, name):
    """Returns the sum of a metric's samples as a scrape of the container reads them."""
    text = ask(address(service), 9464, "/metrics")[2].decode()
    samples = [line.rsplit(" ", 1) for line in text.splitlines() if re.match(rf"{name}(\{{| )", line)]
    return sum(float(value) for _, value in samples)
