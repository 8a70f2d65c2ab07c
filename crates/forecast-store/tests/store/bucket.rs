//! A bucket on a server of this machine.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use crate::python::python_with;

/// The variable that tells a child process the address of the server.
const ENDPOINT: &str = "AWS_ENDPOINT";

/// Where a child process finds the bucket.
pub(crate) const URL: &str = "s3://bucket/a/store";

/// Starts moto, a stand-in for S3, with an empty bucket on a port of its own, and prints that port.
const SCRIPT: &str = "
import boto3, time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address='127.0.0.1', port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
boto3.client('s3', endpoint_url=f'http://{host}:{port}', region_name='us-east-1', aws_access_key_id='a',
             aws_secret_access_key='b').create_bucket(Bucket='bucket')
print(port, flush=True)
while True:
    time.sleep(3600)
";

/// The server, which stops when dropped.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs an ignored test of this program in a process that finds an empty bucket at [`URL`]. The settings of a bucket are
/// read from the environment, which a process cannot safely change for itself.
pub(crate) fn run_with_a_bucket(test: &str) {
    let Some(python) = python_with("boto3, moto.server", "a store in a bucket was") else { return };
    let mut child = Command::new(python)
        .args(["-c", SCRIPT])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let _server = Server(child);

    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .env(ENDPOINT, format!("http://127.0.0.1:{}", port.trim()))
        .env("AWS_ALLOW_HTTP", "true")
        .env("AWS_ACCESS_KEY_ID", "a")
        .env("AWS_SECRET_ACCESS_KEY", "b")
        .env("AWS_REGION", "us-east-1")
        .output()
        .unwrap();

    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Returns whether this process was started with a bucket.
pub(crate) fn is_there() -> bool {
    std::env::var_os(ENDPOINT).is_some()
}
