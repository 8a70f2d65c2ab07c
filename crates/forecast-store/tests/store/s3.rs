use forecast_store::Store;

use crate::{bucket, contract};

#[test]
fn a_bucket_fulfills_the_contract() {
    bucket::run_with_a_bucket("s3::in_a_bucket");
}

#[tokio::test]
#[ignore = "a_bucket_fulfills_the_contract runs it, with the address of a server"]
async fn in_a_bucket() {
    if bucket::is_there() {
        contract::check(&Store::open(&bucket::URL.parse().unwrap()).unwrap()).await;
    }
}
