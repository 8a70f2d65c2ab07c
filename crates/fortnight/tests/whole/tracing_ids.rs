//! One trace id and one request id go through all services.

use std::sync::{Arc, Mutex};

use config_values::HttpUrl;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::helpers::{Fortnight, args};

type Heads = Arc<Mutex<Vec<u8>>>;

/// Passes every byte on to a service and keeps what was sent to it.
async fn listen_in(target: &HttpUrl) -> (HttpUrl, Heads) {
    let heads = Heads::default();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let url = format!("http://{address}").parse().expect("an address");
    let target = target.socket_addrs(|| None).expect("an address")[0];
    let kept = Arc::clone(&heads);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let Ok(mut server) = TcpStream::connect(target).await else { return };
                let (mut from_server, mut to_server) = server.split();
                let (mut from_client, mut to_client) = client.split();
                let there = async {
                    let mut chunk = [0; 8192];
                    while let Ok(count @ 1..) = from_client.read(&mut chunk).await {
                        kept.lock().expect("no panic before").extend_from_slice(&chunk[..count]);
                        if to_server.write_all(&chunk[..count]).await.is_err() {
                            break;
                        }
                    }
                };
                let back = tokio::io::copy(&mut from_server, &mut to_client);
                tokio::select! { () = there => {}, _ = back => {} }
            });
        }
    });
    (url, heads)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_trace_goes_from_the_page_to_forecast_and_chart() {
    let fortnight = Fortnight::start().await;
    let (predict_url, to_predict) = listen_in(&fortnight.running.addresses.predict).await;
    let (plot_url, to_plot) = listen_in(&fortnight.running.addresses.plot).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let page = format!("http://{}/forecast/AAPL/plot.png", listener.local_addr().expect("bound"));
    let config = frontend::Config {
        predict_url,
        plot_url,
        stocks_csv: args().stocks_csv,
        ..frontend::Config::default()
    };
    let stop = CancellationToken::new();
    tokio::spawn(frontend::run(listener, config, stop.clone()));
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";

    let answer = fortnight
        .ask(
            page.parse().expect("an address"),
            &[
                ("traceparent", &format!("00-{trace}-00f067aa0ba902b7-01")),
                ("x-request-id", "one-id-for-all"),
            ],
        )
        .await;

    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.headers["x-request-id"], "one-id-for-all");
    for (service, heads) in [("predict-service", to_predict), ("plot-service", to_plot)] {
        let heads = heads.lock().expect("no panic before");
        let heads = String::from_utf8_lossy(&heads);
        assert!(heads.contains(trace) && heads.contains("one-id-for-all"), "{service} was sent {heads}");
    }
    stop.cancel();
}
