//! An upstream that keeps what it is sent and answers from a script, one answer a connection.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

pub(crate) struct Upstream {
    pub(crate) base: Url,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Upstream {
    /// Answers one request after the other from a script.
    pub(crate) async fn answering(script: Vec<String>) -> Self {
        let mut script = script.into_iter();
        Self::started(move |_| script.next()).await
    }

    /// Answers every request, by its first line.
    pub(crate) async fn serving(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::started(move |line| Some(answer(line))).await
    }

    async fn started(mut answer: impl FnMut(&str) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let recorded = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let head = read_head(&mut stream).await;
                let text = answer(head.lines().next().unwrap_or_default());
                recorded.lock().unwrap().push(head);
                let Some(text) = text else { break };
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
        Self { base, heads }
    }

    pub(crate) fn requests(&self) -> usize {
        self.heads.lock().unwrap().len()
    }

    pub(crate) fn head(&self, number: usize) -> String {
        self.heads.lock().unwrap()[number].replace(self.base.authority(), "HOST")
    }

    /// The lines, with the headers sorted, whose order means nothing.
    pub(crate) fn sorted_head(&self, number: usize) -> Vec<String> {
        let mut lines: Vec<String> = self.head(number).lines().map(str::to_owned).collect();
        lines[1..].sort();
        lines
    }
}

async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

pub(crate) fn json(body: &str) -> String {
    answer("200 OK", "content-type: application/json; charset=utf-8\r\n", body)
}
